// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit verify [FILE…]`: has anybody touched the log? Needs no running gate. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { notAHead, type VerifyReport, verifyLogs } from '../../../audit/index.ts';
import { statePaths } from '../../../config/index.ts';
import { Fault } from '../../../errors.ts';
import type { SignedHead } from '../../../model/audit-record.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';

export const auditVerify = command<{ checkpoint?: string }>({
  words: ['audit', 'verify'],
  about: 'whether the audit log is whole: exit 1 at any tampering',
  args: [{ syntax: '[file...]', about: "databases or exports, one or two; this host's without any" }],
  options: [{ flags: '--checkpoint <file>', about: 'heads kept from an earlier `audit checkpoint`' }],
  outputs: ['text', 'json'],
  async run({ args, checkpoint, output }, deps) {
    const paths = args.length > 0 ? args.map((file) => resolve(deps.io.cwd, file)) : ownLogs(deps);
    const kept = checkpoint === undefined ? {} : { trustedHeads: headsIn(resolve(deps.io.cwd, checkpoint)) };
    const report = await verifyLogs({ paths, ...kept });
    if (output === 'json') await deps.out.json(report);
    else for (const line of wordsOf(report)) await deps.out.line(line);
    return report.ok ? EXIT.done : EXIT.denied;
  },
});

function headsIn(path: string): SignedHead[] {
  const lines = textOf(path)
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new Fault('unreadable', `${path} has no heads in it: it is no checkpoint`);
  return lines.map((line, at) => {
    const head = parsed(line);
    const wrong = notAHead(head);
    if (wrong === undefined) return head as SignedHead;
    throw new Fault('unreadable', `${path} line ${at + 1} is no signed head: ${wrong}`);
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('not-found', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // told as what it is not
  }
}

export function ownLogs({ loaded: { config } }: Pick<CommandDeps, 'loaded'>): string[] {
  const { gateAudit, agentAudit } = statePaths(config.stateDir);
  const found = [gateAudit, agentAudit].filter((path) => existsSync(path));
  if (found.length > 0) return found;
  throw new Fault(
    'not-found',
    `there is no audit log in ${config.stateDir}: name one, or the state directory with --state-dir`,
  );
}

function wordsOf({ ok, logs, problems, notCovered }: VerifyReport): string[] {
  return [
    ...logs.map(
      ({ name, records, root, witnessedSize }) =>
        `${name}: ${records} records, root ${root}, witnessed up to ${witnessedSize}`,
    ),
    ...problems.map(
      ({ log, seq, message }) => `PROBLEM ${log}${seq === undefined ? '' : ` record ${seq}`}: ${message}`,
    ),
    ...notCovered.map((gap) => `not covered: ${gap}`),
    ok ? 'whole: nothing was edited, removed, reordered or cut off as far as this can tell' : 'TAMPERED WITH',
  ];
}
