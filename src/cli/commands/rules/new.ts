// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules new ID`: a guardrail of one's own, as a folder to be filled. */
import { resolve } from 'node:path';
import { ownIds } from '../../../rule-kit/own-ids.ts';
import { writeSkeleton } from '../../../rule-kit/skeleton.ts';
import { command, EXIT } from '../../command.ts';
import { shippedIds } from './kit.ts';

interface Options {
  folder: string;
  category?: string;
  name?: string;
  title?: string;
  severity: string;
}

export const rulesNew = command<Options>({
  words: ['rules', 'new'],
  about: 'a guardrail of your own: rule, test and metadata, ready to be changed',
  args: [{ syntax: '<id>', about: 'letters and a number, such as HOUSE-001' }],
  options: [
    { flags: '--folder <folder>', about: 'where your rules lie', fallback: 'guardrails' },
    { flags: '--category <name>', about: 'the folder it goes into; the letters of the id when unset' },
    { flags: '--name <name>', about: 'its own folder; the id when unset' },
    { flags: '--title <text>', about: 'what it asks, in one line' },
    {
      flags: '--severity <severity>',
      about: 'how bad it is',
      choices: ['critical', 'high', 'medium', 'low'],
      fallback: 'medium',
    },
  ],
  async run({ args: [id = ''], folder, category, name, title, severity }, { io, out }) {
    const root = resolve(io.cwd, folder);
    const rule = {
      ...{ id, severity, title: title ?? `What ${id} asks` },
      category: category ?? id.split('-')[0]?.toLowerCase() ?? '',
      name: name ?? id.toLowerCase(),
    };
    const files = writeSkeleton(root, rule, [...shippedIds().keys(), ...ownIds(root)]);
    for (const file of files) await out.line(file);
    out.say(`next: change them, then \`tracegate rules test ${folder}\`, \`lint\` and \`build\``);
    return EXIT.done;
  },
});
