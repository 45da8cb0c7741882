// SPDX-License-Identifier: Apache-2.0
/** Markers of programs (USDT): what they are told with, wherever their arguments lie, and that they kill in time. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Bench, labProgram, openBench, put, run } from './runtime-fixture.ts';

const PROGRAM = labProgram('markers-linked');
const marker = (name: string, more: object = {}) => ({
  usdts: [{ path: PROGRAM, provider: 'shop', name, ...more }],
});
const told = (bench: Bench) => bench.taken('probe').map((e) => e.process_usdt);

describe('a marker of a program', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  it('is told at every point it stands at, its arguments from registers, memory and constants', (t) => {
    const args = [
      { index: 0, type: 'int32' },
      { index: 1, type: 'string', label: 'what' },
      { index: 2, type: 'int64' },
      { index: 3, type: 'int16' },
      { index: 4, type: 'uint64' },
    ];
    const plan = put(bench, marker('trade', { args, message: 'a trade' }));
    t.diagnostic(plan.hooks[0]?.mechanism ?? '');
    assert.equal(run(PROGRAM, ['buy', '-21', 'tea']).out, 'bought -21 of tea');
    assert.equal(run(PROGRAM, ['sell', '5', 'milk']).out, 'sold 5 of milk');
    const [bought, sold, ...more] = told(bench);
    assert.equal(more.length, 0);
    assert.deepEqual([bought?.path, bought?.provider, bought?.name], [PROGRAM, 'shop', 'trade']);
    assert.equal(bought?.message, 'a trade');
    assert.equal(bought?.process.binary, PROGRAM);
    assert.deepEqual(bought?.args, [
      ...[{ int_arg: -21 }, { string_arg: 'tea', label: 'what' }, { long_arg: '7' }],
      ...[{ int_arg: -3 }, { size_arg: '40' }],
    ]);
    assert.deepEqual(sold?.args, [
      ...[{ int_arg: -5 }, { string_arg: 'milk', label: 'what' }, { long_arg: '-9' }],
      ...[{ int_arg: -1 }, { size_arg: '0' }],
    ]);
  });

  it('reads arguments beyond the fifth, and as many bytes as one says', () => {
    put(bench, marker('trade', { args: [{ index: 6, type: 'char_buf', sizeArgIndex: 6 }] }));
    run(PROGRAM, ['buy', '1', 'seventeen']);
    run(PROGRAM, ['sell', '1', 'seventeen']);
    const bytes = (text: string) => [{ bytes_arg: Buffer.from(text).toString('base64') }];
    assert.deepEqual(
      told(bench).map((e) => e?.args),
      [bytes('seventeen'), bytes('seve')],
    );
  });

  it('is filtered by what its arguments are, and kills before the program goes on', () => {
    const selectors = [
      { matchArgs: [{ index: 0, operator: 'GT', values: ['100'] }], matchActions: [{ action: 'Sigkill' }] },
      { matchArgs: [{ index: 0, operator: 'LT', values: ['-100'] }] },
    ];
    const document = {
      ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy' },
      // where the goods are sold the amount lies in memory, which another thread may change
      metadata: { name: 'probe', annotations: { 'tracegate.io/allow-racy': 'true' } },
      spec: marker('trade', { args: [{ index: 0, type: 'int' }], selectors }),
    };
    const plan = bench.load(JSON.stringify(document));
    assert.deepEqual([plan.hooks[0]?.guarantee, plan.hooks[0]?.racy], ['killed-before-return', true]);
    bench.taken('probe');
    assert.deepEqual(run(PROGRAM, ['buy', '101', 'gold']), { status: null, signal: 'SIGKILL', out: '' });
    assert.deepEqual(run(PROGRAM, ['sell', '-101', 'gold']), { status: null, signal: 'SIGKILL', out: '' });
    assert.equal(run(PROGRAM, ['buy', '100', 'tea']).status, 0);
    assert.equal(run(PROGRAM, ['sell', '101', 'tea']).status, 0);
    const events = bench.taken('probe');
    assert.deepEqual(
      events.map((e) => [e.process_usdt?.args?.[0]?.int_arg, e.tracegate?.killed ?? false]),
      [
        [101, true],
        [101, true],
        [-101, false],
      ],
    );
  });

  it('counts its watchers as its note says', () => {
    bench.runtime.unload('probe');
    assert.equal(run(PROGRAM, ['watchers']).out, '0');
    put(bench, marker('watched', { args: [{ index: 0, type: 'uint16' }] }));
    assert.equal(run(PROGRAM, ['watchers']).out, '1');
    assert.deepEqual(
      told(bench).map((e) => e?.args),
      [[{ uint_arg: 1 }]],
    );
    bench.runtime.unload('probe');
    assert.equal(run(PROGRAM, ['watchers']).out, '0');
  });

  it('whose argument is in memory that is not there is counted as lost', () => {
    put(bench, marker('gone', { args: [{ index: 0, type: 'int' }] }));
    const before = bench.runtime.counters('probe').lost;
    assert.equal(run(PROGRAM, ['gone']).status, 0);
    assert.equal(told(bench).length, 0);
    assert.equal(bench.runtime.counters('probe').lost - before, 1);
  });

  const answering = (argValue: number, more: object = {}) =>
    marker('ask', {
      args: [
        { index: 1, type: 'int' },
        { index: 0, type: 'int', label: 'answer' },
      ],
      selectors: [{ matchActions: [{ action: 'Set', argIndex: 1, argValue }], ...more }],
    });
  const asked = () => run(PROGRAM, ['ask']).out;

  it('has an argument overwritten where it lies, for who is meant', () => {
    put(bench, answering(42));
    assert.equal(asked(), 'answer 42');
    const [event] = bench.taken('probe');
    assert.deepEqual(event?.process_usdt?.args, [{ int_arg: 1 }, { int_arg: 1, label: 'answer' }]);
    assert.deepEqual([event?.process_usdt?.action, event?.tracegate?.set], ['KPROBE_ACTION_SET', true]);
    put(bench, answering(-7));
    assert.equal(asked(), 'answer -7');
    put(bench, answering(42, { matchArgs: [{ index: 1, operator: 'NotEqual', values: ['1'] }] }));
    assert.equal(asked(), 'answer 1');
    assert.equal(bench.taken('probe').length, 0);
  });

  it('keeps its argument where the policy only watches, and the event says what would have been', () => {
    put(bench, answering(42));
    bench.runtime.setMode('probe', 'monitor');
    assert.equal(asked(), 'answer 1');
    const [event] = bench.taken('probe');
    assert.deepEqual([event?.tracegate?.set, event?.tracegate?.spared], [undefined, 'monitor']);
    assert.equal(bench.runtime.counters('probe').wouldHave > 0, true);
  });

  it('says so where its argument cannot be overwritten', () => {
    const selectors = [{ matchActions: [{ action: 'Set', argValue: 42 }] }];
    const args = [{ index: 0, type: 'int' }];
    put(bench, marker('keep', { args, selectors }));
    assert.equal(run(PROGRAM, ['keep']).out, 'promised 0');
    const [event] = bench.taken('probe');
    assert.deepEqual([event?.tracegate?.set, event?.tracegate?.set_failed], [undefined, true]);
    const constant = marker('ask', { args: [{ index: 1, type: 'int' }], selectors });
    assert.throws(
      () => put(bench, constant),
      /overwrites 4 bytes of memory, and its argument 1 lies in none/,
    );
  });

  it('is refused with the reason where it cannot be read', () => {
    const reasons: [object, RegExp][] = [
      [
        marker('trad'),
        /markers-linked on \S+ cannot be hooked: it has no marker shop\/trad: it has .*shop\/trade/,
      ],
      [
        marker('trade', { args: [{ index: 7, type: 'int' }] }),
        /it has 7 arguments, and argument 7 is asked for/,
      ],
      [
        marker('odd', { args: [{ index: 0, type: 'int' }] }),
        /its argument 0 lies where it cannot be read \(8f@%xmm0\)/,
      ],
      [{ usdts: [{ path: '/bin/ls', provider: 'a', name: 'b' }] }, /it has no markers \(USDT\)/],
      [{ usdts: [{ path: '/no/such', provider: 'a', name: 'b' }] }, /it is not there/],
    ];
    for (const [spec, reason] of reasons) assert.throws(() => put(bench, spec), reason);
  });
});
