// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit export`: the exact bytes of a log with its signed head, as `audit verify` reads them elsewhere. */
import { resolve } from 'node:path';
import { exportLines, openSource } from '../../../audit/index.ts';
import { Fault } from '../../../errors.ts';
import { command, EXIT } from '../../command.ts';
import { ownLogs } from './verify.ts';

interface Options {
  log?: 'gate' | 'agent';
}

export const auditExport = command<Options>({
  words: ['audit', 'export'],
  about: 'a log on stdout, line by line, to be verified elsewhere',
  args: [{ syntax: '[file]', about: "a log's database; this host's without one" }],
  options: [
    { flags: '--log <log>', about: 'which of the two logs', choices: ['gate', 'agent'], fallback: 'gate' },
  ],
  async run({ args: [file], log }, deps) {
    const path =
      file === undefined ? ownLogs(deps).find((one) => one.includes(`${log}/`)) : resolve(deps.io.cwd, file);
    if (path === undefined)
      throw new Fault('not-found', `the ${log} has no audit log here: name one, or choose --log`);
    const source = await openSource(path);
    try {
      // the bytes are what was hashed: they are passed on as they are, and are JSON without control characters
      for await (const line of exportLines(source)) await deps.out.raw(`${line}\n`);
    } finally {
      source.close();
    }
    return EXIT.done;
  },
});
