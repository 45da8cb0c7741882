// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit seal FILE`: what no segment holds yet, as a file that verifies on its own. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../../../errors.ts';
import type { LogName } from '../../../service/index.ts';
import { LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';
import { ownActor, withLogOrWriter } from '../../own-log.ts';
import { placedAt, sealByGate } from '../../own-segments.ts';

export const auditSeal = command<{ log: LogName; until?: string }>({
  words: ['audit', 'seal'],
  about: 'writes the next segment of a log, to its folder unless a file is named',
  args: [{ syntax: '[file]', about: 'the file to write, or to copy the segment to where a gate writes it' }],
  options: [
    { flags: '--log <log>', about: 'which of the two logs', choices: LOGS, fallback: 'gate' },
    { flags: '--until <time>', about: 'only records from before that (RFC 3339)' },
  ],
  async run({ args: [file], log, until }, deps) {
    const path = file === undefined ? undefined : resolve(deps.io.cwd, file);
    if (path !== undefined && existsSync(path))
      throw new Fault('conflict', `${path} is there already: name another file`);
    const before = until !== undefined && { until };
    const { body, place } = await withLogOrWriter(
      deps,
      log,
      async (own) => {
        const record = await own.seal({
          ...(path !== undefined && { path }),
          ...before,
          actor: ownActor(deps),
        });
        return { ...record, place: path ?? placedAt(deps, log, String(record.object), undefined) };
      },
      async () => {
        const record = await sealByGate(deps, { log, ...before });
        return { ...record, place: placedAt(deps, log, String(record.object), path) };
      },
    );
    await deps.out.line(
      `sealed records ${body.from} to ${Number(body.to) - 1}, root ${body.root}, in ${place}`,
    );
    return EXIT.done;
  },
});
