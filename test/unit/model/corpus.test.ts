// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Intake, intakeAll } from '../../../src/model/intake.ts';
import { readDocuments } from '../../../src/model/read-document.ts';
import { validate } from '../../../src/model/validate.ts';

const CORPUS = new URL('../../../../shared/corpus/tetragon/', import.meta.url);
const files = existsSync(CORPUS) ? readdirSync(CORPUS) : [];
const missing = files.length === 0 ? `${CORPUS.pathname} missing` : false;

describe('the policies of the field, as a corpus', { skip: missing }, () => {
  it('are all valid by the schema', () => {
    assert.equal(files.length, 46);
    for (const file of files) {
      for (const source of readDocuments(readFileSync(new URL(file, CORPUS)), 'yaml')) {
        assert.deepEqual(validate(source), [], file);
      }
    }
  });

  it('are in the language, or refused with the fields that are not', (t) => {
    const all = files.flatMap((file) =>
      intakeAll(readFileSync(new URL(file, CORPUS)), 'yaml').map((taken) => ({
        file: file.replace(/\.yaml$/, ''),
        taken,
      })),
    );
    for (const { file, taken } of all)
      t.diagnostic(`${taken.valid ? 'in ' : 'out'} ${file}${fieldsOf(taken)}`);
    const inside = all.filter(({ taken }) => taken.valid).length;
    t.diagnostic(`${inside} of ${all.length} are in the language`);
    assert.ok(inside >= 35, `${inside} in the language`);
    for (const { file, taken } of all.filter((one) => !one.taken.valid)) {
      assert.ok(
        taken.findings.every(({ line, path }) => line !== undefined && path.startsWith('/spec')),
        file,
      );
    }
  });
});

function fieldsOf({ valid, findings }: Intake): string {
  const fields = findings.map(({ message }) =>
    message.replace(/ is not in this runtime's language yet$/, ''),
  );
  return valid ? '' : `: ${[...new Set(fields)].join('; ')}`;
}
