// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TypeNames } from '../../../src/kernel/type-names.ts';

/** Types called by these places of the strings, of these kinds; ids count from 1. */
function namesOf(strings: string, types: readonly { place: number; kind: number }[]): TypeNames {
  const bytes = Buffer.from(strings, 'latin1');
  const at = (id: number) => types[id - 1] ?? assert.fail();
  return new TypeNames(bytes, Int32Array.from([0, ...types.map(({ place }) => place)]), {
    nameOf: (id) => bytes.toString('latin1', at(id).place, bytes.indexOf(0, at(id).place)),
    kindOf: (id) => at(id).kind,
  });
}

describe('types by their names', () => {
  it('are found where a name is the end of a longer one', () => {
    const names = namesOf('\0vfs_read\0read\0', [
      { place: 1, kind: 12 },
      { place: 10, kind: 4 },
      { place: 5, kind: 12 },
    ]);
    assert.deepEqual([names.find(12, 'read'), names.find(4, 'read'), names.find(12, 'vfs_read')], [3, 2, 1]);
    assert.equal(names.find(12, 'rea'), undefined);
  });

  it('are none by a name that no kernel has', () => {
    const names = namesOf('\0a\0', [
      { place: 1, kind: 12 },
      { place: 0, kind: 4 },
    ]);
    for (const name of ['\0', 'a\0', '\u0161', '\u0161a']) assert.equal(names.find(12, name), undefined);
    assert.equal(names.find(4, ''), 2);
  });

  it('are found however many names end like theirs', () => {
    const names = namesOf(`\0${'be\0'.repeat(1000)}e\0`, [
      { place: 1, kind: 12 },
      { place: 3001, kind: 12 },
    ]);
    assert.equal(names.find(12, 'e'), 2);
  });

  it('are the same whether they are searched or indexed', () => {
    const type = fc.record({ place: fc.nat(20), kind: fc.nat(2) });
    const text = fc.array(fc.constantFrom('a', 'b', '\0'), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(text, fc.array(type, { maxLength: 8 }), (letters, types) => {
        const strings = `${letters.join('')}\0`;
        const [searching, indexed] = [namesOf(strings, types), namesOf(strings, types)];
        for (const kind of [0, 1, 2])
          for (const name of ['a', 'b', 'ab', 'aa', 'bab'])
            assert.equal(searching.find(kind, name), indexed.of(kind).get(name));
      }),
    );
  });
});
