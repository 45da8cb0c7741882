// SPDX-License-Identifier: Apache-2.0
// Which kernel tests put a word of the language into a policy: they run the real programs on several kernels. A word that
// this version claims and no test uses stops the generation of the page.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../steps.mjs';

const FOLDER = 'test/kernel';
const MOST = 3;
/**
 * Tests of what others do with eBPF: what they call by a word of the language is something else. And one that loads policies, whose
 * hooks nobody sets off.
 */
const NOT_SHOWN = /^(bpf-|verified)/;

/** A test with the modules beside it that it imports, and the policies it loads by name. */
function textOf(file: string, seen = new Set<string>()): string {
  if (seen.has(file) || !existsSync(file)) return '';
  seen.add(file);
  const own = readFileSync(file, 'utf8');
  const beside = [...own.matchAll(/from '(\.\/[^']+)'/g)]
    .filter(([, name]) => !name?.includes('runtime-fixture'))
    .map(([, name = '']) => textOf(join(dirname(file), name), seen));
  const policies = [...own.matchAll(/policyText\('([a-z-]+)'\)/g)].map(([, name = '']) =>
    textOf(join(root, 'test/fixtures/policies', `${name}.yaml`), seen),
  );
  return [own, ...beside, ...policies].join('\n');
}

const tests = readdirSync(join(root, FOLDER))
  .filter((name) => name.endsWith('.test.ts') && name !== 'corpus.test.ts' && !NOT_SHOWN.test(name))
  .sort()
  .map((name) => ({ name, text: textOf(join(root, FOLDER, name)) }));

/** As a value (`'sock'`, `type: sock`) or as a field (`matchPIDs:`), never as part of a longer word. */
const uses = (text: string, word: string) =>
  new RegExp(`['"]${word}['"]|: ${word}$|: ${word},|\\b${word}:|: ${word} [}\\]]`, 'm').test(text);

/** Links to tests that use one of the words. */
export function shownBy(...words: string[]): string {
  const found = tests.filter(({ text }) => words.some((word) => uses(text, word)));
  if (found.length === 0)
    throw new Error(`no test in ${FOLDER} uses ${words.join(' or ')}: the language claims it`);
  return found
    .slice(0, MOST)
    .map(({ name }) => `[${name.replace('.test.ts', '')}](../${FOLDER}/${name})`)
    .join(', ');
}
