// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit show SEQ`: one record, whole. */
import { Fault } from '../../../errors.ts';
import { command, EXIT } from '../../command.ts';
import { printableJson } from '../../printable.ts';

export const auditShow = command({
  words: ['audit', 'show'],
  about: 'one record of the audit log',
  args: [{ syntax: '<seq>', about: 'its number' }],
  outputs: ['text', 'json'],
  async run({ args: [seq = ''], output }, { gate, out }) {
    if (!/^[0-9]{1,15}$/.test(seq)) throw new Fault('usage', `"${seq}" is not the number of a record`);
    const { body } = await gate().call<unknown>({ method: 'GET', path: `/v1/audit/records/${seq}` });
    await out.raw(`${printableJson(body, output === 'text' ? 2 : undefined)}\n`);
    return EXIT.done;
  },
});
