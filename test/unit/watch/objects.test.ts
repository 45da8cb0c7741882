// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRUCTS } from '../../../src/plan/layout.generated.ts';
import { showArgument } from '../../../src/watch/arguments.ts';

type Fields = Record<string, { offset: number; size: number; count: number }>;

function objectBytes(
  name: keyof typeof STRUCTS,
  values: Record<string, number | bigint | string>,
  into?: Buffer,
  at = 0,
) {
  const bytes = into ?? Buffer.alloc(STRUCTS[name].size);
  for (const [field, value] of Object.entries(values)) {
    const { offset, size } = (STRUCTS[name].fields as Fields)[field] as Fields[string];
    if (typeof value === 'string') bytes.write(value, at + offset);
    else if (size === 8) bytes.writeBigUInt64LE(BigInt(value), at + offset);
    else bytes.writeUIntLE(Number(value), at + offset, size);
  }
  return bytes;
}
const show = (type: string, bytes: Buffer) => showArgument(type, { type: 0, status: 0, number: 0n, bytes });
const number = (type: string, value: bigint) =>
  showArgument(type, { type: 0, status: 0, number: value, bytes: Buffer.alloc(0) });

describe('an object of the kernel is told as Tetragon tells it:', () => {
  it('credentials, with the names of their bits', () => {
    const bytes = objectBytes('tg_cred_value', {
      ...{ uid: 1, gid: 2, euid: 3, egid: 4, suid: 5, sgid: 6, fsuid: 7, fsgid: 8 },
      ...{ permitted: (1n << 21n) | 1n, effective: 2n, inheritable: 0, securebits: 0b10001 },
    });
    objectBytes(
      'tg_user_ns_value',
      { level: 1, uid: 9, gid: 10, inum: 4026532000 },
      bytes,
      STRUCTS.tg_cred_value.fields.user_ns.offset,
    );
    assert.deepEqual(show('cred', bytes).process_credentials_arg, {
      ...{ uid: 1, gid: 2, euid: 3, egid: 4, suid: 5, sgid: 6, fsuid: 7, fsgid: 8 },
      securebits: ['SecBitNoRoot', 'SecBitKeepCaps'],
      caps: { permitted: ['CAP_CHOWN', 'CAP_SYS_ADMIN'], effective: ['DAC_OVERRIDE'] },
      user_ns: { level: 1, uid: 9, gid: 10, ns: { inum: 4026532000 } },
    });
  });

  it('programs and maps, unknown types by their number', () => {
    const prog = (type: number) =>
      show('bpf_attr', objectBytes('tg_bpf_prog_value', { type, count: 12, name: 'probe' }));
    assert.deepEqual(prog(2), {
      bpf_attr_arg: { ProgType: 'BPF_PROG_TYPE_KPROBE', InsnCnt: 12, ProgName: 'probe' },
    });
    assert.deepEqual((prog(99).bpf_attr_arg as { ProgType: string }).ProgType, '99');
    const map = { type: 27, key_size: 0, value_size: 0, max_entries: 4096, name: 'sixteen-letters!' };
    assert.deepEqual(show('bpf_map', objectBytes('tg_bpf_map_value', map)), {
      bpf_map_arg: {
        MapType: 'BPF_MAP_TYPE_RINGBUF',
        KeySize: 0,
        ValueSize: 0,
        MaxEntries: 4096,
        MapName: 'sixteen-letters!',
      },
    });
  });

  it('modules, with what they taint', () => {
    const bytes = objectBytes('tg_module_value', {
      taints: (1n << 12n) | (1n << 13n),
      signature: 1,
      name: 'loop',
    });
    const tainted = ['TAINT_OUT_OF_TREE_MODULE', 'TAINT_UNSIGNED_MODULE'];
    assert.deepEqual(show('load_info', bytes), { module_arg: { name: 'loop', signature_ok: true, tainted } });
    assert.deepEqual(show('module', bytes), { module_arg: { name: 'loop', tainted } });
  });

  it('perf events, numbers of 64 bits as text', () => {
    const bytes = objectBytes('tg_perf_event_value', {
      type: 8,
      config: 2n ** 63n,
      probe_offset: 4,
      function: 'do_exit',
    });
    assert.deepEqual(show('perf_event', bytes).perf_event_arg, {
      ...{ KprobeFunc: 'do_exit', Type: '8', Config: '9223372036854775808', ProbeOffset: '4' },
    });
  });

  it('numbers that have names', () => {
    assert.deepEqual(number('capability', 12n), { capability_arg: { value: 12, name: 'CAP_NET_ADMIN' } });
    assert.deepEqual(number('capability', 63n), { capability_arg: { value: 63, name: '63' } });
    assert.deepEqual(number('bpf_cmd', 5n), { bpf_cmd_arg: 'BPF_PROG_LOAD' });
    assert.deepEqual(number('cap_effective', 1n << 40n), { cap_effective_arg: '0000010000000000' });
    assert.deepEqual(number('syscall64', 257n), { syscall_id: { id: 257, abi: 'x64' } });
    assert.deepEqual(number('syscall64', 0x8000_0053n), { syscall_id: { id: 83, abi: 'i386' } });
  });
});
