// SPDX-License-Identifier: Apache-2.0
/** Processes from /proc: those that ran before the kernel side told of them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { containerOf } from '../kernel/container-id.ts';
import type { ProcessEntry } from './process-entry.ts';

/** USER_HZ, fixed at 100 on x86-64. */
const TICK_NS = 10_000_000n;
const UNSET_AUID = 0xffffffff;

export function runningPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the state on: the name may hold spaces
}

function startOf(fields: string[]): bigint {
  return BigInt(fields[19] ?? '0') * TICK_NS;
}

/** When a running process started, in whole clock ticks; undefined when there is none of that number. */
export function startBootNsOf(pid: number): bigint | undefined {
  try {
    return startOf(statFields(pid));
  } catch {
    return undefined; // it has ended
  }
}

function numberIn(file: string, pattern: RegExp, otherwise: number): number {
  const found = pattern.exec(readFileSync(file, 'utf8'));
  return found ? Number(found[1]) : otherwise;
}

function linkOr(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return ''; // a kernel thread has no executable
  }
}

/** A running process, or undefined when it is gone or not ours to see. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const fields = statFields(pid);
    const parentPid = Number(fields[1]);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').split('\0').slice(1);
    return {
      pid,
      startBootNs: startOf(fields),
      uid: numberIn(`/proc/${pid}/status`, /^Uid:\s+(\d+)/m, 0),
      auid: numberIn(`/proc/${pid}/loginuid`, /^(\d+)/, UNSET_AUID),
      binary: linkOr(`/proc/${pid}/exe`),
      arguments: command.join(' '),
      cwd: linkOr(`/proc/${pid}/cwd`),
      flags: 'procFS',
      container: containerOf(pid),
      parentPid,
      parentStartBootNs: parentPid > 0 ? startOf(statFields(parentPid)) : 0n,
    };
  } catch {
    return undefined; // it ended while being read
  }
}
