// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy apply`: send policies to the gate. */
import { setTimeout as sleep } from 'node:timers/promises';
import { asFault, Fault } from '../../../errors.ts';
import type { Decision } from '../../../model/decision.ts';
import type { Finding } from '../../../model/finding.ts';
import type { Intake } from '../../../model/intake.ts';
import { nameProblem } from '../../../model/metadata.ts';
import type { PolicyStatus } from '../../../model/status.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { textOf } from '../../output/text.ts';
import { type Input, inputsOf } from '../../review/inputs.ts';
import { exitOf, type Result, resultJson } from '../../review/result.ts';
import { invalid, valueToSend } from '../../review/sendable.ts';
import { NAMESPACE_OPTION, pathOf, REASON_OPTION, titleOf } from './place.ts';
import { worstOf } from './state.ts';

interface Options {
  file: string[];
  namespace?: string;
  reason?: string;
  dryRun?: boolean;
  wait?: boolean;
}

const WAIT_MS = 60_000;
const POLL_MS = 250;

export const policyApply = command<Options>({
  words: ['policy', 'apply'],
  about: 'send policies to the gate: judged, stored and, where allowed, loaded',
  options: [
    { flags: '-f, --file <file...>', about: 'files, directories, or - for standard input' },
    NAMESPACE_OPTION,
    REASON_OPTION,
    { flags: '--dry-run', about: 'judge only' },
    { flags: '--wait', about: 'until the hosts have it; exit 1 where all refuse' },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    if (!options.file) throw new Fault('usage', 'name the policies with -f FILE');
    const { inputs, skipped } = await inputsOf(options.file, { stdin: deps.io.stdin, cwd: deps.io.cwd });
    if (skipped.length > 0) deps.out.say(`${skipped.length} documents of other kinds were skipped`);
    if (inputs.length === 0)
      throw new Fault('not-found', 'there was no policy to apply: name files that hold one');
    const results: Result[] = [];
    for (const input of inputs) {
      const result = await applied(input, options, deps);
      results.push(result);
      if (options.output === 'json') await deps.out.json(resultJson(result));
      else await deps.out.raw(textOf(result, deps.out.colour));
    }
    const code = exitOf(results);
    if (!options.wait || options.dryRun || code !== EXIT.done) return code;
    return await waited(inputs, options, deps);
  },
});

async function applied(
  { file, intake, source, fault }: Input,
  options: Options,
  deps: CommandDeps,
): Promise<Result> {
  if (!intake || !source) return { file, fault: fault ?? new Fault('internal', 'nothing was read') };
  // without a name there is no place to send it to
  if (!intake.valid && nameProblem(intake.identity.name) !== undefined)
    return { file, fault: invalid(intake) };
  try {
    const call = {
      method: 'PUT' as const,
      path: placeOf(intake, options),
      query: { dryRun: options.dryRun ? 'true' : undefined, reason: options.reason },
      // even an invalid one is sent, where it has a name: what was tried belongs into the audit log
      body: valueToSend(source, intake),
    };
    const { body } = await deps.gate().call<{ decision: Decision }>(call);
    return { file, decision: withLines(body.decision, intake) };
  } catch (thrown) {
    const refused = asFault(thrown);
    const decision = refused.details.decision as Decision | undefined;
    return decision ? { file, decision: withLines(decision, intake) } : { file, fault: refused };
  }
}

function placeOf({ identity: { kind, name, namespace } }: Intake, options: Options): string {
  if (kind === 'TracingPolicy') return pathOf(name, undefined);
  if (
    options.namespace !== undefined &&
    namespace !== undefined &&
    namespace !== options.namespace &&
    namespace !== 'default'
  ) {
    throw new Fault(
      'usage',
      `the policy says namespace ${namespace} and -n says ${options.namespace}: make them agree`,
    );
  }
  return pathOf(name, options.namespace ?? namespace ?? 'default');
}

function withLines(decision: Decision, { lineOf }: Intake): Decision {
  const lined = (finding: Finding): Finding => {
    const line = lineOf(finding.path);
    return line === undefined ? finding : { ...finding, line };
  };
  return { ...decision, findings: decision.findings.map(lined) };
}

/** Until no host is pending any more; what a host says afterwards is for `policy status`. */
async function waited(
  inputs: readonly Input[],
  options: Options,
  { gate, out, io, now }: CommandDeps,
): Promise<number> {
  const until = now().getTime() + WAIT_MS;
  let code: number = EXIT.done;
  for (const { intake } of inputs) {
    if (!intake) continue;
    const path = `${placeOf(intake, options)}/status`;
    for (;;) {
      const { body } = await gate().call<PolicyStatus>({ method: 'GET', path });
      if (body.state !== 'pending') {
        out.say(`${titleOf(body)}: ${body.state}${body.state === 'refused' ? `: ${reasonOf(body)}` : ''}`);
        if (body.state === 'refused') code = EXIT.denied;
        break;
      }
      if (now().getTime() > until || io.signal?.aborted)
        throw new Fault(
          'agent-away',
          `no host has taken ${titleOf(body)} in time: look at \`tracegate policy status\``,
        );
      await sleep(POLL_MS);
    }
  }
  return code;
}

function reasonOf(status: PolicyStatus): string {
  return worstOf(status)?.reason ?? 'no host can load it';
}
