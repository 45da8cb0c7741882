// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy history NAME`: every revision, what it changed, who and why, by which rules, and where it was loaded. */
import { asFault } from '../../../errors.ts';
import type { RevisionHistory } from '../../../service/index.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { collected, itemsOf } from '../pages.ts';
import { historyWords } from './history-words.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf } from './place.ts';

/** Without the right to audit there are the revisions alone. */
type Told = Omit<RevisionHistory, 'difference' | 'approvals' | 'hosts'> & Partial<RevisionHistory>;

export const policyHistory = command<PlaceOptions>({
  words: ['policy', 'history'],
  about: 'the revisions of a policy: when, who, why, what changed, by which rules, where it was loaded',
  args: [{ syntax: '<name>', about: 'its name' }],
  options: [NAMESPACE_OPTION],
  outputs: ['text', 'json'],
  async run({ args: [name = ''], namespace, output }, deps) {
    let before: Told | undefined;
    for (const one of await toldOf(deps, pathOf(name, namespace))) {
      if (output === 'json') await deps.out.json(one);
      else for (const line of historyWords(one, before)) await deps.out.line(line);
      before = one;
    }
    return EXIT.done;
  },
});

async function toldOf({ gate, out }: CommandDeps, path: string): Promise<Told[]> {
  try {
    return await collected(itemsOf<Told>(gate(), `${path}/history`));
  } catch (thrown) {
    if (asFault(thrown).code !== 'forbidden') throw thrown;
    out.say('decisions, approvals and hosts are shown to auditors and the platform only');
    return collected(itemsOf<Told>(gate(), `${path}/revisions`));
  }
}
