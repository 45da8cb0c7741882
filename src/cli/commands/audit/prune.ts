// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit prune SEGMENT…`: takes out what sealed segments hold, after verifying them. */
import { resolve } from 'node:path';
import type { LogName } from '../../../service/index.ts';
import { LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';
import { ownActor, withOwnLog } from '../../own-log.ts';
import { reasonOf } from './reason.ts';

export const auditPrune = command<{ log: LogName; reason?: string }>({
  words: ['audit', 'prune'],
  about: 'takes records out that sealed segments hold; its gate or agent has to be down',
  args: [{ syntax: '<segment...>', about: 'files of `audit seal`: keep them' }],
  options: [
    { flags: '--log <log>', about: 'which of the two logs', choices: LOGS, fallback: 'gate' },
    { flags: '--reason <text>', about: 'why; it is recorded' },
  ],
  async run({ args, log, reason }, deps) {
    const segments = args.map((file) => resolve(deps.io.cwd, file));
    const pruning = { segments, reason: reasonOf(reason), actor: ownActor(deps) };
    const { body } = await withOwnLog(deps, log, async (own) => {
      const record = await own.prune(pruning);
      await own.pruned();
      return record;
    });
    await deps.out.line(`the records before ${body.before} are in the segments only`);
    return EXIT.done;
  },
});
