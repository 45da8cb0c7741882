// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit list`: what happened. */

import { Fault } from '../../../errors.ts';
import type { AuditRecord } from '../../../model/audit-record.ts';
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { itemsOf } from '../pages.ts';

interface Options {
  type?: string;
  object?: string;
  actor?: string;
  since?: string;
  until?: string;
  limit: string;
}

export const auditList = command<Options>({
  words: ['audit', 'list'],
  about: 'records of the audit log, newest first',
  options: [
    { flags: '--type <type>', about: 'a type, or a prefix that ends in a dot' },
    { flags: '--object <object>', about: 'what it is about, such as a policy' },
    { flags: '--actor <user>', about: 'who did it' },
    { flags: '--since <time>', about: 'RFC 3339' },
    { flags: '--until <time>', about: 'RFC 3339' },
    { flags: '--limit <count>', about: 'how many', fallback: '50' },
  ],
  outputs: ['text', 'json'],
  async run({ output, type, object, actor, since, until, limit }, { gate, out }) {
    if (!/^[1-9][0-9]{0,6}$/.test(limit)) throw new Fault('usage', '--limit is a whole number from 1');
    const rows: string[][] = [];
    const query = { type, object, actor, since, until, order: 'descending' };
    for await (const record of itemsOf<AuditRecord>(gate(), '/v1/audit/records', query, Number(limit))) {
      if (output === 'json') await out.json(record);
      else
        rows.push([
          String(record.seq),
          record.time,
          record.type,
          record.actor?.user ?? '-',
          record.object ?? '-',
        ]);
    }
    if (output === 'text') await out.raw(tableOf(['SEQ', 'TIME', 'TYPE', 'BY', 'OBJECT'], rows));
    return EXIT.done;
  },
});
