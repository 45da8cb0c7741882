// SPDX-License-Identifier: Apache-2.0
/**
 * Where a syscall can be decided without a race: the function all its doors share (32-bit, io_uring, the old form),
 * which holds the kernel's own copies, and the LSM hook every call must pass. A syscall or argument without a row has
 * no race-free form. How it was found: docs/adr/0002-race-free-lowering.md.
 */
export interface LoweredArg {
  /** parameter number of the function or hook */
  param: number;
  /** how the parameter holds the argument */
  as: 'filename' | 'string' | 'register';
}

export interface LoweringRow {
  syscall: string;
  /** the shared function: observes every call, also one that fails before the LSM hook */
  capture: { function: string; args: Record<number, LoweredArg> };
  /** what the LSM hook is handed: only these arguments can decide */
  verdict: { lsm: string; args: Record<number, LoweredArg> };
}

export const LOWERING: readonly LoweringRow[] = [
  {
    syscall: 'sys_symlinkat',
    capture: {
      function: 'do_symlinkat',
      args: {
        0: { param: 0, as: 'filename' },
        1: { param: 1, as: 'register' },
        2: { param: 2, as: 'filename' },
      },
    },
    verdict: { lsm: 'path_symlink', args: { 0: { param: 2, as: 'string' } } },
  },
  {
    syscall: 'sys_symlink',
    capture: {
      function: 'do_symlinkat',
      args: { 0: { param: 0, as: 'filename' }, 1: { param: 2, as: 'filename' } },
    },
    verdict: { lsm: 'path_symlink', args: { 0: { param: 2, as: 'string' } } },
  },
];

export function loweringOf(syscall: string): LoweringRow | undefined {
  return LOWERING.find((row) => row.syscall === syscall);
}
