// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit verify [FILE…]`: has anybody touched the log? Needs no running gate. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type VerifyReport, verifyLogs } from '../../../audit/index.ts';
import { statePaths } from '../../../config/index.ts';
import { Fault } from '../../../errors.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { keptHeads } from '../../kept-heads.ts';

export const auditVerify = command<{ checkpoint?: string }>({
  words: ['audit', 'verify'],
  about: 'whether the audit log is whole: exit 1 at any tampering',
  args: [{ syntax: '[file...]', about: "databases or exports, one or two; this host's without any" }],
  options: [
    {
      flags: '--checkpoint <file>',
      about:
        'heads kept elsewhere: of `audit checkpoint`, of `audit witness`, or sent there (`sinks.checkpoint`)',
    },
  ],
  outputs: ['text', 'json'],
  async run({ args, checkpoint, output }, deps) {
    const paths = args.length > 0 ? args.map((file) => resolve(deps.io.cwd, file)) : ownLogs(deps);
    const kept =
      checkpoint === undefined ? {} : { trustedHeads: keptHeads(resolve(deps.io.cwd, checkpoint)) };
    const report = await verifyLogs({ paths, ...kept });
    if (output === 'json') await deps.out.json(report);
    else for (const line of wordsOf(report)) await deps.out.line(line);
    return report.ok ? EXIT.done : EXIT.denied;
  },
});

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
