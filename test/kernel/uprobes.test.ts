// SPDX-License-Identifier: Apache-2.0
/** Hooks on functions of user programs: what they read, that they kill in time, and that they stay without an agent. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Elf } from '../../src/kernel/elf.ts';
import { placeFacts } from '../../src/kernel/programs.ts';
import { type Bench, labProgram, ownBench, PLACE, put, run } from './runtime-fixture.ts';

const PROGRAM = labProgram('program-linked');
const uprobe = (more: object) => ({ uprobes: [{ path: PROGRAM, ...more }] });
const told = (bench: Bench) => bench.taken('probe').map((e) => e.process_uprobe);

function offsetOf(symbol: string): number {
  const fact = placeFacts([{ path: PROGRAM, at: { symbol, plus: 0 } }])[`${PROGRAM}:${symbol}`];
  assert.ok(fact && 'offset' in fact, JSON.stringify(fact));
  return fact.offset;
}

function addressOf(symbol: string): number {
  const bytes = readFileSync(PROGRAM);
  const elf = new Elf({ sizeBytes: bytes.length, read: (at, n) => bytes.subarray(at, at + n) });
  return elf.functions([symbol]).get(symbol)?.[0]?.address ?? 0;
}

/** Where in the file the counter lies. */
function counterOffset(): number {
  const bytes = readFileSync(PROGRAM);
  const elf = new Elf({ sizeBytes: bytes.length, read: (at, n) => bytes.subarray(at, at + n) });
  return elf.sections.find((s) => s.name === '.probes')?.offset ?? 0;
}

describe('a function of a program', () => {
  let bench: Bench;
  before(() => {
    bench = ownBench();
  });
  after(() => bench.close());

  it('is told with its arguments, by the mechanism the kernel has', (t) => {
    const args = [
      { index: 0, type: 'int' },
      { index: 1, type: 'string', label: 'what' },
      { index: 2, type: 'uint16' },
    ];
    const plan = put(bench, uprobe({ symbols: ['spend'], args, message: 'money', tags: ['audit'] }));
    t.diagnostic(plan.hooks[0]?.mechanism ?? '');
    assert.equal(run(PROGRAM, ['spend', '-21', 'tea']).out, 'spent -42 on tea');
    const [event, ...more] = told(bench);
    assert.equal(more.length, 0);
    assert.deepEqual([event?.path, event?.symbol], [PROGRAM, 'spend']);
    assert.equal(event?.offset, String(offsetOf('spend')));
    assert.deepEqual(event?.args, [{ int_arg: -21 }, { string_arg: 'tea', label: 'what' }, { uint_arg: 2 }]);
    assert.equal(event?.process.binary, PROGRAM);
    assert.deepEqual(
      [event?.message, event?.tags, event?.action],
      ['money', ['audit'], 'KPROBE_ACTION_POST'],
    );
    assert.equal(run(PROGRAM, ['send', 'x']).out, 'sent 1');
    assert.equal(told(bench).length, 0, 'another function is not told');
  });

  it('reads as many bytes as an argument says', () => {
    put(bench, uprobe({ symbols: ['send_bytes'], args: [{ index: 0, type: 'char_buf', sizeArgIndex: 2 }] }));
    assert.equal(run(PROGRAM, ['send', 'seventeen']).out, 'sent 9');
    const [event] = told(bench);
    assert.deepEqual(event?.args, [{ bytes_arg: Buffer.from('seventeen').toString('base64') }]);
  });

  it('is found by symbol, offset in the file and address; each place of an entry is told by its own name', () => {
    put(bench, uprobe({ symbols: ['spend', 'send_bytes', 'spend+0x0'] }));
    run(PROGRAM, ['spend', '1', 'tea']);
    run(PROGRAM, ['send', 'x']);
    assert.deepEqual(
      told(bench).map((e) => e?.symbol),
      ['spend', 'spend', 'send_bytes'],
    );
    put(bench, uprobe({ offsets: [offsetOf('send_bytes')] }));
    run(PROGRAM, ['send', 'x']);
    assert.equal(told(bench).length, 1);
    put(bench, uprobe({ addrs: [addressOf('spend')] }));
    run(PROGRAM, ['send', 'x']);
    run(PROGRAM, ['spend', '1', 'tea']);
    assert.deepEqual(
      told(bench).map((e) => e?.offset),
      [String(offsetOf('spend'))],
    );
  });

  it('is killed before it runs, and only where the filter says', () => {
    const args = [{ index: 0, type: 'int' }];
    const selectors = [
      { matchArgs: [{ index: 0, operator: 'GT', values: ['100'] }], matchActions: [{ action: 'Sigkill' }] },
    ];
    const plan = put(bench, uprobe({ symbols: ['spend'], args, selectors }));
    assert.equal(plan.hooks[0]?.guarantee, 'killed-before-return');
    for (let round = 0; round < 7; round++)
      assert.deepEqual(run(PROGRAM, ['spend', '101', 'gold']), { status: null, signal: 'SIGKILL', out: '' });
    assert.equal(run(PROGRAM, ['spend', '100', 'tea']).out, 'spent 200 on tea');
    const events = bench.taken('probe');
    assert.equal(events.length, 7);
    assert.ok(
      events.every((e) => e.tracegate?.killed && e.process_uprobe?.action === 'KPROBE_ACTION_SIGKILL'),
    );
  });

  it('tells what it returned, with its own filter', () => {
    const returned = { return: true, returnArg: { index: 0, type: 'int64' } };
    const matchReturnArgs = [{ index: 0, operator: 'LT', values: ['-9'] }];
    put(bench, uprobe({ symbols: ['spend'], ...returned, selectors: [{ matchReturnArgs }] }));
    run(PROGRAM, ['spend', '5', 'tea']);
    run(PROGRAM, ['spend', '13', 'tea']);
    const events = told(bench);
    assert.deepEqual(
      events.map((e) => e?.return),
      [{ long_arg: '-13' }],
    );
  });

  it('is told only of the processes that are meant, their children included', () => {
    const matchPIDs = [{ operator: 'In', followForks: true, values: [process.pid] }];
    put(bench, uprobe({ symbols: ['spend'], selectors: [{ matchPIDs }] }));
    run(PROGRAM, ['spend', '1', 'tea']);
    assert.equal(told(bench).length, 1);
    put(
      bench,
      uprobe({ symbols: ['spend'], selectors: [{ matchPIDs: [{ ...matchPIDs[0], values: [999_999] }] }] }),
    );
    run(PROGRAM, ['spend', '1', 'tea']);
    assert.equal(told(bench).length, 0);
  });

  it('counts its watchers where the policy says', () => {
    assert.equal(run(PROGRAM, ['watchers']).out, '0');
    const counted = uprobe({ symbols: ['spend'], refCtrOffsets: [counterOffset()] });
    assert.throws(
      () => put(bench, counted),
      /hooked with another reference counter/,
      'the kernel takes one for a place',
    );
    bench.runtime.unload('probe');
    put(bench, counted);
    assert.equal(run(PROGRAM, ['watchers']).out, '1');
    run(PROGRAM, ['spend', '1', 'tea']);
    assert.equal(told(bench)[0]?.ref_ctr_offset, String(counterOffset()));
    bench.runtime.unload('probe');
    assert.equal(run(PROGRAM, ['watchers']).out, '0');
  });

  it('stays hooked when the agent is gone, and is let go of with the policy', () => {
    const selectors = [{ matchActions: [{ action: 'Sigkill' }] }];
    put(bench, uprobe({ symbols: ['spend'], selectors }));
    const { stateDir, bpffsDir } = bench;
    bench.runtime.close();
    assert.equal(run(PROGRAM, ['spend', '1', 'tea']).signal, 'SIGKILL');
    bench = ownBench({ stateDir, bpffsDir });
    assert.equal(bench.runtime.policies().length, 1);
    assert.equal(run(PROGRAM, ['spend', '1', 'tea']).signal, 'SIGKILL');
    bench.runtime.unload('probe');
    assert.equal(run(PROGRAM, ['spend', '1', 'tea']).status, 0);
  });

  it('is refused with the reason where it cannot be', () => {
    const script = join(PLACE, 'script');
    const stripped = labProgram('program-stripped');
    writeFileSync(script, '#!/bin/sh\n');
    const reasons: [object, RegExp][] = [
      [{ path: '/no/such', symbols: ['main'] }, /\/no\/such on \S+ cannot be hooked: it is not there/],
      [{ path: script, symbols: ['main'] }, /it is no ELF file/],
      [{ path: '/dev/null', symbols: ['main'] }, /it is no regular file/],
      [{ path: stripped, symbols: ['spend'] }, /has no function spend \(is it stripped/],
      [{ path: PROGRAM, symbols: ['by_choice'] }, /by_choice is only the choice among several functions/],
      [{ path: PROGRAM, offsets: [3] }, /offset 0x3 is none that is executed/],
      [{ path: PROGRAM, addrs: [0xdead0000] }, /address 0xdead0000 is none of its code/],
    ];
    for (const [hook, reason] of reasons) assert.throws(() => put(bench, { uprobes: [hook] }), reason);
  });

  it('is refused when the file changes between the look and the hook', () => {
    const changing = join(PLACE, 'changing');
    copyFileSync(PROGRAM, changing);
    const document = {
      ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'changed' } },
      spec: { uprobes: [{ path: changing, symbols: ['spend'] }] },
    };
    const plan = bench.plan(JSON.stringify(document));
    copyFileSync('/bin/true', changing);
    assert.throws(
      () => bench.runtime.load({ plan, key: 'changed', revision: 1, decisionId: 'test', mode: 'enforce' }),
      /changed since it was looked at/,
    );
  });
});
