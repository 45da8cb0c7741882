// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules replay`: decisions of the past under other rules. Needs no opa. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../../../errors.ts';
import type { AuditRecord } from '../../../model/audit-record.ts';
import type { PolicyRevision } from '../../../service/index.ts';
import { recordsOf } from '../../audit-logs.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { Documents } from '../../replay/documents.ts';
import { type Replayed, replayDecision } from '../../replay/replay-decision.ts';
import { inputsOf } from '../../review/inputs.ts';
import { type LocalOptions, rulesetFor } from '../../review/local-judge.ts';
import { allOf } from '../pages.ts';

interface Options extends Pick<LocalOptions, 'rules' | 'data'> {
  decisions?: string;
  policies?: string[];
  since?: string;
  limit: string;
}

export const rulesReplay = command<Options>({
  words: ['rules', 'replay'],
  about: 'recorded decisions, judged again by other rules: which would flip',
  options: [
    { flags: '--rules <bundle>', about: 'the bundle to judge by' },
    { flags: '--data <file>', about: "the organisation's data" },
    { flags: '--decisions <file>', about: "audit records as lines of JSON, instead of the gate's log" },
    {
      flags: '--policies <file...>',
      about: 'where policies are looked for beside the store: files or directories',
    },
    { flags: '--since <time>', about: 'only decisions from this time on (RFC 3339)' },
    { flags: '--limit <number>', about: 'at most this many, the newest', fallback: '1000' },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const records = await decisionsFor(options, deps);
    const documents = await documentsFor(options, deps);
    const ruleset = rulesetFor(options, deps);
    const results: Replayed[] = [];
    for (const record of records) {
      const result = await replayDecision(record, { documents, ruleset });
      results.push(result);
      if (options.output === 'json') await deps.out.json(result);
      else if (result.outcome === 'flips' || result.outcome === 'changes') await deps.out.raw(textOf(result));
    }
    return sum(results, deps);
  },
});

async function decisionsFor({ decisions, since, limit }: Options, deps: CommandDeps): Promise<AuditRecord[]> {
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1)
    throw new Fault('usage', `--limit ${limit} is no number of decisions`);
  if (decisions === undefined) {
    const filter = { type: 'decision', limit: most, ...(since === undefined ? {} : { since }) };
    return (await recordsOf(deps, 'gate', filter)).reverse();
  }
  const path = resolve(deps.io.cwd, decisions);
  return linesOf(path)
    .filter(({ type, time }) => type === 'decision' && (since === undefined || time >= since))
    .slice(-most);
}

/** Lines of `audit export` and of `audit list -o json`: the record, or the record within something. */
function linesOf(path: string): AuditRecord[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('usage', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      try {
        const value = JSON.parse(line) as AuditRecord & { record?: AuditRecord };
        return value.record ?? value;
      } catch (cause) {
        throw new Fault('unreadable', `${path}:${index + 1} is no line of JSON`, { cause });
      }
    });
}

async function documentsFor({ policies = [] }: Options, deps: CommandDeps): Promise<Documents> {
  const documents = new Documents();
  const { inputs } = await inputsOf(policies, { stdin: deps.io.stdin, cwd: deps.io.cwd });
  for (const { intake, fault } of inputs) {
    if (fault !== undefined) throw fault;
    if (intake !== undefined) documents.add(intake);
  }
  documents.askLater(async (name, namespace) => {
    const place =
      namespace === undefined ? `/v1/policies/${name}` : `/v1/namespaces/${namespace}/policies/${name}`;
    return await allOf<PolicyRevision>(deps.gate(), `${place}/revisions`);
  });
  return documents;
}

function textOf({ seq, time, policy, was, would, findings = [], outcome }: Replayed): string {
  const head = `${seq} ${time} ${policy}: ${was ? 'allowed' : 'denied'}, would be ${would ? 'allowed' : 'denied'}`;
  const lines = findings.map(
    ({ change, rule, severity, message }) => `  ${change} ${severity} ${rule} ${message}`,
  );
  const text = [outcome === 'flips' ? head : `${head}, by other findings`, ...lines].join('\n');
  return `${readable(text)}\n`;
}

const readable = (text: string): string => text.replace(/[^\P{C}\n]/gu, '?');

function sum(results: readonly Replayed[], { out }: CommandDeps): number {
  const count = (outcome: Replayed['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length;
  const [flips, changes, same, skipped] = [count('flips'), count('changes'), count('same'), count('skipped')];
  const exact = results.filter(({ exact: yes }) => yes === true).length;
  out.say(
    `${results.length} decisions: ${flips} would flip, ${changes} would say something else, ${same} stay as they are; ${exact} were judged on exactly the recorded input`,
  );
  const reasons = Map.groupBy(
    results.filter(({ outcome }) => outcome === 'skipped'),
    ({ why }) => why ?? '',
  );
  for (const [why, list] of reasons) out.say(`${list.length} not replayed: ${why}`);
  if (results.length === skipped) {
    out.say('nothing was replayed: name the policies with --policies, or ask another log');
    return EXIT.failed;
  }
  return flips > 0 ? EXIT.denied : EXIT.done;
}
