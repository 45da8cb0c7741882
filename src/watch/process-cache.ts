// SPDX-License-Identifier: Apache-2.0
/**
 * Who runs: filled by a scan of /proc at start and by the kernel's exec, fork and exit records after that. A process
 * is its pid and the time it started, so that a reused pid is never taken for its predecessor. Bounded: processes that
 * have ended go first.
 */

import { containerOf } from '../kernel/container-id.ts';
import type { EventPod, EventProcess } from '../model/event.ts';
import type { BootClock } from './boot-clock.ts';
import { readProcess, runningPids } from './proc-files.ts';
import type { ProcessEntry } from './process-entry.ts';
import type { KernelRecord } from './records.ts';

/** Kept while there are ended ones to forget; twice as many when all of them run. */
const ENTRIES_MAX = 32_768;
/** Of so many what events show of them is kept ready: it is twice what is known of them. */
const READY_MAX = 1024;
/** /proc gives start times in clock ticks: two sources agree within one. */
const TICK_NS = 10_000_000n;

/** The arguments as one line, the program's own name left out; those with spaces are quoted. */
function argumentLine(bytes: Buffer): string {
  const words = bytes.toString('utf8').replace(/\0+$/, '').split('\0').slice(1);
  return words.map((w) => (w === '' || /\s/.test(w) ? JSON.stringify(w) : w)).join(' ');
}

/** By the beginning of a container's id, as events have it; undefined: it is no pod's, or nobody knows yet. */
export type PodOf = (container: string) => EventPod | undefined;

function startedAt({ startBootNs }: ProcessEntry, bootNs: bigint): boolean {
  const apart = startBootNs - bootNs;
  return apart <= TICK_NS && apart >= -TICK_NS;
}

export class ProcessCache {
  readonly #entries = new Map<number, ProcessEntry>();
  /** pids of entries whose processes have ended, the longest ago first */
  readonly #ended = new Set<number>();
  /** those whose `shown` is made, in turn */
  readonly #ready: ProcessEntry[] = [];
  #turn = 0;
  readonly #nodeName: string;
  readonly #clock: BootClock;
  readonly #podOf: PodOf;
  /** processes asked for that neither the records nor /proc knew */
  misses = 0;

  constructor(nodeName: string, clock: BootClock, podOf: PodOf = () => undefined) {
    this.#nodeName = nodeName;
    this.#clock = clock;
    this.#podOf = podOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Notes every process that runs now. */
  scan(): void {
    for (const pid of runningPids()) {
      const entry = readProcess(pid);
      if (entry) this.#put(entry);
    }
  }

  #put(entry: ProcessEntry): void {
    this.#drop(entry.pid);
    this.#entries.set(entry.pid, entry);
    for (const pid of this.#ended) {
      if (this.#entries.size <= ENTRIES_MAX) return;
      this.#drop(pid);
    }
    if (this.#entries.size > 2 * ENTRIES_MAX) this.#drop(this.#entries.keys().next().value ?? entry.pid);
  }

  #drop(pid: number): void {
    this.#entries.delete(pid);
    this.#ended.delete(pid);
  }

  onExec(record: KernelRecord): void {
    const [exe, cwd, args] = record.values;
    this.#put({
      pid: record.tgid,
      startBootNs: record.startBootNs,
      uid: record.uid,
      auid: record.auid,
      binary: exe?.bytes.toString('utf8') ?? '',
      cwd: cwd?.bytes.toString('utf8') ?? '',
      arguments: args ? argumentLine(args.bytes) : '',
      flags: 'execve',
      container: containerOf(record.tgid, this.#entries.get(record.tgid)?.container),
      parentPid: record.parentTgid,
      parentStartBootNs: record.parentStartBootNs,
    });
  }

  onFork(record: KernelRecord): void {
    const parent = this.find(record.parentTgid, record.parentStartBootNs);
    this.#put({
      pid: record.tgid,
      startBootNs: record.startBootNs,
      uid: record.uid,
      auid: parent?.auid ?? record.auid,
      binary: parent?.binary ?? '',
      arguments: parent?.arguments ?? '',
      cwd: parent?.cwd ?? '',
      flags: 'clone',
      container: parent?.container,
      parentPid: record.parentTgid,
      parentStartBootNs: record.parentStartBootNs,
    });
  }

  onExit(record: KernelRecord): void {
    if (this.#entries.has(record.tgid)) this.#ended.add(record.tgid);
  }

  /** What is known of whoever has that pid. */
  at(pid: number): ProcessEntry | undefined {
    return this.#entries.get(pid);
  }

  find(pid: number, startBootNs: bigint): ProcessEntry | undefined {
    const entry = this.#entries.get(pid);
    if (entry && startedAt(entry, startBootNs)) return entry;
    const read = pid > 0 ? readProcess(pid) : undefined;
    if (!read || !startedAt(read, startBootNs)) return undefined;
    this.#put(read);
    return read;
  }

  /** A process as events show it, one object for many of them; what is unknown is left out rather than guessed. */
  show(pid: number, startBootNs: bigint, tid = pid): EventProcess {
    const entry = this.find(pid, startBootNs);
    if (!entry) {
      this.misses++;
      return { exec_id: this.#execId(pid, startBootNs), pid, tid, flags: 'unknown' };
    }
    const shown = entry.shown ?? this.#makeReady(entry);
    if (tid === pid) return shown;
    if (entry.thread?.tid !== tid) entry.thread = { ...shown, tid };
    return entry.thread;
  }

  #makeReady(entry: ProcessEntry): EventProcess {
    const oldest = this.#ready[this.#turn];
    if (oldest) oldest.shown = oldest.thread = undefined;
    this.#ready[this.#turn] = entry;
    this.#turn = (this.#turn + 1) % READY_MAX;
    entry.shown = this.#shown(entry);
    return entry.shown;
  }

  /** What was shown of pods may be another now. */
  podsChanged(): void {
    for (const entry of this.#ready) entry.shown = entry.thread = undefined;
  }

  #shown(entry: ProcessEntry): EventProcess {
    const { pid, container } = entry;
    const pod = container === undefined ? undefined : this.#podOf(container);
    return {
      exec_id: this.#execId(pid, entry.startBootNs),
      pid,
      uid: entry.uid,
      cwd: entry.cwd,
      binary: entry.binary,
      ...(entry.arguments && { arguments: entry.arguments }),
      flags: entry.flags,
      start_time: this.#clock.rfc3339(entry.startBootNs),
      auid: entry.auid,
      ...(container !== undefined && { docker: container }),
      ...(pod && { pod }),
      ...(entry.parentPid > 0 && { parent_exec_id: this.#execId(entry.parentPid, entry.parentStartBootNs) }),
      tid: pid,
    };
  }

  parentOf(pid: number, startBootNs: bigint): EventProcess | undefined {
    const entry = this.find(pid, startBootNs);
    return entry && entry.parentPid > 0 ? this.show(entry.parentPid, entry.parentStartBootNs) : undefined;
  }

  /** base64 of node:start:pid, as upstream makes it. */
  #execId(pid: number, startBootNs: bigint): string {
    return Buffer.from(`${this.#nodeName}:${startBootNs}:${pid}`).toString('base64');
  }
}
