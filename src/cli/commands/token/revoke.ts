// SPDX-License-Identifier: Apache-2.0
/** `tracegate token revoke ID`. */
import { command, EXIT } from '../../command.ts';

export const tokenRevoke = command({
  words: ['token', 'revoke'],
  about: 'a token that is not to be taken any more',
  args: [{ syntax: '<id>', about: 'its id, from `token list`' }],
  async run({ args: [id = ''] }, { gate, out }) {
    await gate().call({ method: 'DELETE', path: `/v1/tokens/${encodeURIComponent(id)}` });
    out.say(`token ${id} is revoked`);
    return EXIT.done;
  },
});
