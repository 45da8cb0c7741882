// SPDX-License-Identifier: Apache-2.0
/** `tracegate token list`. */
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { itemsOf } from '../pages.ts';

interface TokenView {
  id: string;
  user: string;
  groups: string[];
  created: string;
  expires?: string;
  revoked?: string;
}

export const tokenList = command({
  words: ['token', 'list'],
  about: 'the tokens there are; never the secrets',
  outputs: ['text', 'json'],
  async run({ output }, { gate, out }) {
    const rows: string[][] = [];
    for await (const token of itemsOf<TokenView>(gate(), '/v1/tokens')) {
      if (output === 'json') await out.json(token);
      else
        rows.push([
          token.id,
          token.user,
          token.groups.join(',') || '-',
          token.created,
          token.revoked ? `revoked ${token.revoked}` : (token.expires ?? 'never'),
        ]);
    }
    if (output === 'text') await out.raw(tableOf(['ID', 'USER', 'GROUPS', 'CREATED', 'ENDS'], rows));
    return EXIT.done;
  },
});
