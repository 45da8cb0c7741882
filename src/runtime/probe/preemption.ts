// SPDX-License-Identifier: Apache-2.0
/**
 * Whether this kernel stops a task in the middle of a BPF program to run another one. While it does, the same program is left out
 * for all other tasks on that processor (docs/adr/0031-stopped-in-a-program.md).
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Feature } from '../../model/facts.ts';

const VERSION_FILE = '/proc/sys/kernel/version';
const MODE_FILE = '/sys/kernel/debug/sched/preempt';
const CMDLINE_FILE = '/proc/cmdline';

/** What the kernel's files say; absent where one cannot be read. */
export interface PreemptionSources {
  /** `uname -v` */
  version: string;
  /** the modes there are, the one in force in parentheses */
  mode?: string;
  cmdline?: string;
  /** the kernel's build configuration */
  config?: string;
}

/** In these a task in the kernel goes on until it waits or is done. */
const LEAVES_ALONE: ReadonlySet<string> = new Set(['none', 'voluntary']);

function dynamicMode({ mode, cmdline, config }: PreemptionSources): string | undefined {
  const shown = mode === undefined ? undefined : /\((\w+)\)/.exec(mode)?.[1];
  const asked = [...(cmdline ?? '').matchAll(/(?:^|\s)preempt=(\w+)/g)].at(-1)?.[1];
  const built = /^CONFIG_PREEMPT_(NONE|VOLUNTARY)=y$/m.exec(config ?? '')?.[1]?.toLowerCase();
  return shown ?? asked ?? built;
}

/** Pure: `unknown` is never `yes`. */
export function preemptionOf(sources: PreemptionSources): Feature {
  const kind = /\bPREEMPT(?:_(\w+))?\b/.exec(sources.version);
  if (!kind) return { available: 'yes' };
  const mode = kind[1] === 'DYNAMIC' ? dynamicMode(sources) : (kind[1]?.toLowerCase() ?? 'full');
  if (mode === undefined)
    return { available: 'unknown', reason: `${MODE_FILE} cannot be read: is debugfs mounted?` };
  return LEAVES_ALONE.has(mode)
    ? { available: 'yes' }
    : { available: 'no', reason: `the kernel stops tasks in the middle of programs (preempt=${mode})` };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // another of them may tell; where none does, it is unknown
  }
}

let settled: PreemptionSources | undefined;

/** What stays as it is while the kernel runs. */
function settledSources(): PreemptionSources {
  const config = `/boot/config-${release()}`;
  settled ??= {
    version: read(VERSION_FILE) ?? 'PREEMPT_DYNAMIC',
    ...{ cmdline: read(CMDLINE_FILE), config: read(config) },
  };
  return settled;
}

/** Of the running kernel, as it is now: who is root can switch it. */
export const unpreempted = (): Feature => preemptionOf({ ...settledSources(), mode: read(MODE_FILE) });

const SYMBOLS_FILE = '/proc/kallsyms';
/** Linux 6.2, 6.1.54: since there are two functions that begin a program, LSM hooks have the one that looks for no recursion. */
const TOLD_APART = ' __bpf_prog_enter_recur\n';

let lsmWhole: Feature | undefined;

function lsmPrograms(): Feature {
  const symbols = read(SYMBOLS_FILE);
  if (symbols === undefined) return { available: 'unknown', reason: `${SYMBOLS_FILE} cannot be read` };
  return symbols.includes(TOLD_APART)
    ? { available: 'yes' }
    : {
        available: 'no',
        reason: 'kernels before 6.1.54, 6.0 among them, leave programs in LSM hooks out too',
      };
}

/** Whether tasks are stopped in programs, and, as it takes time to find out, only then what that means for LSM hooks. */
export function preemption(): Record<'unpreempted' | 'lsm_whole', Feature> {
  const alone = unpreempted();
  if (alone.available === 'yes') return { unpreempted: alone, lsm_whole: { available: 'yes' } };
  lsmWhole ??= lsmPrograms();
  return { unpreempted: alone, lsm_whole: lsmWhole };
}
