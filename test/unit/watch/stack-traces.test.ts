// SPDX-License-Identifier: Apache-2.0
/** From the addresses of a record to the functions of an event. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Elf } from '../../../src/kernel/elf.ts';
import { ElfFunctions } from '../../../src/kernel/elf-functions.ts';
import { KernelSymbols } from '../../../src/kernel/kernel-symbols.ts';
import { openFile } from '../../../src/kernel/programs.ts';
import type { TraceEvent } from '../../../src/model/event.ts';
import { TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { readProcess } from '../../../src/watch/proc-files.ts';
import { withoutOurs } from '../../../src/watch/stack-traces.ts';
import { executableMappings, firstLines, UserFrames } from '../../../src/watch/user-frames.ts';
import { type WatchedHook, Watcher } from '../../../src/watch/watcher.ts';
import { recordBytes } from './kernel-records.ts';

const text = (low: number) => 0xffffffff00000000n | BigInt(low);

describe('the stack in the kernel', () => {
  const kallsyms = 'ffffffff81000000 T _stext\nffffffff81003000 T _etext\n';
  const symbols = new KernelSymbols(Buffer.from(kallsyms), '');
  const [helper, ours, trampoline, hooked, caller] = [
    0x81000010, 0xc0000010, 0xc0000020, 0x81001000, 0x81002000,
  ];

  it('begins with the hooked function, not with what looked at it', () => {
    const frames = [helper, ours, ours, trampoline, hooked, caller].map(text);
    assert.deepEqual(withoutOurs(frames, symbols), [text(hooked), text(caller)]);
  });

  it('keeps the programs of others further up, and a stack without ours as it is', () => {
    const frames = [ours, hooked, trampoline, caller].map(text);
    assert.deepEqual(withoutOurs(frames, symbols), frames.slice(1));
    assert.deepEqual(withoutOurs([text(hooked), text(caller)], symbols), [text(hooked), text(caller)]);
    assert.deepEqual(withoutOurs([], symbols), []);
  });
});

describe('the stack in a program', () => {
  const self = { pid: process.pid, startBootNs: readProcess(process.pid)?.startBootNs ?? 0n };
  const mappings = executableMappings(readFileSync('/proc/self/maps', 'latin1'));
  const libc = mappings.find(({ path }) => /libc[.-]/.test(path));

  it('is told by file, place in it and name', () => {
    assert.ok(libc);
    const file = openFile(libc.path);
    const elf = new Elf(file);
    const where = elf.offsetOf(elf.functions(['getppid']).get('getppid')?.[0]?.address as number) as number;
    file.close();
    const address = BigInt(where - libc.offset + libc.start);
    const expected = { offset: String(where + 3), symbol: /getppid/, module: libc.path };
    const [frame] = new UserFrames().show(self, [address + 3n]);
    assert.equal(frame?.offset, expected.offset);
    assert.equal(frame?.module, expected.module);
    assert.match(String(frame?.symbol), expected.symbol);
  });

  it('is not known of another process of the same number, of one that has ended, and where nothing is mapped', () => {
    const address = BigInt(libc?.start ?? 0);
    const unknown = [{ module: '[unknown]' }];
    const frames = new UserFrames();
    assert.deepEqual(
      frames.show({ ...self, startBootNs: self.startBootNs + 10n ** 10n }, [address]),
      unknown,
    );
    assert.deepEqual(frames.show({ pid: 2 ** 30, startBootNs: 1n }, [address]), unknown);
    assert.deepEqual(frames.show(self, [8n]), unknown);
    assert.equal(frames.show(self, [address])[0]?.module, libc?.path);
  });

  it('reads what is mapped to be executed, names with spaces too', () => {
    const maps = `55d0-55e0 r--p 00000000 08:01 1   /usr/bin/a b
55e0-55f0 r-xp 00001000 08:01 1                          /usr/bin/a b (deleted)
7f00-7f10 r-xp 00000000 00:00 0 
7f10-7f20 r-xp 00000000 00:00 0    [vdso]
`;
    assert.deepEqual(
      executableMappings(maps).map(({ start, end, offset, path }) => [start, end, offset, path]),
      [
        [0x55e0, 0x55f0, 0x1000, '/usr/bin/a b (deleted)'],
        [0x7f00, 0x7f10, 0, ''],
        [0x7f10, 0x7f20, 0, '[vdso]'],
      ],
    );
  });

  it('reads of what a process maps the first lines, whole, and the first of what is executed', () => {
    const dir = mkdtempSync(join(tmpdir(), 'maps-'));
    const line = (i: number) =>
      `${(4096 * i).toString(16)}-${(4096 * i + 4096).toString(16)} r-xp 00000000 08:01 1 /a\n`;
    const all = Array.from({ length: 40_000 }, (_, i) => line(i)).join('');
    writeFileSync(join(dir, 'maps'), all);
    const read = firstLines(join(dir, 'maps'));
    assert.ok(all.length > 1 << 20 && read.length <= 1 << 20 && read.length > (1 << 20) - 100);
    assert.ok(all.startsWith(read) && read.endsWith('/a\n'));
    assert.equal(firstLines(join(dir, 'maps'), line(0).length + 5), line(0));
    assert.equal(firstLines(join(dir, 'maps'), 3), '');
    rmSync(dir, { recursive: true });
    assert.match(firstLines('/proc/self/maps'), /\[vdso\]\n/);
    const mapped = executableMappings(read);
    assert.deepEqual([mapped.length, mapped.at(-1)?.start], [4096, 4096 * 4095]);
  });

  it('is not known where the time for reading is used up, and what is held on to is let go', () => {
    const addresses = mappings
      .filter(({ path }) => path.startsWith('/'))
      .map(({ start }) => BigInt(start + 64));
    assert.ok(addresses.length > 1);
    const none = new UserFrames({ mapsEachSecondMs: 0 }).show(self, addresses);
    assert.deepEqual(
      none,
      addresses.map(() => ({ module: '[unknown]' })),
    );
    const patient = { mapsEachSecondMs: 60_000, filesEachSecondMs: 60_000 };
    const all = new UserFrames(patient).show(self, addresses);
    const small = new UserFrames({ ...patient, functionsBytes: 0 });
    assert.ok(all.some(({ symbol }) => symbol !== undefined));
    for (let round = 0; round < 2; round++) assert.deepEqual(small.show(self, addresses), all);
  });

  it('is told without its name for as long as it takes to make up for a reading that took too long', () => {
    const known = new UserFrames({ filesEachSecondMs: 60_000 });
    const addresses = mappings.flatMap(({ path, start }) =>
      path.startsWith('/') ? [BigInt(start + 64)] : [],
    );
    const named = known.show(self, addresses).findIndex(({ symbol }) => symbol !== undefined);
    let nowMs = 0;
    const slow = { mapsEachSecondMs: 1000, filesEachSecondMs: 20 };
    const frames = new UserFrames(slow, () => {
      nowMs += 100; // so much lies between two looks at the clock
      return nowMs;
    });
    const shown = (afterMs: number, at: number) => {
      nowMs += afterMs;
      return frames.show(self, [addresses[at] as bigint])[0];
    };
    const other = addresses.findIndex(
      (_, at) => at !== named && mappings[at]?.path !== mappings[named]?.path,
    );
    assert.ok(named >= 0 && other >= 0);
    shown(0, other);
    const { symbol, module } = shown(1000, named) ?? {};
    assert.deepEqual([symbol, module?.startsWith('/')], [undefined, true]);
    assert.ok(shown(5000, named)?.symbol);
  });

  it('names no function beyond the size of the last', () => {
    const strings = Buffer.from('\0one\0two\0');
    const functions = new ElfFunctions([
      { offset: 300, size: 0, nameAt: 5, strings },
      { offset: 100, size: 20, nameAt: 1, strings },
    ]);
    assert.deepEqual(
      [99, 100, 119, 120, 300, 9999].map((at) => functions.at(at)),
      [undefined, 'one', 'one', undefined, 'two', 'two'],
    );
  });
});

it('a stack stands beside what the call returned', () => {
  const events: TraceEvent[] = [];
  const hook: WatchedHook = {
    ...{
      policyName: 'p',
      revision: 1,
      decisionId: 'd',
      mode: 'enforce',
      mechanism: 'fexit/f',
      guarantee: 'observed',
    },
    ...{ functionName: 'f', isTracepoint: false, args: [{ type: 'string' }], returnType: 'int', tags: [] },
  };
  const watcher = new Watcher({
    ...{ nodeName: 'n', clock: new BootClock({ realNs: 0n, bootNs: 0n }), hookOf: () => hook },
    onEvent: (event) => events.push(event),
  });
  const frame = Buffer.alloc(8);
  frame.writeBigUInt64LE(0x7f00_0000_1000n);
  const stack = { type: TG_TYPE.TG_T_STACK_USER, number: 8n, bytes: frame };
  const failed = { type: TG_TYPE.TG_T_STACK_KERNEL, status: 1, number: -14n };
  const values = [{ bytes: Buffer.from('a') }, failed, stack];
  watcher.onBatch(recordBytes({ hook_id: 1, tgid: 2 ** 30, tid: 2 ** 30, has_ret: 1, ret: -2 }, values));
  const { args, kernel_stack_trace, user_stack_trace, ...part } = events[0]?.process_kprobe ?? {};
  assert.deepEqual(args, [{ string_arg: 'a' }]);
  assert.deepEqual((part as { return?: object }).return, { int_arg: -2 });
  assert.deepEqual([kernel_stack_trace, user_stack_trace], [undefined, [{ module: '[unknown]' }]]);
});
