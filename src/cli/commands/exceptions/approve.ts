// SPDX-License-Identifier: Apache-2.0
/** `tracegate exceptions approve ID`: for somebody else than who asked. */
import type { ExceptionView } from '../../../service/index.ts';
import { command, EXIT } from '../../command.ts';

export const exceptionsApprove = command({
  words: ['exceptions', 'approve'],
  about: 'let an exception into force that somebody else asked for',
  args: [{ syntax: '<id>', about: 'its id, from `exceptions list`' }],
  outputs: ['text', 'json'],
  async run({ args: [id = ''], output }, { gate, out }) {
    const path = `/v1/exceptions/${encodeURIComponent(id)}/approval`;
    const { body } = await gate().call<ExceptionView>({ method: 'POST', path });
    if (output === 'json') await out.json(body);
    else out.say(`${body.rule} is excepted until ${body.expires}`);
    return EXIT.done;
  },
});
