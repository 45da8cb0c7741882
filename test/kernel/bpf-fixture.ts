// SPDX-License-Identifier: Apache-2.0
/** The watch over eBPF in the kernel a test runs in, and the program that loads and attaches for it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { KIND } from '../../src/kernel/btf.ts';
import { kernelBtf } from '../../src/kernel/facts.ts';
import type { BpfActivity } from '../../src/model/bpf.ts';
import { BootClock } from '../../src/watch/boot-clock.ts';
import type { RawCulprit } from '../../src/watch/bpf/audit-records.ts';
import { BpfWatch } from '../../src/watch/bpf/bpf-watch.ts';
import { type Bench, labProgram, openBench } from './runtime-fixture.ts';

export interface BpfBench {
  bench: Bench;
  watch: BpfWatch;
  /** all that was told so far */
  told: BpfActivity[];
  /** told since the last call, by that process or by anybody */
  taken(pid?: number): BpfActivity[];
  close(): void;
}

export interface BpfBenchOptions {
  degraded?: boolean;
  onActivity?(activity: BpfActivity, raw?: RawCulprit): void;
}

export function openBpfBench({ degraded = false, onActivity }: BpfBenchOptions = {}): BpfBench {
  const bench = openBench();
  const { runtime } = bench;
  const told: BpfActivity[] = [];
  const fresh: BpfActivity[] = [];
  const watch = new BpfWatch({
    native: runtime.native,
    open: (file, options) => runtime.openObject(file, options),
    features: () => runtime.features,
    bpffsDir: bench.bpffsDir,
    clock: new BootClock(runtime.native.clocks()),
    processes: bench.processes,
    drainProcesses: () => runtime.drain(),
    onActivity: (activity, raw) => {
      told.push(activity);
      fresh.push(activity);
      onActivity?.(activity, raw);
    },
    degraded,
  });
  return {
    ...{ bench, watch, told },
    taken: (pid) => {
      watch.drain();
      return fresh.splice(0).filter(({ by }) => pid === undefined || by?.pid === pid);
    },
    close: () => {
      watch.close();
      bench.close();
    },
  };
}

export interface Loader {
  pid: number;
  /** what it did, by its own words: `a_fentry done 12` */
  lines: string[];
  /** lets go of everything, and waits until it has ended */
  end(): Promise<void>;
}

async function started(child: ChildProcess, until: (lines: string[]) => boolean): Promise<Loader> {
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  await new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      lines.push(line);
      if (until(lines)) resolve();
    });
    reader.once('close', () => resolve());
  });
  const end = () => {
    child.stdin?.end();
    return ended;
  };
  return { pid: child.pid as number, lines, end };
}

/** Runs a loader until its `lines`th line; it holds what it has until it is ended. */
export function loader(
  args: (string | number)[],
  lines: number,
  program: 'loads' | 'bpf_places' = 'loads',
): Promise<Loader> {
  const child = spawn(labProgram(program), args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  return started(child, (seen) => seen.length >= lines);
}

/** The object of a line that the loader printed. */
export const idIn = (lines: string[], what: string): number =>
  Number(new RegExp(`^${what} done (\\d+)`, 'm').exec(lines.join('\n'))?.[1] ?? 0);

/** Of the kernel's package: the lab's own kernel has none. Throws where one cannot be loaded. */
export function modules(kernel: string, ...names: string[]): void {
  // where the lab keeps what a kernel's package holds: in the guest VMLAB says only that it is one
  const root = process.env.LAB_ROOT ?? '/var/tmp/tracegate-lab';
  for (const name of names) {
    const { status, out } = ran('modprobe', ['-d', join(root, 'deb', kernel), name]);
    if (status !== 0) throw new Error(`${name}: ${out}`);
  }
}

/** What a map of TCP's algorithms is made of here, in the order that the program takes it. */
export function congestionOps(): number[] {
  const btf = kernelBtf();
  const struct = (name: string) => {
    const id = btf?.find(KIND.STRUCT, name);
    if (!btf || id === undefined) throw new Error(`this kernel has no ${name}`);
    return { id, bytes: btf.sizeOf(id), members: btf.members(btf.type(id)) };
  };
  const value = struct('bpf_struct_ops_tcp_congestion_ops');
  const ops = struct('tcp_congestion_ops');
  const dataBits = value.members.find(({ name }) => name === 'data')?.offsetBits ?? Number.NaN;
  const place = (name: string) => {
    const index = ops.members.findIndex((member) => member.name === name);
    return { index, at: (dataBits + (ops.members[index]?.offsetBits ?? Number.NaN)) / 8 };
  };
  const functions = ['ssthresh', 'cong_avoid', 'undo_cwnd'].map(place);
  return [
    value.id,
    value.bytes,
    ops.id,
    place('name').at,
    ...functions.flatMap(({ at, index }) => [at, index]),
  ];
}

/** Runs a program to its end. */
export function ran(command: string, args: string[]): { pid: number; status: number | null; out: string } {
  const { pid, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { pid, status, out: `${stdout}${stderr}` };
}

export const there = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
