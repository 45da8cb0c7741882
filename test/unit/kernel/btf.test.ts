// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { Btf, KIND } from '../../../src/kernel/btf.ts';
import { draws } from '../../kernel/random-policies.ts';
import { btfBlob } from './btf-blob.ts';

const blob = btfBlob([
  { name: 'int', kind: KIND.INT, sizeOrType: 4, words: [0x01000020] }, // 1
  { name: 'file', kind: KIND.STRUCT, count: 2, sizeOrType: 16, words: ['mode', 1, 0, 'next', 3, 64] }, // 2
  { kind: KIND.PTR, sizeOrType: 2 }, // 3
  { kind: KIND.CONST, sizeOrType: 2 }, // 4
  { kind: KIND.PTR, sizeOrType: 4 }, // 5
  { kind: KIND.PTR, sizeOrType: 3 }, // 6
  { kind: KIND.FUNC_PROTO, count: 3, sizeOrType: 1, words: ['f', 5, 'all', 6, 'flags', 1] }, // 7
  { name: 'open_it', kind: KIND.FUNC, sizeOrType: 7 }, // 8
  { name: 'u32', kind: KIND.TYPEDEF, sizeOrType: 1 }, // 9
  { kind: KIND.ARRAY, words: [9, 1, 5] }, // 10
  { kind: KIND.PTR, sizeOrType: 7 }, // 11
  { name: 'btf_trace_opened', kind: KIND.TYPEDEF, sizeOrType: 11 }, // 12
  { name: 'mode', kind: KIND.ENUM, count: 2, sizeOrType: 4, words: ['A', 1, 'B', 0xffffffff] }, // 13
  {
    name: 'bits',
    kind: KIND.STRUCT,
    count: 1,
    sizeOrType: 4,
    bitfields: true,
    words: ['b', 1, (3 << 24) | 5],
  }, // 14
  { name: 'big', kind: KIND.ENUM64, count: 1, sizeOrType: 8, words: ['X', 0, 1] }, // 15
  { name: 'v', kind: KIND.VAR, sizeOrType: 1, words: [0] }, // 16
  { name: 'tag', kind: KIND.DECL_TAG, sizeOrType: 2, words: [0] }, // 17
  { name: 'last', kind: KIND.FLOAT, sizeOrType: 8 }, // 18
]);

describe('BTF written by hand', () => {
  const btf = Btf.parse(blob);

  it('tells a function by name with its prototype, as C writes it, without qualifiers', () => {
    assert.deepEqual(btf.prototype('open_it'), {
      params: [
        { name: 'f', type: 'struct file *' },
        { name: 'all', type: 'struct file **' },
        { name: 'flags', type: 'int' },
      ],
      returns: 'int',
      btfId: 8,
    });
    assert.equal(btf.prototype('file'), undefined, 'a structure is no function');
    assert.equal(btf.prototype('no_such'), undefined);
  });

  it('tells a raw tracepoint by its typedef', () => {
    assert.equal(btf.typedefPrototype('btf_trace_opened')?.params.length, 3);
    assert.equal(btf.typedefPrototype('u32'), undefined, 'no function pointer');
  });

  it('finds every type behind others of every size', () => {
    for (const [kind, name, id] of [
      [KIND.ENUM64, 'big', 15],
      [KIND.VAR, 'v', 16],
      [KIND.DECL_TAG, 'tag', 17],
      [KIND.FLOAT, 'last', 18],
    ] as const)
      assert.equal(btf.find(kind, name), id);
    assert.deepEqual([...btf.names(KIND.FUNC)], ['open_it']);
  });

  it('tells members, bit fields, values and sizes', () => {
    assert.deepEqual(btf.members(btf.type(2)), [
      { name: 'mode', typeId: 1, offsetBits: 0, bits: 0 },
      { name: 'next', typeId: 3, offsetBits: 64, bits: 0 },
    ]);
    assert.deepEqual(btf.members(btf.type(14))[0], { name: 'b', typeId: 1, offsetBits: 5, bits: 3 });
    assert.deepEqual(btf.enumValues(btf.type(13)), { A: 1, B: -1 });
    assert.deepEqual([btf.sizeOf(10), btf.sizeOf(3), btf.sizeOf(2), btf.sizeOf(0)], [20, 8, 16, 0]);
  });

  it('has no type beyond its last one', () => {
    for (const id of [0, 19, -1, 2 ** 31]) assert.throws(() => btf.type(id), /BTF has no type/);
  });
});

describe('bytes that are no BTF', () => {
  const kernel = (thrown: unknown) => thrown instanceof Fault && thrown.code === 'kernel';
  it('are refused at once', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('no BTF'), Buffer.alloc(24), blob.subarray(0, 20)])
      assert.throws(() => Btf.parse(bytes), kernel);
  });

  it('cut anywhere, give a fault or less, never a hang or another kind of error', () => {
    for (let end = 0; end < blob.length; end += 3) {
      try {
        const btf = Btf.parse(blob.subarray(0, end));
        for (const name of ['open_it', 'no_such']) btf.prototype(name);
      } catch (thrown) {
        assert.ok(kernel(thrown), `cut at ${end}: ${thrown}`);
      }
    }
  });

  it('with any word changed, the same', () => {
    const draw = draws(53);
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(blob);
      bytes.writeUInt32LE(draw(2) === 0 ? draw(40) : draw(2 ** 32), draw(bytes.length >> 2) * 4);
      try {
        const btf = Btf.parse(bytes);
        btf.prototype('open_it');
        btf.typedefPrototype('btf_trace_opened');
        btf.sizeOf(10);
      } catch (thrown) {
        assert.ok(kernel(thrown), String((thrown as Error).stack));
      }
    }
  });
});

describe("this host's own BTF", () => {
  const file = '/sys/kernel/btf/vmlinux';
  const skip = existsSync(file) ? false : `missing: ${file}`;

  it('tells functions and structures everybody knows', { skip }, () => {
    const startedMs = performance.now();
    const btf = Btf.parse(readFileSync(file));
    const exit = btf.prototype('do_exit');
    assert.deepEqual([exit?.params.map((p) => p.type), exit?.returns], [['long int'], 'void']);
    const task = btf.find(KIND.STRUCT, 'task_struct') ?? assert.fail();
    assert.ok(btf.members(btf.type(task)).some((m) => m.name === 'tgid'));
    assert.ok(performance.now() - startedMs < 2_000);
  });
});
