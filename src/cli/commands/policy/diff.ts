// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy diff NAME REV [REV]`: what changed between two revisions, place by place. */
import { Fault } from '../../../errors.ts';
import { type Difference, difference } from '../../../service/index.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { collected, itemsOf } from '../pages.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf } from './place.ts';

interface Revision {
  revision: number;
  operation: string;
  document: unknown;
  mode: string;
  enabled: boolean;
}

export const policyDiff = command<PlaceOptions>({
  words: ['policy', 'diff'],
  about: 'what changed between two revisions of a policy',
  args: [
    { syntax: '<name>', about: 'its name' },
    { syntax: '<from>', about: 'a revision, from `policy history`' },
    { syntax: '[to]', about: 'another; the latest without one' },
  ],
  options: [NAMESPACE_OPTION],
  outputs: ['text', 'json'],
  async run({ args: [name = '', ...numbers], namespace, output }, { gate, out }) {
    const wanted = numbers.map(numberOf);
    const revisions = await collected(itemsOf<Revision>(gate(), `${pathOf(name, namespace)}/revisions`));
    const latest = revisions.at(-1)?.revision ?? 0;
    const [from, to] = [wanted[0] ?? 0, wanted[1] ?? latest].map((number) => one(revisions, name, number));
    const { changes, more } = difference(viewOf(from), viewOf(to));
    const [older, newer] = [from?.revision, to?.revision];
    if (output === 'json') await out.json({ name, namespace, from: older, to: newer, changes, more });
    else await shown(out, { changes, more, title: `${name}: revision ${older} → ${newer}` });
    return EXIT.done;
  },
});

function numberOf(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new Fault('usage', `"${text}" is not a revision: \`tracegate policy history\` has their numbers`);
}

function one(revisions: readonly Revision[], name: string, number: number): Revision {
  const found = revisions.find(({ revision }) => revision === number);
  if (found) return found;
  const numbers = revisions.map(({ revision }) => revision).join(', ');
  throw new Fault('not-found', `${name} has no revision ${number}: there are ${numbers}`);
}

/** A deletion leaves nothing. */
function viewOf(revision: Revision | undefined): unknown {
  if (revision === undefined || revision.operation === 'delete') return undefined;
  const { document, mode, enabled } = revision;
  return { document, mode, enabled };
}

async function shown(
  out: CommandDeps['out'],
  { changes, more, title }: { changes: Difference[]; more: number; title: string },
): Promise<void> {
  await out.line(title);
  if (changes.length === 0) await out.line('  no difference');
  for (const { path, from, to } of changes) {
    await out.line(`  ${path === '' ? 'the whole policy' : path.replace(/^\/document/, '')}`);
    if (from !== undefined) await out.line(`  - ${from}`);
    if (to !== undefined) await out.line(`  + ${to}`);
  }
  if (more > 0)
    await out.line(`  and ${more} more: \`tracegate policy get\` and the revisions have all of it`);
}
