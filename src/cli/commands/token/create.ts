// SPDX-License-Identifier: Apache-2.0
/** `tracegate token create`: the token is printed once and kept nowhere. */

import { Fault } from '../../../errors.ts';
import { command, EXIT } from '../../command.ts';

interface Options {
  user?: string;
  groups?: string;
  expires?: string;
}

export const tokenCreate = command<Options>({
  words: ['token', 'create'],
  about: 'a bearer token for somebody; shown once',
  options: [
    { flags: '--user <user>', about: 'who it stands for' },
    { flags: '--groups <a,b>', about: 'their groups' },
    { flags: '--expires <time>', about: 'RFC 3339' },
  ],
  outputs: ['text', 'json'],
  async run({ user, groups, expires, output }, { gate, out }) {
    if (user === undefined) throw new Fault('usage', 'name who the token stands for: --user NAME');
    const list = (groups ?? '')
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== '');
    const body = { user, groups: list, ...(expires === undefined ? {} : { expires }) };
    const { body: made } = await gate().call<{ id: string; token: string }>({
      method: 'POST',
      path: '/v1/tokens',
      body,
    });
    if (output === 'json') await out.json(made);
    else {
      await out.line(made.token);
      out.say(`token ${made.id} for ${user}: keep it in a file of mode 0600, it is not shown again`);
    }
    return EXIT.done;
  },
});
