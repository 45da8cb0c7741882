// SPDX-License-Identifier: Apache-2.0
/**
 * No field of a policy is left unexplained: whatever single value of a published policy is changed, the words change too,
 * unless the field is on the short list of those that do nothing.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { explanationOf } from '../../../src/cli/output/explanation.ts';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { readDocument } from '../../../src/model/read-document.ts';

const CORPUS = resolve(import.meta.dirname, '../../../../shared/corpus/tetragon');
const FIXTURES = resolve(import.meta.dirname, '../../fixtures/policies');

/** What says nothing of what a policy does, and why. */
const NEUTRAL: readonly (readonly [RegExp, string])[] = [
  [/^\/(apiVersion|kind)$/, 'there is one of each that is read; the scope is told'],
  [/^\/metadata\/annotations\/(?!tracegate\.io~1)/, 'notes for people and other programs'],
  [/^\/spec\/lists\/\d+\/name$/, 'a name inside of the document: what it stands for is told'],
  [/^\/spec\/selectorsMacros\/[^/]+\/label$/, 'not read'],
  [/\/returnArg\/index$/, 'a call returns one value'],
  [/^\/spec\/enforcers\//, 'told where a hook names them'],
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function leavesOf(value: Json, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [pointer];
  const entries = Object.entries(value);
  if (entries.length === 0) return [pointer];
  return entries.flatMap(([key, part]) =>
    leavesOf(part as Json, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/** Other values than this one; undefined: the field is gone. */
function othersOf(value: Json): (Json | undefined)[] {
  if (typeof value === 'boolean') return [!value, undefined];
  if (typeof value === 'number') return [value + 1, value - 1, undefined];
  if (typeof value !== 'string') return [undefined];
  const number = /^-?\d+$/.test(value) ? [String(Number(value) + 1), String(Number(value) - 1)] : [];
  const swapped = SWAPS.flatMap((names) =>
    names.includes(value) ? names.filter((name) => name !== value) : [],
  );
  return [...number, ...swapped, `${value}x`, value.slice(0, -1), undefined];
}

const SWAPS = [
  ['Equal', 'NotEqual', 'Prefix', 'GT', 'Mask'],
  ['In', 'NotIn'],
  ['int', 'uint64', 'string', 'size_t'],
  ['Post', 'Sigkill', 'Override', 'NoPost', 'TrackSock'],
  ['SAddr', 'DAddr', 'NotDAddr'],
  ['SPort', 'DPort'],
  ['thread', 'process', 'global'],
  ['Effective', 'Permitted'],
  ['Pid', 'Mnt', 'User'],
  ['enforce', 'monitor'],
  ['AF_INET', 'AF_INET6'],
  ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'],
];

function changed(document: Json, pointer: string, other: Json | undefined): Json {
  const copy = structuredClone(document);
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() as string;
  let at = copy as Record<string, Json>;
  for (const key of keys) at = at[key] as Record<string, Json>;
  if (other !== undefined) at[last] = other;
  else if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete at[last];
  return copy;
}

/** Places in the document are no words, and no meaning either. */
const withoutPlaces = (key: string, value: unknown) =>
  key === 'path' && String(value).startsWith('/spec') ? undefined : value;

/** All that is said of a document, or undefined where it is none of ours. */
function said(document: Json): { words: string; meaning: string } | undefined {
  const taken = intakeObject(document);
  if (!taken.valid) return undefined;
  const { digest: _, ...meaning } = taken.normal;
  const words = explanationOf(effectsOf(taken.normal)).join('\n');
  return { words, meaning: JSON.stringify(meaning, withoutPlaces) };
}

interface Tally {
  silent: string[];
  told: number;
  untold: string[];
}

function walk(document: Json): Tally {
  const before = said(document);
  assert.ok(before);
  const tally: Tally = { silent: [], told: 0, untold: [] };
  for (const pointer of leavesOf(document)) {
    if (NEUTRAL.some(([pattern]) => pattern.test(pointer))) continue;
    const value = pointer
      .split('/')
      .slice(1)
      .reduce(
        (at: Json, key) =>
          (at as Record<string, Json>)[key.replaceAll('~1', '/').replaceAll('~0', '~')] as Json,
        document,
      );
    const variants = othersOf(value).flatMap((other) => said(changed(document, pointer, other)) ?? []);
    // what was only a default written out may go without a word
    const other = variants.filter(({ meaning }) => meaning !== before.meaning);
    for (const same of variants.filter(({ meaning }) => meaning === before.meaning))
      assert.equal(same.words, before.words, `${pointer}: other words for the same`);
    if (other.length === 0) tally.untold.push(pointer);
    else if (other.every(({ words }) => words !== before.words)) tally.told++;
    else tally.silent.push(`${pointer} = ${JSON.stringify(value)}`);
  }
  return tally;
}

const read = (path: string) =>
  JSON.parse(JSON.stringify(readDocument(readFileSync(path), 'yaml').value)) as Json;
const FOLDERS = [FIXTURES, ...(existsSync(CORPUS) ? [CORPUS] : [])];
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file)),
);

describe('explain leaves no field of a policy out', () => {
  if (!existsSync(CORPUS))
    it('of the published ones', { skip: `they are not here: ${CORPUS}` }, () => undefined);

  const whole = { told: 0, untold: 0 };
  for (const file of FILES)
    it(file.slice(file.lastIndexOf('/') + 1), (t) => {
      const document = read(file);
      if (said(document) === undefined) {
        t.skip('it is refused, with all its reasons');
        return;
      }
      const { silent, told, untold } = walk(document);
      whole.told += told;
      whole.untold += untold.length;
      assert.deepEqual(silent, []);
      if (untold.length > 0) t.diagnostic(`nothing else can stand there: ${untold.join(' ')}`);
    });

  it('by changes that say something', (t) => {
    t.diagnostic(
      `${whole.told} fields were changed and the words with them, ${whole.untold} could not be changed`,
    );
    // without the published policies a few are left
    assert.ok(whole.told > 40 && whole.told > whole.untold, JSON.stringify(whole));
  });
});
