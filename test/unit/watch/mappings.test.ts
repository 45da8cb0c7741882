// SPDX-License-Identifier: Apache-2.0
/** Mapped files, from records to events: once each, and of the program that they belong to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compactEvent } from '../../../src/cli/output/compact-event.ts';
import type { TraceEvent } from '../../../src/model/event.ts';
import { TG_KIND } from '../../../src/plan/layout.generated.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { type WatchedHook, Watcher } from '../../../src/watch/watcher.ts';
import { recordBytes } from './kernel-records.ts';

/** Beyond any pid of this host, so that nothing is looked up in /proc. */
const PID = 2 ** 30;
const ID = Buffer.from('0123456789abcdef0123456789abcdef01234567', 'hex');
const HOOK: WatchedHook = {
  ...{
    policyName: 'p',
    revision: 1,
    decisionId: 'd',
    mode: 'enforce',
    mechanism: 'fentry/x',
    isLoader: true,
  },
  ...{ guarantee: 'observed', functionName: 'loader', isTracepoint: false, args: [], tags: [] },
};

function watcherOf() {
  const events: TraceEvent[] = [];
  const watcher = new Watcher({
    ...{
      nodeName: 'n',
      clock: new BootClock({ realNs: 0n, bootNs: 0n }),
      hookOf: (id) => (id === 1 ? HOOK : undefined),
    },
    onEvent: (event) => events.push(event),
  });
  const told = () => events.splice(0).flatMap((e) => (e.process_loader ? [e.process_loader] : []));
  return { watcher, told, events };
}

const of = { tgid: PID, tid: PID, start_boot_ns: 1_000_000_000n };
const mapped = (path: string, id: Buffer = ID, inExec = false) =>
  recordBytes({ hook_id: 1, ...of }, [{ bytes: Buffer.from(path), number: inExec ? 1n : 0n }, { bytes: id }]);
const exec = (binary: string) =>
  recordBytes({ kind: TG_KIND.TG_K_EXEC, ...of }, [
    { bytes: Buffer.from(binary) },
    { bytes: Buffer.from('/') },
    { bytes: Buffer.from('x\0') },
  ]);
const exit = recordBytes({ kind: TG_KIND.TG_K_EXIT, ...of });

describe('a mapped file', () => {
  it('is told with its build id, or without one', () => {
    const { watcher, told } = watcherOf();
    watcher.onBatch(Buffer.concat([mapped('/lib/a.so'), mapped('/lib/b.so', Buffer.alloc(0))]));
    const [first, second] = told();
    assert.deepEqual(
      [first?.path, first?.buildid, first?.policy_name],
      ['/lib/a.so', ID.toString('base64'), 'p'],
    );
    assert.deepEqual([second?.path, second?.buildid], ['/lib/b.so', undefined]);
  });

  it('is told once of a process, and again of the next program in it', () => {
    const { watcher, told } = watcherOf();
    watcher.onBatch(exec('/bin/one'));
    for (let round = 0; round < 3; round++) watcher.onBatch(mapped('/lib/a.so'));
    watcher.onBatch(mapped('/lib/a.so', Buffer.alloc(20, 1)));
    assert.equal(told().length, 2, 'another file of that name is another file');
    watcher.onBatch(exec('/bin/two'));
    watcher.onBatch(mapped('/lib/a.so'));
    assert.deepEqual(
      told().map(({ process }) => process.binary),
      ['/bin/two'],
    );
  });

  it('that an exec maps waits for it, and is told of the new program', () => {
    const { watcher, told } = watcherOf();
    watcher.onBatch(exec('/bin/sh'));
    watcher.onBatch(mapped('/bin/tool', ID, true));
    assert.equal(told().length, 0);
    watcher.onBatch(exec('/bin/tool'));
    watcher.onBatch(mapped('/bin/tool'));
    assert.deepEqual(
      told().map(({ path, process }) => [path, process.binary]),
      [['/bin/tool', '/bin/tool']],
    );
  });

  it('of an exec that failed is told when the process ends', () => {
    const { watcher, told } = watcherOf();
    watcher.onBatch(exec('/bin/sh'));
    watcher.onBatch(mapped('/bin/tool', ID, true));
    watcher.onBatch(exit);
    assert.deepEqual(
      told().map(({ path, process }) => [path, process.binary]),
      [['/bin/tool', '/bin/sh']],
    );
    watcher.onBatch(exec('/bin/next'));
    assert.equal(told().length, 0);
  });

  it('is one line of words', () => {
    const { watcher, events } = watcherOf();
    watcher.onBatch(exec('/bin/one'));
    watcher.onBatch(mapped('/lib/a.so'));
    const line = compactEvent(events.at(-1) as TraceEvent, false);
    assert.equal(line, `loader /bin/one[${PID}] /lib/a.so ${ID.toString('hex')} policy p`);
  });
});

describe('an event of a program on one line', () => {
  const process = { exec_id: '', pid: 7, binary: '/bin/app' };
  const common = { process, policy_name: 'p', action: 'KPROBE_ACTION_POST' };
  const line = (event: object) => compactEvent({ node_name: 'n', time: 't', ...event }, false);

  it('names the place or the marker', () => {
    const place = { ...common, path: '/bin/app', symbol: 'main', offset: '1' };
    assert.equal(line({ process_uprobe: place }), 'uprobe /bin/app[7] /bin/app:main() post policy p');
    const bare = { ...common, path: '/bin/app', offset: '17' };
    assert.equal(line({ process_uprobe: bare }), 'uprobe /bin/app[7] /bin/app:17() post policy p');
    const marker = { ...common, path: '/bin/app', provider: 'shop', name: 'trade', args: [{ int_arg: 1 }] };
    assert.equal(line({ process_usdt: marker }), 'usdt /bin/app[7] /bin/app:shop/trade(1) post policy p');
  });

  it('ends with the stacks it has', () => {
    const kernel_stack_trace = [{ symbol: 'do_link', offset: '16' }, {}];
    const user_stack_trace = [{ module: '/lib/c', symbol: 'link', offset: '5' }, { module: '[unknown]' }];
    const call = { ...common, function_name: 'do_link', kernel_stack_trace, user_stack_trace };
    assert.match(
      line({ process_kprobe: call }),
      / policy p kernel: do_link\+0x10 < \? user: link\(\/lib\/c\+0x5\) < \(\[unknown\]\+0x0\)$/,
    );
  });
});
