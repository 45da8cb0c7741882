// SPDX-License-Identifier: Apache-2.0
/** Rate limits: which events they hold back, and that nothing but events is held back. */
import assert from 'node:assert/strict';
import { accessSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, ownBench, PLACE, put, run } from './runtime-fixture.ts';

const PROGRAM = join(PLACE, 'rate-limit.py');
const NAME = '/no/such/place/limited';
const LONG = `${NAME}-${'x'.repeat(90)}`;

/** Calls access once for each name: in another process after `fork`, in another thread after `thread`, later after `sleep`;
 * `twin:` is a name whose bits are turned so that words multiplied by any odd factor, and shifted, add up to the same. */
const TEXT = `
import os, sys, threading, time
def call(names):
    for at, name in enumerate(names):
        if name == 'sleep': time.sleep(1.3)
        elif name == 'fork':
            if os.fork(): return os.wait()
        elif name == 'thread':
            one = threading.Thread(target=call, args=(names[at + 1:],))
            one.start()
            return one.join()
        elif name.startswith('twin:'):
            twin = bytearray(name[5:], 'ascii')
            for at, bits in ((31, 0x80), (36, 0x04), (39, 0x80)): twin[at] ^= bits
            os.access(bytes(twin), os.F_OK)
        else: os.access(name, os.F_OK)
call(sys.argv[1:])
`;

describe('a rate limit', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    writeFileSync(PROGRAM, TEXT);
  });
  after(() => bench.close());

  const names = (message: string, more: object) => ({
    ...{ call: 'sys_access', message, args: [{ index: 0, type: 'string' }] },
    selectors: [
      {
        matchArgs: [{ index: 0, operator: 'Prefix', values: [NAME] }],
        matchActions: [{ action: 'Post', ...more }],
      },
    ],
  });
  /** What the hooks of one policy told of the calls, by their message. */
  const told = (kprobes: { message: string }[], calls: string[]): Record<string, string[]> => {
    put(bench, { kprobes });
    python(PROGRAM, ...calls);
    const events = bench.taken('probe').map(({ process_kprobe: e }) => e);
    const of = (message: string) =>
      events.filter((e) => e?.message === message).map((e) => String(e?.args?.[0]?.string_arg));
    return Object.fromEntries(kprobes.map(({ message }) => [message, of(message)]));
  };

  it('lets one equal event through for a thread, a process or anybody', () => {
    const hour = { rateLimit: '1h' };
    const got = told(
      [
        names('none', {}),
        names('thread', hour),
        names('process', { ...hour, rateLimitScope: 'process' }),
        names('global', { ...hour, rateLimitScope: 'global' }),
      ],
      [NAME, NAME, 'thread', NAME, NAME, 'fork', NAME],
    );
    const counts = Object.fromEntries(Object.entries(got).map(([message, list]) => [message, list.length]));
    assert.deepEqual(counts, { none: 5, thread: 3, process: 2, global: 1 });
    const { suppressed, posted } = bench.runtime.counters('probe');
    assert.deepEqual({ suppressed, posted }, { suppressed: 2 + 3 + 4, posted: 11 });
  });

  it('tells events apart by their values, far into them', () => {
    const calls = [NAME, `${NAME}2`, `${LONG}1`, `${LONG}2`];
    const got = told([names('limited', { rateLimit: '1h' })], [...calls, ...calls]);
    assert.deepEqual(got, { limited: calls });
  });

  it('tells events apart that were made to look equal', () => {
    const { limited } = told(
      [names('limited', { rateLimit: '1h' })],
      [LONG, `twin:${LONG}`, LONG, `twin:${LONG}`],
    );
    assert.equal(limited?.length, 2);
  });

  it('ends with its time', () => {
    const got = told([names('second', { rateLimit: '1' })], [NAME, NAME, 'sleep', NAME, NAME]);
    assert.deepEqual(got, { second: [NAME, NAME] });
  });

  it('holds no denial and no kill back, and tells each', () => {
    const matchArgs = [{ index: 0, operator: 'Equal', values: [NAME] }];
    const deny = [
      { action: 'Post', rateLimit: '1h', rateLimitScope: 'global' },
      { action: 'Override', argError: -1 },
    ];
    const args = [{ index: 0, type: 'string' }];
    put(bench, {
      kprobes: [{ call: 'sys_symlinkat', args, selectors: [{ matchArgs, matchActions: deny }] }],
    });
    const link = join(PLACE, 'rate-limit-link');
    const before = bench.runtime.counters('probe').suppressed;
    for (let i = 0; i < 3; i++) assert.match(run('ln', ['-s', NAME, link]).out, /not permitted/);
    assert.equal(bench.taken('probe').length, 3);
    assert.deepEqual(
      [bench.runtime.counters('probe').suppressed - before, bench.runtime.counters('probe').denied],
      [0, 3],
    );
    bench.runtime.setMode('probe', 'monitor');
    for (let i = 0; i < 3; i++) run('ln', ['-s', NAME, `${link}${i}`]);
    const [, ...more] = bench.taken('probe');
    assert.deepEqual(more, []);
    assert.equal(bench.runtime.counters('probe').wouldHave, 3);
  });
});

describe('the map that rate limits are kept in', () => {
  const spec = (more: object) => ({
    kprobes: [
      {
        ...{ call: 'sys_access', args: [{ index: 0, type: 'string' }] },
        selectors: [
          {
            matchArgs: [{ index: 0, operator: 'Equal', values: [NAME] }],
            matchActions: [{ action: 'Post', ...more }],
          },
        ],
      },
    ],
  });

  it('is made once a policy has one, and is that of the next agent', () => {
    const bpffsDir = '/sys/fs/bpf/tracegate-when-used';
    const first = ownBench({ bpffsDir });
    const { stateDir } = first;
    const pins = () => readdirSync(join(bpffsDir, 'maps'), { recursive: true }).map(String);
    const isThere = () => pins().some((name) => name.endsWith('/tg_limits'));
    const asked = () => {
      for (let n = 0; n < 3; n++) assert.throws(() => accessSync(NAME));
    };
    put(first, spec({}));
    assert.equal(isThere(), false, 'no policy has a limit');
    put(first, spec({ rateLimit: '1h' }));
    assert.equal(isThere(), true);
    asked();
    assert.equal(first.taken('probe').length, 1);
    first.close();
    const next = ownBench({ stateDir, bpffsDir });
    put(next, spec({ rateLimit: '2h' }));
    asked();
    assert.equal(next.taken('probe').length, 1);
    assert.deepEqual(next.runtime.drift(), []);
    for (const { key } of next.runtime.policies()) next.runtime.unload(key);
    next.close();
  });
});
