// SPDX-License-Identifier: Apache-2.0
/** The parts of the runtime that need no kernel; the rest is tested on real ones (test/kernel). */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { Ledger } from '../../../src/runtime/ledger.ts';
import type { LoadedPolicy } from '../../../src/runtime/loaded-policy.ts';
import { kernelReason, loadNative } from '../../../src/runtime/native.ts';
import { withConfigMap } from '../../../src/runtime/templates.ts';
import { draws } from '../../kernel/random-policies.ts';
import { freshDirectory } from '../service/gate-under-test.ts';

const LD_IMM64 = 0x18;

function insn(code: number, source: number, immediate: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes[0] = code;
  bytes[1] = (source << 4) | 1;
  bytes.writeInt32LE(immediate, 4);
  return bytes;
}

describe('a copy of a program', () => {
  const wide = (source: number, immediate: number, upper = 0) =>
    Buffer.concat([insn(LD_IMM64, source, immediate), insn(0, 0, upper)]);
  const immediates = (insns: Buffer) =>
    Array.from({ length: insns.length / 8 }, (_, i) => insns.readInt32LE(i * 8 + 4));

  it('refers to its own configuration wherever the template refers to its own', () => {
    const template = Buffer.concat([wide(1, 5), insn(0xb7, 0, 5), wide(2, 5, 40)]);
    const copy = withConfigMap(template, 5, 9);
    assert.deepEqual(immediates(copy), [9, 0, 5, 9, 40]);
    assert.deepEqual(immediates(template), [5, 0, 5, 5, 40], 'the template stays');
  });

  it('leaves other maps, constants, functions and what only looks like a reference', () => {
    const upperHalf = insn(LD_IMM64, 1, 5); // the second half of a wide instruction may hold any bytes
    const template = Buffer.concat([wide(1, 6), wide(0, 5), wide(4, 5), insn(LD_IMM64, 0, 1), upperHalf]);
    assert.ok(withConfigMap(template, 5, 9).equals(template));
  });

  it('differs from its template in nothing but references', () => {
    const draw = draws(61);
    for (let round = 0; round < 200; round++) {
      const template = Buffer.concat(
        Array.from({ length: 30 }, () =>
          draw(3) === 0 ? wide(draw(5), draw(4)) : insn(draw(0x18), draw(3), draw(4)),
        ),
      );
      const back = withConfigMap(withConfigMap(template, 3, 77), 77, 3);
      assert.ok(back.equals(template));
    }
  });
});

describe("the kernel's reason", () => {
  const failure = (log: string) => Object.assign(new Error('cannot load: Permission denied'), { log });
  it('is the last line of the log that says something', () => {
    const log = [
      '0: (79) r1 = *(u64 *)(r1 +0)',
      'R1 invalid mem access',
      'verification time 100 usec',
      'stack depth 16+0',
      'processed 12 insns (limit 1000000) max_states_per_insn 0',
      '',
    ].join('\n');
    assert.equal(kernelReason(failure(log)), 'cannot load: Permission denied: R1 invalid mem access');
  });

  it('without a log is the error', () => {
    for (const log of ['', '\n\n', 'processed 0 insns (limit 1000000)'])
      assert.equal(kernelReason(failure(log)), 'cannot load: Permission denied');
  });
});

describe('the ledger', () => {
  const policy = (key: string, pins: string[]): LoadedPolicy => ({
    ...{ key, name: key, digest: 'd', revision: 1, decisionId: 'x', slot: 0, generation: 1 },
    ...{ mode: 'enforce', hooks: [], pins },
  });
  function ledgers() {
    const [stateDir, bpffs] = [freshDirectory(), freshDirectory()];
    return { stateDir, bpffs, ledger: new Ledger(stateDir, bpffs) };
  }

  it('tells what is pinned, and forgets what a reboot took', () => {
    const { ledger, bpffs } = ledgers();
    writeFileSync(join(bpffs, 'one'), '');
    const [whole, half] = [policy('whole', ['one']), policy('half', ['one', 'two'])];
    ledger.write([whole, half]);
    assert.deepEqual(ledger.read(), [whole]);
  });

  it('of a new host is empty', () => {
    assert.deepEqual(ledgers().ledger.read(), []);
  });

  it('is replaced as a whole', () => {
    const { ledger, stateDir } = ledgers();
    ledger.write([policy('a', [])]);
    ledger.write([]);
    assert.deepEqual(readdirSync(stateDir), ['loaded.json']);
    assert.equal(readFileSync(join(stateDir, 'loaded.json'), 'utf8'), '[]');
  });

  it('that cannot be understood stops the start: taken for empty, it would unpin what is in force', () => {
    const { ledger, stateDir } = ledgers();
    for (const text of ['', '{', '{}', 'null', '[1]', '[{"key":"a"}]']) {
      writeFileSync(join(stateDir, 'loaded.json'), text);
      assert.throws(
        () => ledger.read(),
        (thrown) => thrown instanceof Fault && /loaded\.json.*stays in force/.test(thrown.message),
        text,
      );
    }
  });
});

describe('the addon', () => {
  it('that is not built is told in words', () => {
    const root = freshDirectory();
    mkdirSync(join(root, 'build'));
    assert.throws(() => loadNative(root), /the eBPF addon is not built \(.*run the set-up/);
  });
});
