// SPDX-License-Identifier: Apache-2.0
/** A kernel that stops tasks in the middle of programs (preempt=full), and a crowd on one processor, some of which always are. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { labProgram, run } from './runtime-fixture.ts';

const MODE = '/sys/kernel/debug/sched/preempt';
const THREADS = '30';
const MILLISECONDS = '400';
/** Each load of a BPF program is written down: all that a crowd tries in that time would take most of a test's. */
const MOST_LOADS = 10_000;

export const oneModeOnly = existsSync(MODE)
  ? false
  : 'this kernel has one way of preempting, chosen when it was built';

/** What debugfs shows: all modes, the one in force in parentheses. */
export const preemption = () => /\((\w+)\)/.exec(readFileSync(MODE, 'utf8'))?.[1] ?? '';
export const preempt = (mode: string) => writeFileSync(MODE, mode);

export interface Tried {
  denied: number;
  made: number;
  failed: number;
  /** the last of those that failed */
  error: string;
}

export function tried(call: string, dir: string): Tried {
  const most = call === 'bpf-load' ? [String(MOST_LOADS)] : [];
  const { status, out } = run(labProgram('crowd'), [dir, call, THREADS, MILLISECONDS, ...most]);
  assert.equal(status, 0, out);
  const [denied = 0, made = 0, failed = 0] = out.split(' ').map(Number);
  return { denied, made, failed, error: out.trim().split(' ').slice(3).join(' ') };
}
