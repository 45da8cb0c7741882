// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit seal FILE`: what no segment holds yet, as a file that verifies on its own. */
import { resolve } from 'node:path';
import type { LogName } from '../../../service/index.ts';
import { LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';
import { ownActor, withOwnLog } from '../../own-log.ts';

export const auditSeal = command<{ log: LogName; until?: string }>({
  words: ['audit', 'seal'],
  about: 'writes the next segment of a log; its gate or agent has to be down',
  args: [{ syntax: '<file>', about: 'the file to write' }],
  options: [
    { flags: '--log <log>', about: 'which of the two logs', choices: LOGS, fallback: 'gate' },
    { flags: '--until <time>', about: 'only records from before that (RFC 3339)' },
  ],
  async run({ args: [file = ''], log, until }, deps) {
    const sealing = { path: resolve(deps.io.cwd, file), actor: ownActor(deps), ...(until && { until }) };
    const { body } = await withOwnLog(deps, log, (own) => own.seal(sealing));
    await deps.out.line(`sealed records ${body.from} to ${Number(body.to) - 1}, root ${body.root}`);
    return EXIT.done;
  },
});
