// SPDX-License-Identifier: Apache-2.0
/** The calls that are counted, and the policies they are counted under; the same for whoever enforces them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callsProgram, PLACE, ROOT, run } from '../../kernel/runtime-fixture.ts';
import type { Count, Floor, PolicyCounts, SymlinkCounts } from './measured.ts';

export { ENFORCING, OBSERVING } from './observing.ts';

/** Enough that some of them find Tetragon's reader awake already. */
const CALLS = 1000;
const SPAWNS = 60;
const LISTED = '/etc/passwd';
const TAKEN = join(PLACE, 'taken');
const FREE = join(PLACE, 'free');
const READ = join(PLACE, 'read');
const NOTHING = join(PLACE, 'nothing');
const OPS = join(PLACE, 'ops');

export const READING = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: "observe-reads"
spec:
  kprobes:
  - call: "security_file_permission"
    syscall: false
    args:
    - index: 0
      type: "file"
    - index: 1
      type: "int"
    selectors:
    - matchArgs:
      - index: 0
        operator: "Prefix"
        values:
        - "/data/"
`;

function compiled(program: string, source: string, options: string[]): void {
  execFileSync('gcc', [...options, '-static', '-o', program, join(ROOT, 'test/bench/kernel', source)], {
    stdio: 'inherit',
  });
}
const calls = callsProgram();
compiled(OPS, 'ops.c', ['-O2']);
compiled(NOTHING, 'nothing.c', ['-O2', '-nostdlib']);
rmSync(TAKEN, { force: true });
symlinkSync('/etc/hosts', TAKEN);
writeFileSync(READ, 'x');

function counted(program: string, args: string[]): Count {
  const { status, out } = run(program, args);
  const [min, median] = out.split(' ').map(Number);
  if (status !== 0 || min === undefined || median === undefined || Number.isNaN(min + median))
    throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${out}`);
  return { min, median };
}

const takenName = (target: string) => counted(calls, ['count', String(CALLS), target, TAKEN, 'keep']);
const freeName = (target: string) => counted(calls, ['count', String(CALLS), target, FREE]);

export const symlink = (target = LISTED): SymlinkCounts => ({
  taken: takenName(target),
  free: freeName(target),
});

/** `drain` before each loop: in use the ring is read all the time, and an event that finds it filling up wakes the reader. */
export async function underPolicy(drain: () => unknown): Promise<PolicyCounts> {
  await drain();
  const notMatching = symlink('/etc/hostname');
  const taken = takenName(LISTED);
  await drain();
  const free = freeName(LISTED);
  await drain();
  return { notMatching, matching: { taken, free } };
}
export const idle = () => counted(OPS, ['idle', String(CALLS)]);
export const spawn = () => counted(OPS, ['spawn', String(SPAWNS), NOTHING]);
export const read = () => counted(OPS, ['read', String(CALLS), READ]);

/** Listed or not, the path is as long as it was: without a policy they cost the same to a few instructions. */
export const floor = (): Floor => ({ symlink: symlink(), idle: idle(), spawn: spawn(), read: read() });

/** Counting a guard that is not there would flatter it. */
export function mustDeny(who: string, denied: boolean): void {
  rmSync(FREE, { force: true });
  run(calls, ['once', LISTED, FREE]);
  if (existsSync(FREE) === denied)
    throw new Error(`${who}: the listed link should have been ${denied ? 'denied' : 'let through'}`);
  rmSync(FREE, { force: true });
}

/** Instructions a process has used, in user space and in the kernel. */
export const cpuOf = (pid: number) => Number(run(OPS, ['cpu', String(pid)]).out);

/** What the kernel itself holds: slab, vmalloc (maps, programs) and per-CPU memory. Ring buffers are not among it. */
export function kernelBytes(): number {
  const kib = (key: string) =>
    Number(new RegExp(`^${key}: *(\\d+) kB`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0);
  return 1024 * (kib('Slab') + kib('VmallocUsed') + kib('Percpu'));
}
