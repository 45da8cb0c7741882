// SPDX-License-Identifier: Apache-2.0
/** Which function of the kernel an address belongs to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KernelSymbols } from '../../../src/kernel/kernel-symbols.ts';

const KALLSYMS = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _stext
ffffffff81000000 t startup
ffffffff81001000 t __do_link
ffffffff81001000 T do_link
ffffffff81002000 t last
ffffffff81003000 T _etext
ffffffff82000000 D some_data
ffffffffc0500010 t bpf_prog_6deef7357e7b4530_ours\t[bpf]
ffffffffc0600000 t first_of_module\t[loop]
ffffffffc0600800 t second_of_module\t[loop]
`;
const MODULES = 'loop 4096 1 - Live 0xffffffffc0600000\n';

describe('symbols of the kernel', () => {
  const symbols = new KernelSymbols(Buffer.from(KALLSYMS), MODULES);
  const at = (low: number) => symbols.at(0xffffffff00000000n | BigInt(low));

  it('are found with the distance from their beginning, the global name before the local one', () => {
    assert.deepEqual(at(0x81001010), { symbol: 'do_link', offset: 0x10 });
    assert.deepEqual(at(0x81000fff), { symbol: '_stext', offset: 0xfff });
    assert.deepEqual(at(0x81002000), { symbol: 'last', offset: 0 });
    assert.deepEqual(at(0xc0600801), { symbol: 'second_of_module', offset: 1 });
  });

  it('are none outside of the code of the kernel and its modules, and what BPF became is no such code', () => {
    for (const low of [0x80ffffff, 0x81003000, 0x82000000, 0xc0500020, 0xc0601000])
      assert.equal(at(low), undefined, low.toString(16));
    assert.equal(symbols.at(0x1000n), undefined);
    assert.equal(symbols.isText(0xffffffffc0500020n), false);
    assert.equal(symbols.isText(0xffffffffc0600000n), true);
  });

  it('are not known where addresses are hidden', () => {
    const hidden = new KernelSymbols(Buffer.from('0000000000000000 T _stext\n'), '');
    assert.equal(hidden.known, false);
    assert.equal(hidden.at(0xffffffff81000000n), undefined);
    assert.equal(symbols.known, true);
  });
});
