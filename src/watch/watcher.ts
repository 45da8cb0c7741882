// SPDX-License-Identifier: Apache-2.0
/** Batches from the kernel → events, with the process and the policy each belongs to. */
import type { TraceEvent, TracegateExtra } from '../model/event.ts';
import type { SameEvents } from '../model/same-events.ts';
import { STRUCTS, TG_EVENT_FLAG } from '../plan/layout.generated.ts';
import type { Kept } from './aggregates.ts';
import { showArguments, showReturn } from './arguments.ts';
import type { BootClock } from './boot-clock.ts';
import { fileHash } from './file-hash.ts';
import { extraOf, hookEvent, type WatchedHook } from './hook-event.ts';
import type { LineBuffer } from './line-buffer.ts';
import { Mappings } from './mappings.ts';
import { type PodOf, ProcessCache } from './process-cache.ts';
import { type Acted, RecordLines } from './record-lines.ts';
import { eachRecord, type KernelRecord, recordAt } from './records.ts';
import { StackTraces, withoutParts } from './stack-traces.ts';

export type { WatchedHook } from './hook-event.ts';

const EVENT = STRUCTS.tg_event.fields;
const EVENT_BYTES = STRUCTS.tg_event.size;
const NS_PER_MS = 1_000_000n;

/** Others will be counted as the same. */
const isFirst = (batch: Buffer, at: number): boolean =>
  (batch.readUInt8(at + EVENT.flags.offset) & TG_EVENT_FLAG.TG_E_FIRST) !== 0;

const SIGNAL_NAMES: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

export interface WatcherOptions {
  nodeName: string;
  clock: BootClock;
  hookOf(hookId: number, generation: number): WatchedHook | undefined;
  /** `acted`: the process was killed, the call denied, or a value of the program overwritten */
  onEvent(event: TraceEvent, acted: boolean): void;
  /** The process was killed or the call denied, and its line needs no event. False: it is told by onEvent. */
  onActedAgain?(acted: Acted): boolean;
  /** the record of an event that others will be counted as the same as; written over after the call */
  onFirst?(kept: Kept): void;
  /** a cgroup was made that may be a pod's or a container's */
  onCgroup?(): void;
  podOf?: PodOf;
  /** what takes lines while nobody takes events */
  lines?: LineSink;
}

/** Where lines go that need no event. */
export interface LineSink {
  /** Undefined: events are wanted. */
  buffer(): LineBuffer | undefined;
  /** A line has been put into the buffer, its newline included. */
  ended(): void;
}

export class Watcher {
  readonly processes: ProcessCache;
  readonly #options: WatcherOptions;
  readonly #mappings = new Mappings();
  readonly #lines: RecordLines;
  readonly #stacks = new StackTraces();
  /** of each hook, what its events say of the policy, by what happened */
  readonly #extras = new WeakMap<WatchedHook, Map<number, TracegateExtra>>();
  /** records of hooks nobody knows any more, and bytes that did not read as records */
  dropped = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
    const { nodeName, clock, onActedAgain } = options;
    this.processes = new ProcessCache(nodeName, clock, options.podOf);
    this.#lines = new RecordLines({
      ...{ nodeName, clock, processes: this.processes },
      ...(onActedAgain && { onActedAgain: (acted: Acted) => onActedAgain(acted) }),
    });
  }

  onBatch(batch: Buffer): void {
    const malformed = eachRecord(batch, (at, sizeBytes, kind) => {
      if (kind === 'hook' && isFirst(batch, at)) this.#keep(batch, at, sizeBytes);
      if (kind === 'hook' && this.#asLine(batch, at, sizeBytes)) return;
      this.#onRecord(recordAt(batch, at, sizeBytes, kind));
    });
    this.dropped += malformed;
  }

  #keep(batch: Buffer, at: number, sizeBytes: number): void {
    const { hookOf, onFirst } = this.#options;
    const head = recordAt(batch.subarray(at, at + EVENT_BYTES), 0, EVENT_BYTES, 'hook');
    const { aggregateMs } = hookOf(head.hookId, head.generation) ?? {};
    if (aggregateMs === undefined || !onFirst) return;
    const intervalNs = BigInt(aggregateMs) * NS_PER_MS;
    onFirst({
      hookId: head.hookId,
      ...{ intervalNs, interval: Number(head.bootNs / intervalNs) },
      hash: batch.readBigUInt64LE(at + EVENT.seen_tgid.offset),
      record: batch.subarray(at, at + sizeBytes),
      head: batch.subarray(at, at + EVENT_BYTES),
      who: this.#who(head),
    });
  }

  /** The event that was kept once more, with how many others were the same. */
  tellAggregated({ record: bytes, who }: Kept, { count, firstNs, lastNs }: SameEvents): void {
    const record = { ...recordAt(bytes, 0, bytes.length, 'hook'), bootNs: lastNs };
    const hook = this.#options.hookOf(record.hookId, record.generation);
    if (!hook) {
      this.dropped += Number(count);
      return;
    }
    const { tracegate, ...event } = this.#told(record, hook, who);
    const { clock } = this.#options;
    const aggregated = {
      count: String(count),
      first: clock.rfc3339(firstNs),
      last: clock.rfc3339(lastNs),
    };
    this.#emit(record, { ...event, tracegate: { ...tracegate, aggregated } });
  }

  /** False: it has to be told as an event. */
  #asLine(batch: Buffer, at: number, sizeBytes: number): boolean {
    const { lines, hookOf } = this.#options;
    const out = lines?.buffer();
    if (!lines || !out) return false;
    const hook = hookOf(
      batch.readUInt32LE(at + EVENT.hook_id.offset),
      batch.readUInt32LE(at + EVENT.generation.offset),
    );
    if (!hook || !this.#lines.put(hook, batch, at, sizeBytes, out)) return false;
    lines.ended();
    return true;
  }

  #onRecord(record: KernelRecord): void {
    switch (record.kind) {
      case 'fork':
        this.processes.onFork(record);
        break;
      case 'exec':
        this.#onExec(record);
        break;
      case 'exit':
        this.#onExit(record);
        break;
      case 'hook':
        this.#onHook(record);
        break;
      case 'cgroup':
        this.#options.onCgroup?.();
        break;
    }
  }

  #who(record: KernelRecord) {
    const process = this.processes.show(record.tgid, record.startBootNs, record.tid);
    const parent = this.processes.parentOf(record.tgid, record.startBootNs);
    return { process, ...(parent && { parent }) };
  }

  #emit(record: KernelRecord, event: Omit<TraceEvent, 'node_name' | 'time'>, acted = false): void {
    if (record.throttled) return;
    this.#options.onEvent(
      { ...event, node_name: this.#options.nodeName, time: this.#options.clock.rfc3339(record.bootNs) },
      acted,
    );
  }

  #onExec(record: KernelRecord): void {
    this.processes.onExec(record);
    this.#stacks.changed(record.tgid);
    this.#emit(record, { process_exec: this.#who(record) });
    for (const mapped of this.#mappings.changed(record.tgid)) this.#onMapped(mapped);
  }

  #onExit(record: KernelRecord): void {
    for (const mapped of this.#mappings.ended(record.tgid)) this.#onMapped(mapped);
    const signal = record.exitCode & 0x7f;
    const status = (record.exitCode >> 8) & 0xff;
    this.#emit(record, {
      process_exit: {
        ...this.#who(record),
        ...(signal !== 0 && { signal: SIGNAL_NAMES[signal] ?? `SIG${signal}` }),
        ...(status !== 0 && { status }),
        time: this.#options.clock.rfc3339(record.bootNs),
      },
    });
    this.processes.onExit(record);
    this.#stacks.changed(record.tgid);
  }

  #onHook(record: KernelRecord): void {
    const hook = this.#options.hookOf(record.hookId, record.generation);
    if (!hook) {
      this.dropped++;
      return;
    }
    if (hook.isLoader) {
      for (const mapped of this.#mappings.due(record)) this.#onMapped(mapped);
      return;
    }
    const { killed, denied, set } = record;
    this.#emit(record, this.#told(record, hook, this.#who(record)), killed || denied || set === true);
  }

  #told(record: KernelRecord, hook: WatchedHook, who: Kept['who']) {
    const { action, returned } = record;
    return hookEvent(hook, {
      ...who,
      ...this.#values(record, hook),
      action,
      // a hook may wait for the return for its buffers alone
      ...(returned !== undefined &&
        hook.returnType !== undefined && {
          return: showReturn(hook.returnType, returned, withoutParts(record.values)[hook.args.length]),
        }),
      beside: { ...this.#stacks.show(record), ...fileHash(record.values) },
      tracegate: this.#extra(record, hook),
    });
  }

  #onMapped(record: KernelRecord): void {
    const hook = this.#options.hookOf(record.hookId, record.generation);
    if (!hook) {
      this.dropped++;
      return;
    }
    const [path, buildId] = record.values;
    const loaded = {
      ...this.#who(record),
      path: path?.bytes.toString('utf8') ?? '',
      ...(buildId && buildId.bytes.length > 0 && { buildid: buildId.bytes.toString('base64') }),
      policy_name: hook.policyName,
    };
    this.#emit(record, { process_loader: loaded, tracegate: this.#extra(record, hook) });
  }

  #values({ values }: KernelRecord, hook: WatchedHook) {
    const shown = hook.args.flatMap(({ type, label, data = false }, i) => {
      const value = values[i];
      if (!value || type === 'nop') return [];
      return showArguments(type, value, label).map((shown) => ({ data, value: shown }));
    });
    const of = (data: boolean) => shown.filter((s) => s.data === data).map((s) => s.value);
    return { args: of(false), data: of(true) };
  }

  /** One object for all events of a hook that ended alike. */
  #extra(record: KernelRecord, hook: WatchedHook): TracegateExtra {
    const known = this.#extras.get(hook) ?? new Map<number, TracegateExtra>();
    if (known.size === 0) this.#extras.set(hook, known);
    const ended = record.selector | (record.spared << 8) | (+record.killed << 16) | (+record.denied << 17);
    const extra = known.get(ended) ?? extraOf(record, hook);
    known.set(ended, extra);
    if (record.set === undefined && !record.seenIn && !record.unplaced) return extra;
    return {
      ...extra,
      ...(record.unplaced && { unplaced: true }),
      ...(record.set !== undefined && (record.set ? { set: true } : { set_failed: true })),
      ...(record.seenIn && { seen_in: { pid: record.seenIn.tgid, tid: record.seenIn.tid } }),
    };
  }
}
