// SPDX-License-Identifier: Apache-2.0
/** Batches from the kernel → events, with the process and the policy each belongs to. */
import type { TraceEvent, TracegateExtra } from '../model/event.ts';
import { TG_ACTION, TG_SPARED } from '../plan/layout.generated.ts';
import type { HookReport, ProgramReport } from '../plan/plan.ts';
import { showArgument, showReturn } from './arguments.ts';
import type { BootClock } from './boot-clock.ts';
import { Mappings } from './mappings.ts';
import { ProcessCache } from './process-cache.ts';
import { decodeBatch, type KernelRecord } from './records.ts';

/** What the watcher has to know of the hook a record names. */
export interface WatchedHook {
  policyName: string;
  policyNamespace?: string;
  revision: number;
  decisionId: string;
  mode: string;
  mechanism: string;
  guarantee: string;
  functionName: string;
  isTracepoint: boolean;
  /** mapped files */
  isLoader?: boolean;
  /** a place in a program */
  program?: ProgramReport;
  args: HookReport['args'];
  returnType?: string;
  message?: string;
  tags: string[];
}

const ACTION_NAMES: Record<number, string> = {
  [TG_ACTION.TG_A_POST]: 'KPROBE_ACTION_POST',
  [TG_ACTION.TG_A_NOPOST]: 'KPROBE_ACTION_NOPOST',
  [TG_ACTION.TG_A_SIGKILL]: 'KPROBE_ACTION_SIGKILL',
  [TG_ACTION.TG_A_SIGNAL]: 'KPROBE_ACTION_SIGNAL',
  [TG_ACTION.TG_A_OVERRIDE]: 'KPROBE_ACTION_OVERRIDE',
  [TG_ACTION.TG_A_TRACKSOCK]: 'KPROBE_ACTION_TRACKSOCK',
  [TG_ACTION.TG_A_UNTRACKSOCK]: 'KPROBE_ACTION_UNTRACKSOCK',
  [TG_ACTION.TG_A_SET]: 'KPROBE_ACTION_SET',
};

const SPARED_NAMES: Record<number, TracegateExtra['spared']> = {
  [TG_SPARED.TG_SPARED_MONITOR]: 'monitor',
  [TG_SPARED.TG_SPARED_PROTECTED]: 'protected',
  [TG_SPARED.TG_SPARED_BUDGET]: 'budget',
  [TG_SPARED.TG_SPARED_SUSPENDED]: 'suspended',
};

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

/** The functions behind LSM hooks are told as such, by whatever policy they are watched. */
const LSM_PREFIX = 'bpf_lsm_';

/** 64-bit numbers are strings; absent means zero. */
function placeParts({ path, symbol, offset, refCtrOffset }: ProgramReport) {
  return {
    path,
    ...(symbol !== undefined && { symbol }),
    offset: String(offset),
    ...(refCtrOffset > 0 && { ref_ctr_offset: String(refCtrOffset) }),
  };
}

export interface WatcherOptions {
  nodeName: string;
  clock: BootClock;
  hookOf(hookId: number, generation: number): WatchedHook | undefined;
  /** `acted`: the process was killed, the call denied, or a value of the program overwritten */
  onEvent(event: TraceEvent, acted: boolean): void;
}

export class Watcher {
  readonly processes: ProcessCache;
  readonly #options: WatcherOptions;
  readonly #mappings = new Mappings();
  /** of each hook, what its events say of the policy, by what happened */
  readonly #extras = new WeakMap<WatchedHook, Map<number, TracegateExtra>>();
  /** records of hooks nobody knows any more, and bytes that did not read as records */
  dropped = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.processes = new ProcessCache(options.nodeName, options.clock);
  }

  onBatch(batch: Buffer): void {
    const { records, malformed } = decodeBatch(batch);
    this.dropped += malformed;
    for (const record of records) this.#onRecord(record);
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
    }
  }

  #who(record: KernelRecord) {
    const process = this.processes.show(record.tgid, record.startBootNs, record.tid);
    const parent = this.processes.parentOf(record.tgid, record.startBootNs);
    return { process, ...(parent && { parent }) };
  }

  #emit(record: KernelRecord, event: Omit<TraceEvent, 'node_name' | 'time'>, acted = false): void {
    this.#options.onEvent(
      { ...event, node_name: this.#options.nodeName, time: this.#options.clock.rfc3339(record.bootNs) },
      acted,
    );
  }

  #onExec(record: KernelRecord): void {
    this.processes.onExec(record);
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
    const { args, data } = this.#values(record, hook);
    const action = ACTION_NAMES[record.action] ?? 'KPROBE_ACTION_UNKNOWN';
    const common = {
      ...this.#who(record),
      ...(args.length > 0 && { args }),
      ...(data.length > 0 && { data }),
      action,
      policy_name: hook.policyName,
      ...this.#texts(hook),
    };
    const tracegate = this.#extra(record, hook);
    const acted = record.killed || record.denied || record.set === true;
    const returned =
      record.returned === undefined
        ? {}
        : {
            return: showReturn(hook.returnType ?? 'int64', record.returned, record.values[hook.args.length]),
            return_action: action,
          };
    if (hook.program?.marker) {
      const place = { path: hook.program.path, ...hook.program.marker };
      this.#emit(record, { process_usdt: { ...common, ...place }, tracegate }, acted);
      return;
    }
    if (hook.program) {
      const place = placeParts(hook.program);
      this.#emit(record, { process_uprobe: { ...common, ...place, ...returned }, tracegate }, acted);
      return;
    }
    if (hook.isTracepoint) {
      const [subsys = '', event = ''] = hook.functionName.split('/');
      this.#emit(record, { process_tracepoint: { ...common, subsys, event }, tracegate }, acted);
      return;
    }
    if (hook.functionName.startsWith(LSM_PREFIX)) {
      const function_name = hook.functionName.slice(LSM_PREFIX.length);
      this.#emit(record, { process_lsm: { ...common, function_name }, tracegate }, acted);
      return;
    }
    this.#emit(
      record,
      { process_kprobe: { ...common, function_name: hook.functionName, ...returned }, tracegate },
      acted,
    );
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
      return value && type !== 'nop' ? [{ data, value: showArgument(type, value, label) }] : [];
    });
    const of = (data: boolean) => shown.filter((s) => s.data === data).map((s) => s.value);
    return { args: of(false), data: of(true) };
  }

  #texts(hook: WatchedHook) {
    return {
      ...(hook.message !== undefined && { message: hook.message }),
      ...(hook.tags.length > 0 && { tags: hook.tags }),
    };
  }

  /** One object for all events of a hook that ended alike. */
  #extra(record: KernelRecord, hook: WatchedHook): TracegateExtra {
    const known = this.#extras.get(hook) ?? new Map<number, TracegateExtra>();
    if (known.size === 0) this.#extras.set(hook, known);
    const ended = record.selector | (record.spared << 8) | (+record.killed << 16) | (+record.denied << 17);
    const extra = known.get(ended) ?? extraOf(record, hook);
    known.set(ended, extra);
    if (record.set === undefined && !record.seenIn) return extra;
    return {
      ...extra,
      ...(record.set !== undefined && (record.set ? { set: true } : { set_failed: true })),
      ...(record.seenIn && { seen_in: { pid: record.seenIn.tgid, tid: record.seenIn.tid } }),
    };
  }
}

function extraOf(record: KernelRecord, hook: WatchedHook): TracegateExtra {
  const spared = SPARED_NAMES[record.spared];
  return {
    policy_revision: hook.revision,
    ...(hook.policyNamespace !== undefined && { policy_namespace: hook.policyNamespace }),
    decision_id: hook.decisionId,
    mechanism: hook.mechanism,
    guarantee: hook.guarantee,
    mode: hook.mode,
    selector: record.selector,
    ...(record.killed && { killed: true }),
    ...(record.denied && { denied: true }),
    ...(spared && { would_have: true, spared }),
  };
}
