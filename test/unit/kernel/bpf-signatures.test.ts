// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checksBpfSignatures } from '../../../src/kernel/bpf-signatures.ts';
import { Btf, KIND } from '../../../src/kernel/btf.ts';
import { btfBlob } from './btf-blob.ts';

/** `union bpf_attr` whose one part has such a member. */
const kernelWith = (name: string) =>
  Btf.parse(
    btfBlob([
      { name: 'long', kind: KIND.INT, sizeOrType: 8, words: [64] }, // 1
      { kind: KIND.STRUCT, sizeOrType: 8, count: 1, words: [name, 1, 0] }, // 2
      { name: 'bpf_attr', kind: KIND.UNION, sizeOrType: 8, count: 1, words: ['', 2, 0] }, // 3
    ]),
  );

describe('signatures of BPF programs', () => {
  it('are checked by a kernel that takes one, and by no other', () => {
    assert.equal(checksBpfSignatures(kernelWith('signature')), true);
    assert.equal(checksBpfSignatures(kernelWith('insns')), false);
    assert.equal(checksBpfSignatures(null), false, 'a kernel without types');
  });
});
