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
import { freshDirectory } from '../service/gate-under-test.ts';

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
