// SPDX-License-Identifier: Apache-2.0
// docs/corpus.md: what becomes of each policy of a collection of the field, asked from the code that judges.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { intakeAll } from '../../src/model/intake.ts';
import { KERNEL_REFUSALS } from './corpus-refusals.ts';
import { code, page, table } from './markdown.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus/tetragon');

/** The collection lies beside the checkout, where it is there at all. */
export const hasCorpus = (): boolean => existsSync(CORPUS);

function rowOf(file: string): string[] {
  const name = file.replace(/\.yaml$/, '');
  const shown = code(name.replaceAll('__', '/'));
  const taken = intakeAll(readFileSync(join(CORPUS, file)), 'yaml');
  const reasons = [...new Set(taken.flatMap((one) => (one.valid ? [] : one.findings.map((f) => f.message))))];
  if (reasons.length > 0) return [shown, 'refused', reasons.join('; ')];
  const refusals = KERNEL_REFUSALS[name] ?? [];
  if (refusals.length === 0) return [shown, 'loads', ''];
  const said = refusals.map(({ kernels, says }) => `${says} (${kernels.join(', ')})`);
  return [shown, 'in the language', `the lab's kernels refuse it: ${said.join('; ')}`];
}

export function corpusPage(): string {
  const rows = readdirSync(CORPUS)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map(rowOf);
  const counted = (word: string) => rows.filter(([, state]) => state === word).length;
  return page('Policies of the field', 'setup/build-reference.mjs, from src/model and the kernel tests', [
    `Of ${rows.length} policies that Tetragon's users have published, ${counted('loads')} load on the kernels of the lab,`,
    `${counted('in the language')} are in the language and refused by the host, and ${counted('refused')} are refused at submission, each with all its reasons.`,
    'Which mechanism a hook gets, and what it guarantees, is said by `tracegate explain` and `tracegate policy status`. Some decide',
    'on memory that user space can change, and load only with the annotation `tracegate.io/allow-racy: "true"`.',
    '',
    ...table(['policy', 'here', 'because'], rows),
  ]);
}
