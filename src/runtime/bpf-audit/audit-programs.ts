// SPDX-License-Identifier: Apache-2.0
/**
 * The programs that watch bpf(2), loaded and hung up for as long as this process lives. What a kernel does not take is left out
 * and named: a function may be missing, or the trampolines that all of this hangs on; then a pair of tracepoints on the syscall
 * is what is left.
 */
import { KIND } from '../../kernel/btf.ts';
import { kernelBtf } from '../../kernel/facts.ts';
import type { Feature } from '../../model/facts.ts';
import { STRUCTS } from '../../plan/layout.generated.ts';
import { kernelReason, type Native, type NativeObject, type NativeProgram } from '../native.ts';
import { Backlog } from './backlog.ts';

export interface AuditProgramsOptions {
  native: Native;
  open(file: string, options: { without?: string[]; mapFds?: Record<string, number> }): NativeObject;
  onBatch(batch: Buffer): void;
  /** as they are now */
  features(): Record<'unpreempted' | 'lsm_whole' | 'lsm', Feature>;
  /** only the pair of tracepoints, whatever the kernel offers: what a test asks for */
  degraded?: boolean;
}

/** What is not seen without a function, in words. */
const BLIND: Record<string, string> = {
  security_bpf: 'what bpf(2) is asked for',
  __sys_bpf: 'how commands of bpf(2) end, failed loads and attachments among them',
  perf_event_bpf_event: 'loads and unloads as they happen',
  bpf_link_free: 'links that end',
  vfs_mkobj: 'pins that are made',
  simple_unlink: 'pins that are removed',
  simple_rename: 'pins that are renamed',
  security_sb_umount: 'BPF file systems that are unmounted',
  security_perf_event_write: 'on which perf event a program is put by ioctl',
  bpf_prog_array_copy: 'programs put on perf events by ioctl, and taken off',
  dev_change_xdp_fd: 'XDP programs attached by netlink',
  tc_new_tfilter: 'tc filters of programs, attached by netlink',
  tc_del_tfilter: 'tc filters that are removed',
  bpf_prog_get_type_dev: 'programs given to sockets, rules and filters by their descriptors',
  security_bpf_prog: 'loads on a processor on which another task is stopped in what watches them',
  bpf_verifier_vlog: 'what the verifier says of a program that it refuses',
  bpf_prog_get: 'programs put on counters of the hardware by ioctl',
};

const WITH_TRAMPOLINES = ['bpf_audit.bpf.o', 'bpf_audit_places.bpf.o'];
const WITH_TRACEPOINTS = 'bpf_audit_calls.bpf.o';
/** Where the kernel stops tasks in the middle of programs: loads that those on functions do not see. docs/adr/0031-stopped-in-a-program.md */
const WITH_LSM = 'bpf_audit_loads.bpf.o';
const LEFT_OUT =
  'on a processor on which another task is stopped in what watches it: such are counted, not told';
/** Without these there is no full view. */
const NEEDED = ['security_bpf', '__sys_bpf', 'perf_event_bpf_event'];
const DEGRADED = [
  'who unloads and detaches: what has gone is found by looking every few seconds',
  'programs that come and go between two looks, but for the commands that loaded them',
  'what bpf(2) was asked for but in the memory of whoever asked, who may have changed it meanwhile',
  'calls by 32-bit programs and for light skeletons',
  'pins removed, perf events by ioctl, tc and XDP by netlink, struct_ops put in force without a link',
  'what hangs where being asked for, and objects of ours being opened by their number',
];
const READ_INTERVAL_MS = 100;

const functionOf = ({ section }: NativeProgram): string =>
  section.replace(/^lsm\//, 'lsm/security_').slice(section.indexOf('/') + 1);
const PROGRAMS: Record<string, Record<string, string>> = {
  'bpf_audit.bpf.o': {
    tg_bpf_asked: 'security_bpf',
    tg_bpf_returned: '__sys_bpf',
    tg_bpf_program: 'perf_event_bpf_event',
    tg_bpf_link: 'bpf_link_free',
    tg_bpf_said: 'bpf_verifier_vlog',
  },
  'bpf_audit_places.bpf.o': {
    tg_bpf_pinned: 'vfs_mkobj',
    tg_bpf_unpinned: 'simple_unlink',
    tg_bpf_renamed: 'simple_rename',
    tg_bpf_unmount: 'security_sb_umount',
    tg_bpf_touches: 'security_perf_event_write',
    tg_bpf_perf_set: 'bpf_prog_array_copy',
    tg_bpf_xdp: 'dev_change_xdp_fd',
    tg_bpf_tc_begins: 'tc_new_tfilter',
    tg_bpf_tc_ends: 'tc_new_tfilter',
    tg_bpf_tc_gone: 'tc_del_tfilter',
    tg_bpf_handed: 'bpf_prog_get_type_dev',
    tg_bpf_taken: 'bpf_prog_get',
  },
  'bpf_audit_loads.bpf.o': { tg_bpf_handed_out: 'security_bpf_prog' },
};

export interface AuditCounts {
  lost: number;
  /** calls that there was no room to keep until they returned */
  unpaired: number;
  scratchMissed: number;
  /** runs that the kernel left out, because the program was running on that CPU already */
  missedRuns: number;
}

export class AuditPrograms {
  readonly view: 'full' | 'degraded';
  readonly blind: string[] = [];
  readonly #options: AuditProgramsOptions;
  readonly #native: Native;
  readonly #links: number[] = [];
  readonly #attached: NativeProgram[] = [];
  readonly #backlog: Backlog;
  #maps: Record<string, number> = {};
  #ring: InstanceType<Native['Ring']> | undefined;
  #reader: NodeJS.Timeout | undefined;
  #mindsStopped = false;

  constructor(options: AuditProgramsOptions) {
    this.#options = options;
    this.#native = options.native;
    this.#backlog = new Backlog({ emptyRing: () => this.#ring?.drain(), onBatch: options.onBatch });
    this.view = this.#attachAll() ? 'full' : 'degraded';
    if (this.view === 'degraded') this.#degrade();
    this.mindStopped();
    const ring = this.#maps.tg_bpf_events;
    if (ring === undefined) return; // not even tracepoints: `blind` says it
    this.#ring = new this.#native.Ring(ring, (memory, bytes) =>
      this.#backlog.take(memory.subarray(0, bytes)),
    );
    this.#reader = setInterval(() => this.#ring?.drain(), READ_INTERVAL_MS);
  }

  /** To be called now and then: a kernel can begin to stop tasks in the middle of programs while it runs. */
  mindStopped(): void {
    const { unpreempted, lsm_whole, lsm } = this.#options.features();
    if (this.#mindsStopped || this.view === 'degraded' || unpreempted.available === 'yes') return;
    this.#mindsStopped = true;
    const lacking = [lsm, lsm_whole].find(({ available }) => available !== 'yes');
    if (lacking) this.#cannot('security_bpf_prog', lacking.reason ?? 'no LSM hook for it');
    else this.#attachObject(WITH_LSM);
    this.blind.push(
      `what is done, but for loads, ${LEFT_OUT} (${unpreempted.reason ?? 'the kernel does so'})`,
    );
  }

  #attachAll(): boolean {
    if (this.#options.degraded) return false;
    for (const file of WITH_TRAMPOLINES) this.#attachObject(file);
    return NEEDED.every((name) => this.#attached.some((program) => functionOf(program) === name));
  }

  #attachObject(file: string): void {
    const known = kernelBtf();
    const programs = PROGRAMS[file] ?? {};
    const absent = Object.keys(programs).filter(
      (name) => known?.find(KIND.FUNC, programs[name] as string) === undefined,
    );
    for (const name of absent) this.#cannot(programs[name] as string, 'this kernel has no such function');
    if (absent.length === Object.keys(programs).length) return;
    this.#hangUp(this.#load(file, absent));
  }

  /** All at once; where one of them is refused, each on its own. */
  #load(file: string, without: string[]): NativeProgram[] {
    const { open } = this.#options;
    const names = Object.keys(PROGRAMS[file] ?? {});
    try {
      return this.#opened(open(file, { without, mapFds: this.#maps }));
    } catch {
      return names.filter((name) => !without.includes(name)).flatMap((name) => this.#loadOne(file, name));
    }
  }

  #loadOne(file: string, name: string): NativeProgram[] {
    const programs = PROGRAMS[file] ?? {};
    try {
      const others = Object.keys(programs).filter((other) => other !== name);
      return this.#opened(this.#options.open(file, { without: others, mapFds: this.#maps }));
    } catch (thrown) {
      this.#cannot(programs[name] as string, kernelReason(thrown));
      return [];
    }
  }

  #opened({ maps, programs }: NativeObject): NativeProgram[] {
    this.#maps = { ...maps, ...this.#maps };
    return programs;
  }

  /** The agent's own calls are told apart before the first of them is seen. */
  #hangUp(programs: NativeProgram[]): void {
    for (const { section, fd } of programs) if (section === 'raw_tp') this.#native.testRun(fd);
    for (const program of programs.filter(({ section }) => section !== 'raw_tp')) {
      try {
        this.#links.push(this.#native.attachTracing(program.fd));
        this.#attached.push(program);
      } catch (thrown) {
        this.#cannot(functionOf(program), kernelReason(thrown));
      }
    }
  }

  #cannot(name: string, reason: string): void {
    const words = `${BLIND[name] ?? name} (${name}: ${reason})`;
    if (!this.blind.includes(words)) this.blind.push(words);
  }

  #degrade(): void {
    this.#letGo();
    this.blind.push(...DEGRADED);
    try {
      for (const program of this.#opened(this.#options.open(WITH_TRACEPOINTS, { mapFds: this.#maps }))) {
        if (program.section === 'raw_tp') this.#native.testRun(program.fd);
        else
          this.#links.push(
            this.#native.attachRawTracepoint(program.fd, program.section.slice('raw_tp/'.length)),
          );
      }
    } catch (thrown) {
      this.blind.push(`all that happens between two looks (${kernelReason(thrown)})`);
    }
  }

  /** From now on what others do with it is told. */
  watchOver(object: number, id: number): void {
    const ours = this.#maps.tg_bpf_ours;
    if (ours === undefined) return;
    const f = STRUCTS.tg_bpf_ours_key.fields;
    const key = Buffer.alloc(STRUCTS.tg_bpf_ours_key.size);
    key.writeUInt32LE(object, f.object.offset);
    key.writeUInt32LE(id, f.id.offset);
    try {
      this.#native.mapUpdate(ours, key, Buffer.from([1, 0, 0, 0]));
    } catch (thrown) {
      this.#cannot('tg_bpf_ours', kernelReason(thrown));
    }
  }

  counts(): AuditCounts {
    const stats = this.#maps.tg_bpf_stats;
    const { size, fields } = STRUCTS.tg_bpf_stats;
    const cpus = this.#native.possibleCpus();
    const value =
      stats === undefined ? undefined : this.#native.mapLookup(stats, Buffer.alloc(4), size * cpus);
    const sum = ({ offset }: { offset: number }) =>
      Array.from({ length: value ? cpus : 0 }, (_, cpu) =>
        Number(value?.readBigUInt64LE(cpu * size + offset)),
      ).reduce((a, b) => a + b, 0);
    return {
      lost: sum(fields.lost),
      unpaired: sum(fields.unpaired),
      scratchMissed: sum(fields.scratch_missed),
      missedRuns: this.#attached.reduce((all, { fd }) => all + this.#native.missedRuns(fd), 0),
    };
  }

  /** What was written until now is told when this returns. */
  drain(): void {
    this.#backlog.settle();
  }

  #letGo(): void {
    for (const fd of this.#links.splice(0)) this.#native.closeFd(fd);
    this.#attached.length = 0;
  }

  close(): void {
    clearInterval(this.#reader);
    this.#backlog.close();
    this.#ring?.close();
    this.#letGo();
  }
}
