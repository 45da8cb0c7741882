// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit prune SEGMENT…`: takes out what sealed segments hold, after verifying them. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { LogName } from '../../../service/index.ts';
import { LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';
import { ownActor, withLogOrWriter } from '../../own-log.ts';
import { pruneByGate } from '../../own-segments.ts';
import { reasonOf } from './reason.ts';

export const auditPrune = command<{ log: LogName; reason?: string }>({
  words: ['audit', 'prune'],
  about: 'verifies segments, then takes their records out of the log',
  args: [{ syntax: '<segment...>', about: 'files of `audit seal`: keep them' }],
  options: [
    { flags: '--log <log>', about: 'which of the two logs', choices: LOGS, fallback: 'gate' },
    { flags: '--reason <text>', about: 'why; it is recorded' },
  ],
  async run({ args, log, reason }, deps) {
    const segments = args.map((file) => placeOf(deps.io.cwd, file));
    const pruning = { segments, reason: reasonOf(reason) };
    const { body } = await withLogOrWriter(
      deps,
      log,
      async (own) => {
        const record = await own.prune({ ...pruning, actor: ownActor(deps) });
        await own.pruned();
        return record;
      },
      () => pruneByGate(deps, { log, ...pruning }),
    );
    await deps.out.line(`the records before ${body.before} are in the segments only`);
    return EXIT.done;
  },
});

/** A bare name that is not here is one in the folder of the log. */
function placeOf(cwd: string, file: string): string {
  const path = resolve(cwd, file);
  return basename(file) === file && !existsSync(path) ? file : path;
}
