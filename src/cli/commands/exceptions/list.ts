// SPDX-License-Identifier: Apache-2.0
/** `tracegate exceptions list`. */
import type { ExceptionView } from '../../../service/index.ts';
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { itemsOf } from '../pages.ts';

interface Options {
  all?: boolean;
  rule?: string;
}

export const exceptionsList = command<Options>({
  words: ['exceptions', 'list'],
  about: 'what is excepted from which rule, by whose word, until when',
  options: [
    { flags: '--all', about: 'also those that are over or revoked' },
    { flags: '--rule <id>', about: 'from this rule only' },
  ],
  outputs: ['text', 'json'],
  async run({ output, all, rule }, { gate, out }) {
    const rows: string[][] = [];
    for await (const one of itemsOf<ExceptionView>(gate(), '/v1/exceptions', { rule })) {
      if (all !== true && (one.state === 'expired' || one.state === 'revoked')) continue;
      if (output === 'json') await out.json(one);
      else rows.push(rowOf(one));
    }
    if (output === 'text')
      await out.raw(
        tableOf(['ID', 'RULE', 'STATE', 'FOR', 'REQUESTER', 'APPROVER', 'TICKET', 'UNTIL'], rows),
      );
    return EXIT.done;
  },
});

function rowOf({
  id,
  rule,
  state,
  scope,
  who,
  requester,
  approver,
  ticket,
  expires,
}: ExceptionView): string[] {
  const lists = Object.entries({ ...scope, ...who }).map(([key, names]) => `${key} ${names.join(',')}`);
  return [id, rule, state, lists.join('; '), requester, approver ?? '-', ticket, expires];
}
