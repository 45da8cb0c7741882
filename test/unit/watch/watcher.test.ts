// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TraceEvent } from '../../../src/model/event.ts';
import { TG_ACTION, TG_EVENT_FLAG, TG_KIND, TG_SPARED } from '../../../src/plan/layout.generated.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { readProcess } from '../../../src/watch/proc-files.ts';
import { ProcessCache } from '../../../src/watch/process-cache.ts';
import { decodeBatch } from '../../../src/watch/records.ts';
import { type WatchedHook, Watcher } from '../../../src/watch/watcher.ts';
import { recordBytes, sockBytes, type ValueSpec } from './kernel-records.ts';

const clock = new BootClock({ realNs: 1_700_000_000_000_000_000n, bootNs: 0n });
/** Beyond any pid of this host, so that nothing is looked up in /proc. */
const PID = 2 ** 30;
const text = (t: string) => ({ bytes: Buffer.from(t) });

const HOOK: WatchedHook = {
  ...{ policyName: 'p', revision: 3, decisionId: 'd', mode: 'enforce', mechanism: 'fentry/x' },
  ...{ guarantee: 'observed', functionName: 'f', isTracepoint: false, args: [{ type: 'string' }], tags: [] },
};

function watcherOf(hook: WatchedHook | undefined = HOOK) {
  const events: TraceEvent[] = [];
  const acted: boolean[] = [];
  const watcher = new Watcher({
    ...{ nodeName: 'n', clock, hookOf: (id) => (id === 1 ? hook : undefined) },
    onEvent: (event, did) => {
      events.push(event);
      acted.push(did);
    },
  });
  return { watcher, events, acted };
}

const exec = (pid: number, args: string, more: Record<string, number | bigint> = {}) =>
  recordBytes(
    { kind: TG_KIND.TG_K_EXEC, tgid: pid, tid: pid, start_boot_ns: 1_000_000_000n, uid: 1000, ...more },
    [text('/usr/bin/tool'), text('/tmp'), text(args)],
  );

describe('times', () => {
  for (const [bootNs, shown] of [
    [0n, '2023-11-14T22:13:20Z'],
    [1n, '2023-11-14T22:13:20.000000001Z'],
    [500_000_000n, '2023-11-14T22:13:20.500Z'],
    [999_999_000n, '2023-11-14T22:13:20.999999Z'],
  ] as const)
    it(`${bootNs} ns after boot is ${shown}`, () => assert.equal(clock.rfc3339(bootNs), shown));
});

describe('an exec', () => {
  it('of a cgroup that tells too much is known and not told, and so is its end', () => {
    const { watcher, events } = watcherOf();
    const flags = TG_EVENT_FLAG.TG_E_THROTTLED;
    watcher.onBatch(exec(PID, 'tool\0one\0', { flags }));
    watcher.onBatch(
      recordBytes({ kind: TG_KIND.TG_K_EXIT, tgid: PID, tid: PID, start_boot_ns: 1_000_000_000n, flags }, []),
    );
    assert.deepEqual(events, []);
    assert.equal(watcher.processes.show(PID, 1_000_000_000n).arguments, 'one');
  });

  it('is told with its arguments, quoted where they hold spaces or nothing', () => {
    const { watcher, events } = watcherOf();
    watcher.onBatch(exec(PID, 'tool\0-c\0two words\0\0"quoted"\0'));
    const told = events[0]?.process_exec?.process;
    assert.equal(told?.arguments, '-c "two words" "" "quoted"');
    assert.deepEqual([told?.binary, told?.cwd, told?.uid, told?.pid], ['/usr/bin/tool', '/tmp', 1000, PID]);
    assert.equal(told?.exec_id, Buffer.from(`n:1000000000:${PID}`).toString('base64'));
    assert.equal(told?.start_time, '2023-11-14T22:13:21Z');
  });

  it('without arguments has none', () => {
    const { watcher, events } = watcherOf();
    watcher.onBatch(exec(PID, 'tool\0'));
    assert.equal(events[0]?.process_exec?.process.arguments, undefined);
  });
});

describe('processes', () => {
  const cache = () => new ProcessCache('n', clock);
  const record = (bytes: Buffer) => decodeBatch(bytes).records[0] ?? assert.fail();

  it('with a reused pid are never taken for their predecessors', () => {
    const processes = cache();
    processes.onExec(record(exec(PID, 'tool\0old\0')));
    assert.equal(processes.show(PID, 1_000_000_000n).arguments, 'old');
    const later = processes.show(PID, 2_000_000_000n);
    assert.deepEqual([later.arguments, later.flags, processes.misses], [undefined, 'unknown', 1]);
    processes.onExec(record(exec(PID, 'tool\0new\0', { start_boot_ns: 2_000_000_000n })));
    assert.equal(processes.show(PID, 2_000_000_000n).arguments, 'new');
  });

  it('are found whether a time comes from the kernel or, in ticks, from /proc', () => {
    const processes = cache();
    processes.onExec(record(exec(PID, 'tool\0', { start_boot_ns: 1_009_999_999n })));
    assert.equal(processes.show(PID, 1_000_000_000n).binary, '/usr/bin/tool');
  });

  it('forked take over what their parent runs', () => {
    const processes = cache();
    processes.onExec(record(exec(PID, 'tool\0a\0', { auid: 5 })));
    const fork = { kind: TG_KIND.TG_K_FORK, tgid: PID + 1, start_boot_ns: 3_000_000_000n };
    processes.onFork(
      record(recordBytes({ ...fork, parent_tgid: PID, parent_start_boot_ns: 1_000_000_000n })),
    );
    const child = processes.show(PID + 1, 3_000_000_000n);
    assert.deepEqual(
      [child.binary, child.arguments, child.flags, child.auid],
      ['/usr/bin/tool', 'a', 'clone', 5],
    );
    assert.equal(child.parent_exec_id, processes.show(PID, 1_000_000_000n).exec_id);
    assert.equal(processes.parentOf(PID + 1, 3_000_000_000n)?.pid, PID);
  });

  it('of this host are read from /proc', () => {
    const own = readProcess(process.pid);
    const shown = cache().show(process.pid, own?.startBootNs ?? 0n);
    assert.equal(shown.binary, process.execPath);
    assert.equal(shown.uid, process.getuid?.());
    assert.equal(shown.cwd, process.cwd());
    assert.equal(shown.flags, 'procFS');
    assert.equal(readProcess(PID), undefined);
  });

  it('are bounded, and those that ended go first', () => {
    const processes = cache();
    const start = { kind: TG_KIND.TG_K_FORK, start_boot_ns: 1_000_000_000n };
    const any = record(recordBytes(start));
    const fork = (pid: number) => processes.onFork({ ...any, tgid: PID + pid });
    const exit = (pid: number) =>
      processes.onExit(record(recordBytes({ kind: TG_KIND.TG_K_EXIT, tgid: PID + pid })));
    for (let pid = 1; pid <= 32_768; pid++) fork(pid);
    for (let pid = 1000; pid < 1100; pid++) exit(pid);
    for (let pid = 40_000; pid < 40_100; pid++) fork(pid);
    assert.equal(processes.size, 32_768);
    assert.equal(processes.show(PID + 1, 1_000_000_000n).flags, 'clone');
    assert.equal(processes.show(PID + 1000, 1_000_000_000n).flags, 'unknown');
    for (let pid = 50_000; pid < 120_000; pid++) fork(pid);
    assert.ok(processes.size <= 65_536, 'also when none of them ended');
    assert.equal(processes.show(PID + 119_999, 1_000_000_000n).flags, 'clone', 'the newest stays');
  });
});

describe('an exit', () => {
  const exited = (exit_code: number) => {
    const { watcher, events } = watcherOf();
    watcher.onBatch(recordBytes({ kind: TG_KIND.TG_K_EXIT, tgid: PID, exit_code }));
    const { signal, status } = events[0]?.process_exit ?? assert.fail();
    return [signal, status];
  };
  it('tells its status or the signal that ended it', () => {
    assert.deepEqual(exited(42 << 8), [undefined, 42]);
    assert.deepEqual(exited(9), ['SIGKILL', undefined]);
    assert.deepEqual(exited(0x80 | 11), ['SIGSEGV', undefined]);
    assert.deepEqual(exited(44), ['SIG44', undefined]);
  });
});

describe('a hook', () => {
  const fields = { hook_id: 1, tgid: PID, selector: 2, action: TG_ACTION.TG_A_OVERRIDE };

  it('is told in the words of the export, with what is ours beside it', () => {
    const { watcher, events, acted } = watcherOf();
    watcher.onBatch(recordBytes({ ...fields, denied: 1, killed: 1 }, [text('/etc/passwd')]));
    const [event] = events;
    assert.equal(event?.process_kprobe?.action, 'KPROBE_ACTION_OVERRIDE');
    assert.deepEqual(event?.process_kprobe?.args, [{ string_arg: '/etc/passwd' }]);
    assert.deepEqual(event?.tracegate, {
      ...{ policy_revision: 3, decision_id: 'd', mechanism: 'fentry/x', guarantee: 'observed' },
      ...{ mode: 'enforce', selector: 2, killed: true, denied: true },
    });
    assert.deepEqual(acted, [true]);
  });

  it('that was spared says why, and did not act', () => {
    for (const [spared, why] of [
      [TG_SPARED.TG_SPARED_MONITOR, 'monitor'],
      [TG_SPARED.TG_SPARED_PROTECTED, 'protected'],
      [TG_SPARED.TG_SPARED_BUDGET, 'budget'],
      [TG_SPARED.TG_SPARED_SUSPENDED, 'suspended'],
    ] as const) {
      const { watcher, events, acted } = watcherOf();
      watcher.onBatch(recordBytes({ ...fields, spared }));
      assert.deepEqual(
        [events[0]?.tracegate?.would_have, events[0]?.tracegate?.spared, acted[0]],
        [true, why, false],
      );
    }
  });

  it('on a tracepoint is told as one, its nops left out', () => {
    const tracepoint = {
      ...{ functionName: 'syscalls/sys_enter_close', isTracepoint: true },
      args: [{ type: 'nop' }, { type: 'int', label: 'fd' }],
    };
    const { watcher, events } = watcherOf({ ...HOOK, ...tracepoint });
    watcher.onBatch(recordBytes(fields, [{}, { number: 3n }]));
    const told = events[0]?.process_tracepoint;
    assert.deepEqual([told?.subsys, told?.event], ['syscalls', 'sys_enter_close']);
    assert.deepEqual(told?.args, [{ int_arg: 3, label: 'fd' }]);
  });

  it('on an LSM hook is told by the name of the hook', () => {
    const { watcher, events } = watcherOf({ ...HOOK, functionName: 'bpf_lsm_file_open' });
    watcher.onBatch(recordBytes(fields));
    assert.equal(events[0]?.process_lsm?.function_name, 'file_open');
    assert.equal(events[0]?.process_kprobe, undefined);
  });

  it('on a place in a program is told by the file and what is there', () => {
    const program = { path: '/bin/bash', symbol: 'readline', offset: 4096, refCtrOffset: 0 };
    const { watcher, events } = watcherOf({
      ...HOOK,
      ...{ functionName: '/bin/bash:readline', program, returnType: 'int64' },
    });
    watcher.onBatch(recordBytes({ ...fields, has_ret: 1, ret: 7 }));
    const told = events[0]?.process_uprobe;
    assert.deepEqual([told?.path, told?.symbol, told?.offset], ['/bin/bash', 'readline', '4096']);
    assert.equal(told?.ref_ctr_offset, undefined);
    assert.deepEqual(told?.return, { long_arg: '7' });
    assert.equal(events[0]?.process_kprobe, undefined);
  });

  it('whose result is not asked for tells none, though it was waited for', () => {
    const { watcher, events } = watcherOf();
    watcher.onBatch(recordBytes({ ...fields, has_ret: 1, ret: 7 }));
    assert.equal(events.length, 1);
    assert.equal(events[0]?.process_kprobe?.return, undefined);
    assert.equal(events[0]?.process_kprobe?.return_action, undefined);
  });

  it('on a marker is told by the file, the provider and the name', () => {
    const marker = { provider: 'shop', name: 'trade' };
    const program = { path: '/bin/shop', marker, offset: 0, refCtrOffset: 0 };
    const { watcher, events } = watcherOf({ ...HOOK, functionName: '/bin/shop:shop/trade', program });
    watcher.onBatch(recordBytes(fields));
    const { path, provider, name } = events[0]?.process_usdt ?? {};
    assert.deepEqual([path, provider, name], ['/bin/shop', 'shop', 'trade']);
    assert.equal(events[0]?.process_uprobe ?? events[0]?.process_tracepoint, undefined);
  });

  it('that overwrote a value of the program says so, and one that could not', () => {
    const { watcher, events, acted } = watcherOf();
    for (const flags of [TG_EVENT_FLAG.TG_E_SET, TG_EVENT_FLAG.TG_E_NOT_SET, 0])
      watcher.onBatch(recordBytes({ ...fields, flags }));
    assert.deepEqual(
      events.map((e) => [e.tracegate?.set, e.tracegate?.set_failed]),
      [
        [true, undefined],
        [undefined, true],
        [undefined, undefined],
      ],
    );
    assert.deepEqual(acted, [true, false, false]);
  });

  it('with a return value tells it by its type', () => {
    const { watcher, events } = watcherOf({ ...HOOK, returnType: 'int' });
    watcher.onBatch(recordBytes({ ...fields, has_ret: 1, ret: -2 }));
    assert.deepEqual(events[0]?.process_kprobe?.return, { int_arg: -2 });
  });

  it('nobody knows any more is counted, not guessed', () => {
    const { watcher, events } = watcherOf();
    watcher.onBatch(recordBytes({ ...fields, hook_id: 77 }));
    watcher.onBatch(Buffer.from('garbage of some length'));
    assert.deepEqual([events.length, watcher.dropped], [0, 2]);
  });
});

describe('an event on a tracked socket', () => {
  const SOCKET: WatchedHook = { ...HOOK, args: [{ type: 'int' }], returnType: 'sock' };
  const record = (values: ValueSpec[], more: Record<string, number> = {}) =>
    recordBytes({ hook_id: 1, tgid: PID, tid: PID + 1, has_ret: 1, ret: -4096, ...more }, values);

  it('is told of its owner, and where it was seen', () => {
    const { watcher, events } = watcherOf(SOCKET);
    watcher.onBatch(
      record([{ number: 2n }], { flags: TG_EVENT_FLAG.TG_E_TRACKED, seen_tgid: PID + 5, seen_tid: PID + 6 }),
    );
    watcher.onBatch(record([{ number: 2n }], { flags: 0, seen_tgid: 7, seen_tid: 8 }));
    const shown = events.map((e) => [e.process_kprobe?.process.pid, e.tracegate?.seen_in]);
    assert.deepEqual(shown, [
      [PID, { pid: PID + 5, tid: PID + 6 }],
      [PID, undefined],
    ]);
  });

  it('that is returned stands behind the arguments; one that is not there cannot be read', () => {
    const { watcher, events } = watcherOf(SOCKET);
    const address = Buffer.from([127, 0, 0, 1]);
    watcher.onBatch(
      record([{ number: 2n }, { bytes: sockBytes({ family: 2, sport: 80 }, address, address) }]),
    );
    watcher.onBatch(record([{ number: 2n }, { status: 1 }]));
    watcher.onBatch(record([{ number: 2n }]));
    const [first, ...bad] = events.map((e) => e.process_kprobe?.return ?? {});
    const { family, saddr, sport } = (first?.sock_arg ?? {}) as Record<string, unknown>;
    assert.deepEqual([family, saddr, sport], ['AF_INET', '127.0.0.1', 80]);
    for (const one of bad) assert.ok('error_arg' in one);
    assert.deepEqual(events[0]?.process_kprobe?.args, [{ int_arg: 2 }]);
  });
});
