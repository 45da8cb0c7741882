// SPDX-License-Identifier: Apache-2.0
/** `tracegate exceptions revoke ID`. */
import type { ExceptionView } from '../../../service/index.ts';
import { command, EXIT } from '../../command.ts';

export const exceptionsRevoke = command({
  words: ['exceptions', 'revoke'],
  about: 'end an exception at once',
  args: [{ syntax: '<id>', about: 'its id, from `exceptions list`' }],
  outputs: ['text', 'json'],
  async run({ args: [id = ''], output }, { gate, out }) {
    const path = `/v1/exceptions/${encodeURIComponent(id)}`;
    const { body } = await gate().call<ExceptionView>({ method: 'DELETE', path });
    if (output === 'json') await out.json(body);
    else out.say(`the exception ${id} is revoked: ${body.rule} judges as ever from now on`);
    return EXIT.done;
  },
});
