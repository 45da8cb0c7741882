// SPDX-License-Identifier: Apache-2.0
/** Two sets of capabilities that a hook is handed, compared with each other. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, put } from './runtime-fixture.ts';

/** A process of its own asks for these sets: effective and inheritable (all that is permitted stays so). */
const TEXT = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
ALL = 0x1ffffffffff
for at, what in enumerate(sys.argv[1:]):
    effective, inheritable = [int(n, 0) for n in what.split('/')]
    if os.fork():
        os.wait()
        continue
    half = lambda shift: [(s >> shift) & 0xffffffff for s in (effective, ALL, inheritable)]
    if libc.capset(struct.pack('II', 0x20080522, 0), struct.pack('6I', *half(0), *half(32))):
        print('denied: ' + what, flush=True)
    os._exit(0)
`;

describe('CapabilitiesGained', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  const args = [
    { index: 2, type: 'cap_effective' },
    { index: 3, type: 'cap_inheritable' },
  ];
  const gained = (...positions: number[]) => ({
    matchArgs: [{ operator: 'CapabilitiesGained', args: positions }],
  });
  const hook = (selector: object, message = '') => ({
    ...{ call: 'security_capset', syscall: false, args, ...(message && { message }) },
    selectors: [selector],
  });
  const SETS = ['0x1/0x1', '0x3/0x1', '0x1/0x2', '0x10000000000/0', '0/0x800000000'];

  it('takes what is in the second set and not in the first', () => {
    put(bench, { kprobes: [hook(gained(0, 1), 'inheritable'), hook(gained(1, 0), 'effective')] });
    assert.equal(python('-c', TEXT, ...SETS).out, '');
    const seen = bench
      .taken('probe')
      .map(({ process_kprobe: e }) => [e?.message, e?.args?.map((arg) => Object.values(arg)[0])]);
    const of = (name: string) => seen.filter(([message]) => message === name).length;
    assert.deepEqual([of('inheritable'), of('effective')], [2, 3], JSON.stringify(seen));
  });

  it('decides denials', () => {
    put(bench, {
      kprobes: [hook({ ...gained(0, 1), matchActions: [{ action: 'Override', argError: -1 }] })],
    });
    assert.equal(python('-c', TEXT, ...SETS).out, 'denied: 0x1/0x2\ndenied: 0/0x800000000');
  });
});
