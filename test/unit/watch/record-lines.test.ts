// SPDX-License-Identifier: Apache-2.0
/** The short way from a record to its line against the long one, over records as no kernel would write them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hookPartOf } from '../../../src/model/event.ts';
import { STRUCTS, TG_EVENT_FLAG, TG_KIND } from '../../../src/plan/layout.generated.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { LineBuffer } from '../../../src/watch/line-buffer.ts';
import { type WatchedHook, Watcher, type WatcherOptions } from '../../../src/watch/watcher.ts';
import { recordBytes, type ValueSpec } from './kernel-records.ts';

const ROUNDS = 6000;
/** Beyond any pid of this host, so that nothing is looked up in /proc. */
const PID = 2 ** 30;
const START_NS = 5_000_000_000n;
const REAL_NS = 1_700_000_000_123_456_789n;

/** The same numbers in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const below = randomFrom(1);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;
const often = (percent: number) => below(100) < percent;

// biome-ignore format: a table is read in rows
const TYPES = [
  'string', 'filename', 'net_device', 'int', 'int16', 'int8', 'uint32', 'uint16', 'uint8', 'int64', 'uint64', 'size_t', 'file', 'fd', 'path',
  'dentry', 'kiocb', 'linux_binprm', 'char_buf', 'iov_iter', 'nop', 'syscall64', 'capability', 'bpf_cmd', 'kernel_cap_t', 'of another version',
];
/** All else is told the long way. */
const RETURNED_NUMBERS = ['int', 'uint32', 'int64', 'uint64', 'size_t', 'syscall64', 'of another version'];
const HOSTILE = [
  'a"b',
  'back\\slash',
  'line\nend',
  '\0',
  'ü€😀',
  '"}]}\n{"process_exec":{}}',
  '"tid":1234567890',
  '</script>',
];
const NUMBERS = [
  0n,
  1n,
  9n,
  10n,
  -1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 31n),
  -(2n ** 32n),
  -(2n ** 63n),
];

function someBytes(): Buffer {
  const kind = below(10);
  if (kind === 0) return Buffer.alloc(0);
  if (kind === 1) return Buffer.from(Array.from({ length: below(60) }, () => below(256)));
  if (kind === 2) return Buffer.from('x'.repeat(below(5000)));
  if (kind < 5) return Buffer.from(oneOf(HOSTILE));
  return Buffer.from(`/usr/lib/${below(1000)}/name`);
}

const someNumber = (): bigint =>
  often(50) ? oneOf(NUMBERS) : (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32));
const someStatus = () => (often(90) ? 0 : oneOf([1, 2, 3, 17, 20]));
const someValue = (): ValueSpec => ({ status: someStatus(), number: someNumber(), bytes: someBytes() });

const COMMON = {
  ...{
    policyName: 'p',
    revision: 3,
    decisionId: 'd',
    mode: 'enforce',
    mechanism: 'fentry/x',
    guarantee: 'observed',
  },
  ...{ functionName: 'f', isTracepoint: false },
};
const PROGRAM = { path: '/bin/"sh', offset: 4096, refCtrOffset: 0 };
const PLACES: Partial<WatchedHook>[] = [
  {},
  { functionName: 'syscalls/sys_enter_close', isTracepoint: true },
  { functionName: 'bpf_lsm_file_open' },
  { program: { ...PROGRAM, symbol: 'readline' } },
  { program: { ...PROGRAM, marker: { provider: 'shop', name: 'trade' } } },
  { isLoader: true },
];

function someHook(): WatchedHook {
  const args = Array.from({ length: below(6) }, () => ({
    type: oneOf(TYPES),
    ...(often(30) && { label: oneOf(HOSTILE) }),
    ...(often(20) && { data: true }),
  }));
  return {
    ...{ ...COMMON, ...oneOf(PLACES), args, tags: often(30) ? HOSTILE : [] },
    ...(often(30) && { policyNamespace: 'team-a' }),
    ...(often(30) && { message: oneOf(HOSTILE) }),
    ...(often(60) && { returnType: oneOf(often(30) ? [...TYPES, 'sock'] : RETURNED_NUMBERS) }),
  };
}

const HOOKS = Array.from({ length: 60 }, someHook);

/** Few processes, so that they meet again: some were never told of, some change their program, pids are used again. */
const someProcess = () => {
  const tgid = PID + below(12);
  return { tgid, start_boot_ns: START_NS + BigInt(below(2)) * 1_000_000_000n };
};

function hookRecord(): Buffer {
  const hook_id = below(HOOKS.length + 1);
  const asked = HOOKS[hook_id]?.args.length ?? 1;
  const returnsSocket = HOOKS[hook_id]?.returnType === 'sock';
  const count = often(90) ? asked : below(6);
  const process = someProcess();
  const bytes = recordBytes(
    {
      ...{ ...process, hook_id, tid: often(70) ? process.tgid : PID + below(100), boot_ns: someTime() },
      ...{ selector: below(5), action: below(9), spared: often(80) ? 0 : below(6) },
      ...{
        killed: often(3) ? 1 : 0,
        denied: often(3) ? 1 : 0,
        has_ret: often(40) ? 1 : 0,
        ret: someNumber(),
      },
      ...{ flags: often(5) ? oneOf(Object.values(TG_EVENT_FLAG)) : 0, seen_tgid: 7, seen_tid: 8 },
    },
    Array.from({ length: count }, (_, i) =>
      returnsSocket && i >= asked
        ? { bytes: Buffer.alloc(STRUCTS.tg_sock_value.size, below(256)) }
        : someValue(),
    ),
  );
  if (often(3)) bytes.writeUInt8(below(256), STRUCTS.tg_event.fields.nargs.offset);
  if (often(3) && count > 0 && !returnsSocket)
    bytes.writeUInt32LE(below(2 ** 32), STRUCTS.tg_event.size + STRUCTS.tg_value.fields.len.offset);
  return bytes;
}

const someTime = (): bigint =>
  oneOf([0n, 1n, 1000n, 1_000_000n, 876_543_211n, 2n ** 32n, 2n ** 56n, 2n ** 56n - 1n]) +
  BigInt(below(2 ** 31));

function processRecord(): Buffer {
  const kind = oneOf([TG_KIND.TG_K_EXEC, TG_KIND.TG_K_FORK, TG_KIND.TG_K_EXIT]);
  const parent = someProcess();
  const from = { parent_tgid: often(10) ? 0 : parent.tgid, parent_start_boot_ns: parent.start_boot_ns };
  const process = someProcess();
  const values = kind === TG_KIND.TG_K_EXEC ? [someValue(), someValue(), someValue()] : [];
  return recordBytes({ kind, ...process, tid: process.tgid, ...from, uid: below(2000) }, values);
}

function watcher(nodeName: string, lines?: WatcherOptions['lines'], more: Partial<WatcherOptions> = {}) {
  const told: string[] = [];
  const made = new Watcher({
    ...{ nodeName, clock: new BootClock({ realNs: REAL_NS, bootNs: 0n }), hookOf: (id) => HOOKS[id] },
    onEvent: (event) => told.push(`${JSON.stringify(event)}\n`),
    ...(lines && { lines }),
    ...more,
  });
  return { watcher: made, told };
}

/** Takes each line by itself; `count` of them came the short way. */
function sink(told: () => string[]) {
  const buffer = new LineBuffer();
  const lines = {
    count: 0,
    buffer: () => buffer,
    ended: () => {
      lines.count++;
      told().push(buffer.written.toString('utf8'));
      buffer.clear();
    },
  };
  return lines;
}

describe('a line made without an event', () => {
  it(`is the one of the event, for ${ROUNDS} records of any kind`, () => {
    const long = watcher('node "1"');
    const lines = sink(() => short.told);
    const short = watcher('node "1"', lines, { onActedAgain: () => often(80) });
    for (let round = 0; round < ROUNDS; round++) {
      const record = often(90) ? hookRecord() : processRecord();
      long.told.length = short.told.length = 0;
      long.watcher.onBatch(record);
      short.watcher.onBatch(record);
      assert.deepEqual(short.told, long.told);
      assert.equal(short.watcher.dropped, long.watcher.dropped);
    }
    assert.ok(lines.count > ROUNDS / 5, `only ${lines.count} went the short way`);
  });

  it('is made of what was killed or denied only once its like has been told', () => {
    const hook_id = HOOKS.findIndex((hook) => !hook.isLoader && hook.args.length === 0);
    const acted: unknown[] = [];
    const lines = sink(() => told);
    let known = false;
    const { watcher: asked, told } = watcher('n', lines, {
      onActedAgain: ({ clock, ...again }) => {
        acted.push({ ...again, time: clock.rfc3339(again.bootNs) });
        return known;
      },
    });
    const process = { tgid: PID, start_boot_ns: START_NS };
    const exec = { kind: TG_KIND.TG_K_EXEC, ...process, tid: PID, uid: 33 };
    asked.onBatch(
      recordBytes(
        exec,
        [{ bytes: Buffer.from('/bin/ln') }, {}, {}].map((v) => ({ ...someValue(), status: 0, ...v })),
      ),
    );
    const record = recordBytes({ hook_id, ...process, tid: PID, denied: 1, action: 5, boot_ns: 7n });
    asked.onBatch(record);
    known = true;
    asked.onBatch(record);
    assert.equal(lines.count, 1);
    assert.equal(told.at(-1), told.at(-2));
    assert.deepEqual(acted[0], acted[1]);
    assert.deepEqual(Object.keys(acted[0] as object).sort(), [
      'action',
      'binary',
      'bootNs',
      'policy',
      'policyNamespace',
      'time',
      'uid',
    ]);
    const { action, binary, uid, policy } = acted[0] as Record<string, unknown>;
    const part = hookPartOf(JSON.parse(told.at(-1) as string));
    assert.deepEqual(
      { action, binary, uid, policy },
      { action: part?.action, binary: '/bin/ln', uid: 33, policy: 'p' },
    );
  });

  it('is not made while events are wanted', () => {
    const { watcher: asked, told } = watcher('n', { buffer: () => undefined, ended: assert.fail });
    const hook_id = HOOKS.findIndex((hook) => !hook.isLoader && hook.args.length === 0);
    asked.onBatch(recordBytes({ hook_id, tgid: PID }));
    assert.equal(told.length, 1);
  });
});

describe('bytes of a line', () => {
  const written = (put: (out: LineBuffer) => void) => {
    const out = new LineBuffer();
    put(out);
    return out.written.toString('utf8');
  };

  it('hold numbers of every width', () => {
    for (let shift = 0n; shift < 64n; shift++)
      for (const off of [-1n, 0n, 1n]) {
        const number = BigInt.asUintN(64, (1n << shift) + off);
        const [low, high] = [Number(number & 0xffffffffn), Number(number >> 32n)];
        assert.equal(
          written((out) => out.putLong(low, high, false)),
          String(number),
        );
        assert.equal(
          written((out) => out.putLong(low, high, true)),
          String(BigInt.asIntN(64, number)),
        );
        assert.equal(
          written((out) => out.putSigned32(low)),
          String(low | 0),
        );
        assert.equal(
          written((out) => out.putNumber(low, 9)),
          String(low).padStart(9, '0'),
        );
      }
  });

  it('grow with what is put in', () => {
    const piece = Buffer.alloc(50_000, 'a');
    const all = written((out) => {
      for (let i = 0; i < 20; i++) out.put(piece);
      out.putEscaped(piece, 0, piece.length);
      out.putText('ü'.repeat(100_000));
    });
    assert.equal(all, 'a'.repeat(21 * 50_000) + 'ü'.repeat(100_000));
  });
});
