// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit proof SEQ`: that a record is in the log whose head is signed, for somebody who has only the head. */
import { Fault } from '../../../errors.ts';
import { command, EXIT } from '../../command.ts';
import { printableJson } from '../../printable.ts';

export const auditProof = command<{ from?: string }>({
  words: ['audit', 'proof'],
  about: "a record of the gate's log with its proof (RFC 9162) and the signed checkpoint, as JSON",
  args: [{ syntax: '<seq>', about: 'its number' }],
  options: [{ flags: '--from <size>', about: 'also that the log goes on from its first SIZE records' }],
  async run({ args: [seq = ''], from }, { gate, out }) {
    for (const number of [seq, from ?? '0'])
      if (!/^[0-9]{1,15}$/.test(number)) throw new Fault('usage', `"${number}" is no number`);
    const query = from === undefined ? {} : { from };
    const { body } = await gate().call<object>({ method: 'GET', path: `/v1/audit/proofs/${seq}`, query });
    await out.raw(`${printableJson(body, 2)}\n`);
    return EXIT.done;
  },
});
