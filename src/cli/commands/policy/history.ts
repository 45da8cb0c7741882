// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy history NAME`: every revision, who made it and why. */
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { itemsOf } from '../pages.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf } from './place.ts';

interface Revision {
  revision: number;
  time: string;
  operation: string;
  actor: { user: string };
  reason?: string;
  mode: string;
  enabled: boolean;
}

export const policyHistory = command<PlaceOptions>({
  words: ['policy', 'history'],
  about: 'the revisions of a policy: when, who, why',
  args: [{ syntax: '<name>', about: 'its name' }],
  options: [NAMESPACE_OPTION],
  outputs: ['text', 'json'],
  async run({ args: [name = ''], namespace, output }, { gate, out }) {
    const rows: string[][] = [];
    for await (const one of itemsOf<Revision>(gate(), `${pathOf(name, namespace)}/revisions`)) {
      if (output === 'json') await out.json(one);
      else
        rows.push([
          String(one.revision),
          one.time,
          one.operation,
          one.mode,
          one.enabled ? 'yes' : 'no',
          one.actor.user,
          one.reason ?? '-',
        ]);
    }
    if (output === 'text')
      await out.raw(tableOf(['REVISION', 'TIME', 'OPERATION', 'MODE', 'ENABLED', 'BY', 'REASON'], rows));
    return EXIT.done;
  },
});
