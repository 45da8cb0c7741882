// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit show SEQ`: one record, whole. */
import { Fault } from '../../../errors.ts';
import type { LogName } from '../../../service/index.ts';
import { LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';
import { printableJson } from '../../printable.ts';

export const auditShow = command<{ log: LogName }>({
  words: ['audit', 'show'],
  about: 'one record of an audit log',
  args: [{ syntax: '<seq>', about: 'its number' }],
  options: [{ flags: '--log <log>', about: 'which of the two logs', choices: LOGS, fallback: 'gate' }],
  outputs: ['text', 'json'],
  async run({ args: [seq = ''], log, output }, { gate, out }) {
    if (!/^[0-9]{1,15}$/.test(seq)) throw new Fault('usage', `"${seq}" is not the number of a record`);
    const path = `/v1/audit/records/${seq}`;
    const { body } = await gate().call<object>({ method: 'GET', path, query: { log } });
    await out.raw(`${printableJson({ log, ...body }, output === 'text' ? 2 : undefined)}\n`);
    return EXIT.done;
  },
});
