// SPDX-License-Identifier: Apache-2.0
/** What an object is told of the kernel's types, though libbpf sees an extract of them only. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KIND } from '../../src/kernel/btf.ts';
import { kernelBtf } from '../../src/kernel/facts.ts';
import { CALL, INSN_BYTES, LD_IMM64 } from '../../src/runtime/instruction-codes.ts';
import { loadNative } from '../../src/runtime/native.ts';
import { openBench, ROOT } from './runtime-fixture.ts';

const KFUNC = 2;
/** bpf/include/cast.h */
const TG_CAST_CALL = 0x54470001;

it('casts by the numbers that this kernel gives its function and its structures', (t) => {
  t.after(() => openBench().close());
  const { insns } = loadNative(ROOT).openObject(`${ROOT}/build/bpf/lsm.bpf.o`, { mapFds: {} })
    .programs[0] as {
    insns: Buffer;
  };
  const [calls, numbers] = [new Set<number>(), new Set<number>()];
  for (let at = 0; at < insns.length; at += INSN_BYTES) {
    const source = (insns[at + 1] as number) >> 4;
    const value = insns.readInt32LE(at + 4);
    if (insns[at] === CALL && (source === KFUNC || value === TG_CAST_CALL)) calls.add(value);
    if (insns[at] === LD_IMM64 && source === 0) numbers.add(value);
  }
  const btf = kernelBtf();
  assert.deepEqual([...calls], [btf?.find(KIND.FUNC, 'bpf_rdonly_cast') ?? TG_CAST_CALL]);
  for (const name of ['task_struct', 'mount', 'dentry', 'file', 'cgroup', 'kernfs_node'])
    assert.ok(numbers.has(btf?.find(KIND.STRUCT, name) ?? -1), name);
});
