// SPDX-License-Identifier: Apache-2.0
/**
 * Where a syscall can be decided without a race: the function all its doors share (32-bit, io_uring, the old form),
 * which holds the kernel's own copies, and the LSM hook every such call must pass. A syscall, argument or operator
 * without a row has no race-free form. docs/adr/0002-race-free-lowering.md, 0010-carried-verdicts.md.
 */
import type { Operator } from '../model/normal-policy.ts';
import type { FamilyCode } from './hook-config.ts';
import { TG_FAMILY } from './layout.generated.ts';

/** How the captured function or the hook holds an argument. */
export type LoweredArg = (
  | { as: 'filename' | 'string' | 'register'; param: number }
  /** the function stands for this value */
  | { as: 'implied'; value: number }
) & {
  /** the operators that may decide on it; absent: all that its type has */
  operators?: readonly Operator[];
};

export interface LoweringRow {
  syscall: string;
  /** the shared function: observes every call, also one that fails before the LSM hook */
  capture: { function: string; args: Record<number, LoweredArg> };
  /** the LSM hooks behind it; `args`: what they are handed, by which they can decide themselves */
  verdict: { lsm: readonly string[]; args: Record<number, LoweredArg> };
  /** the capture decides and leaves its verdict for the hook, under this name */
  carried?: FamilyCode;
}

const filename = (param: number): LoweredArg => ({ as: 'filename', param });
const register = (param: number): LoweredArg => ({ as: 'register', param });
const implied = (value: number): LoweredArg => ({ as: 'implied', value });

const AT_REMOVEDIR = 0x200;

type Args = Record<number, LoweredArg>;

function handed(syscall: string, capture: LoweringRow['capture'], lsm: string, args: Args): LoweringRow {
  return { syscall, capture, verdict: { lsm: [lsm], args } };
}

function carried(syscall: string, family: FamilyCode, fn: string, lsm: string, args: Args): LoweringRow {
  return { syscall, capture: { function: fn, args }, verdict: { lsm: [lsm], args: {} }, carried: family };
}

const { TG_K_UNLINK, TG_K_RMDIR, TG_K_MKDIR, TG_K_LINK, TG_K_RENAME } = TG_FAMILY;
const SYMLINK: Args = { 0: { as: 'string', param: 2 } };
const PLACE: Args = { 0: register(0), 1: filename(1) };
const FROM_TO: Args = { 0: register(0), 1: filename(1), 2: register(2), 3: filename(3) };

// biome-ignore format: a table is read in rows
export const LOWERING: readonly LoweringRow[] = [
  handed('sys_symlink', { function: 'do_symlinkat', args: { 0: filename(0), 1: filename(2) } }, 'path_symlink', SYMLINK),
  handed('sys_symlinkat', { function: 'do_symlinkat', args: { 0: filename(0), 1: register(1), 2: filename(2) } }, 'path_symlink', SYMLINK),
  carried('sys_unlink', TG_K_UNLINK, 'do_unlinkat', 'path_unlink', { 0: filename(1) }),
  carried('sys_unlinkat', TG_K_UNLINK, 'do_unlinkat', 'path_unlink', { ...PLACE, 2: implied(0) }),
  carried('sys_unlinkat', TG_K_RMDIR, 'do_rmdir', 'path_rmdir', { ...PLACE, 2: implied(AT_REMOVEDIR) }),
  carried('sys_rmdir', TG_K_RMDIR, 'do_rmdir', 'path_rmdir', { 0: filename(1) }),
  carried('sys_mkdir', TG_K_MKDIR, 'do_mkdirat', 'path_mkdir', { 0: filename(1), 1: register(2) }),
  carried('sys_mkdirat', TG_K_MKDIR, 'do_mkdirat', 'path_mkdir', { ...PLACE, 2: register(2) }),
  carried('sys_link', TG_K_LINK, 'do_linkat', 'path_link', { 0: filename(1), 1: filename(3) }),
  carried('sys_linkat', TG_K_LINK, 'do_linkat', 'path_link', { ...FROM_TO, 4: register(4) }),
  carried('sys_rename', TG_K_RENAME, 'do_renameat2', 'path_rename', { 0: filename(1), 1: filename(3) }),
  carried('sys_renameat', TG_K_RENAME, 'do_renameat2', 'path_rename', FROM_TO),
  carried('sys_renameat2', TG_K_RENAME, 'do_renameat2', 'path_rename', { ...FROM_TO, 4: register(4) }),
];

/** All of them together cover the syscall: it may end in one function or another. */
export function loweringOf(syscall: string): LoweringRow[] {
  return LOWERING.filter((row) => row.syscall === syscall);
}
