// SPDX-License-Identifier: Apache-2.0
/**
 * Where a syscall can be decided without a race: the function all its doors share (32-bit, io_uring, the old form),
 * which holds the kernel's own copies, and the LSM hook every such call must pass. A syscall, argument or operator
 * without a row has no race-free form. docs/adr/0002-race-free-lowering.md, 0012-carried-verdicts.md.
 */
import type { Operator } from '../model/normal-policy.ts';
import type { FamilyCode } from './hook-config.ts';
import { TG_FAMILY } from './layout.generated.ts';
import { type ArgRole, DOORS, type Doors } from './lowering-doors.ts';

/** How the captured function or the hook holds an argument. */
export type LoweredArg = (
  | { as: 'filename' | 'string' | 'register' | 'sockaddr'; param: number }
  /** the address of the message in this parameter */
  | { as: 'message-address'; param: number }
  /** the function stands for this value */
  | { as: 'implied'; value: number }
  /** as the door was entered with it; `otherwise` where it has no such argument, `points`: to text in user memory */
  | { as: 'door'; role: ArgRole; otherwise: number; points?: boolean }
  /** of an open, in its third parameter */
  | { as: 'open-flags' | 'open-mode' }
  /** a file: an entry of a directory by its path and dentry, a path, an open file, a program to be, the root of a mount */
  | { as: 'child'; param: number; entry: number }
  | { as: 'path' | 'file' | 'program' | 'mount'; param: number }
  /** of the file in the first parameter */
  | { as: 'file-flags' }
  /** not known there: told as -1 */
  | { as: 'untold' }
) & {
  /** the operators that may decide on it; absent: all that its type has */
  operators?: readonly Operator[];
  /** a filter on other bits than these says nothing here */
  bits?: number;
};

/** What must hold for a call of the function to be the syscall, beside the door. */
export type Condition = 'name-from-user-space' | 'opens-a-connection';

export interface LoweringRow {
  syscall: string;
  /** the shared function: observes every call, also one that fails before the LSM hook */
  capture: { function: string; args: Record<number, LoweredArg>; otherReturn?: boolean };
  /** the LSM hooks behind it; `args`: what they are handed, by which they can decide themselves */
  verdict: { lsm: readonly string[]; args: Record<number, LoweredArg>; ifThere?: readonly string[] };
  /** the capture decides and leaves its verdict for the hook, under this name */
  carried?: FamilyCode;
  /** other system calls lead into the function or the hook as well */
  doors?: Doors;
  only?: Condition;
  /** an address without a family is an IPv4 one here */
  unspecIsInet?: boolean;
}

type Args = Record<number, LoweredArg>;

const filename = (param: number): LoweredArg => ({ as: 'filename', param });
const register = (param: number): LoweredArg => ({ as: 'register', param });
const string = (param: number): LoweredArg => ({ as: 'string', param });
const implied = (value: number): LoweredArg => ({ as: 'implied', value });
const door = (role: ArgRole): LoweredArg => ({ as: 'door', role, otherwise: 0 });
/** told, but not decided on: some doors do not have it */
const told = (role: ArgRole, otherwise = 0): LoweredArg => ({ as: 'door', role, otherwise, operators: [] });

const AT_REMOVEDIR = 0x200;
/** O_CLOEXEC and O_LARGEFILE are gone when the open is made. */
const OPEN_BITS = ~(0o2000000 | 0o100000);
const UNKNOWN_FD = -1;

function handed(
  syscall: string,
  fn: string,
  args: Args,
  lsm: string,
  by: Args,
  more: Partial<LoweringRow> = {},
): LoweringRow {
  return { syscall, capture: { function: fn, args }, verdict: { lsm: [lsm], args: by }, ...more };
}

function carried(syscall: string, family: FamilyCode, fn: string, lsm: string, args: Args): LoweringRow {
  return { syscall, capture: { function: fn, args }, verdict: { lsm: [lsm], args: {} }, carried: family };
}

/** Through a function that other calls use too, and that answers something else than the syscall. */
function looked(syscall: string, family: FamilyCode, lsm: string, doors: Doors, args: Args): LoweringRow {
  const row = carried(syscall, family, 'filename_lookup', lsm, args);
  return { ...row, capture: { ...row.capture, otherReturn: true }, doors };
}

function opened(syscall: string, args: Args): LoweringRow {
  const row = carried(syscall, TG_FAMILY.TG_K_OPEN, 'do_filp_open', 'file_alloc_security', args);
  return { ...row, capture: { ...row.capture, otherReturn: true }, doors: DOORS.open };
}

function executed(syscall: string, args: Args): LoweringRow {
  const row = carried(syscall, TG_FAMILY.TG_K_EXECVE, 'do_open_execat', 'bprm_creds_for_exec', args);
  return { ...row, capture: { ...row.capture, otherReturn: true }, only: 'name-from-user-space' };
}

function withAttribute(syscall: string): LoweringRow {
  const row = looked(syscall, TG_K_SETXATTR, 'inode_setxattr', DOORS.setxattr, {
    0: filename(1),
    1: USER_NAME,
    4: told('options'),
  });
  return { ...row, verdict: { ...row.verdict, ifThere: ['inode_set_acl'] } };
}

/** Captured and decided in the same hook, which is handed the kernel's copy. */
function addressed(
  syscall: string,
  hook: string,
  doors: Doors,
  args: Args,
  more: Partial<LoweringRow> = {},
): LoweringRow {
  const row = handed(syscall, `security_${hook}`, args, hook, args, { doors, ...more });
  return { ...row, capture: { ...row.capture, otherReturn: true } };
}

const { TG_K_UNLINK, TG_K_RMDIR, TG_K_MKDIR, TG_K_LINK, TG_K_RENAME, TG_K_MKNOD } = TG_FAMILY;
const { TG_K_CHMOD, TG_K_CHOWN, TG_K_TRUNCATE, TG_K_SETXATTR, TG_K_UMOUNT } = TG_FAMILY;
const SYMLINK: Args = { 0: string(2) };
const PLACE: Args = { 0: register(0), 1: filename(1) };
const FROM_TO: Args = { 0: register(0), 1: filename(1), 2: register(2), 3: filename(3) };
const OPEN_FLAGS: LoweredArg = { as: 'open-flags', operators: ['Mask'], bits: OPEN_BITS };
const OPEN_MODE: LoweredArg = { as: 'open-mode' };
const OWNERS: Args = { 1: door('owner'), 2: door('group') };
/** text in user memory: told, never decided on */
const USER_NAME: LoweredArg = { as: 'door', role: 'name', otherwise: 0, points: true, operators: [] };
const MOUNT: Args = { 0: string(0), 2: string(2), 3: register(3) };
const PEER: Args = { 0: told('fd', UNKNOWN_FD), 1: { as: 'sockaddr', param: 1 }, 2: register(2) };
const SENT: LoweredArg = { as: 'message-address', param: 1 };

// biome-ignore format: a table is read in rows
export const LOWERING: readonly LoweringRow[] = [
  handed('sys_symlink', 'do_symlinkat', { 0: filename(0), 1: filename(2) }, 'path_symlink', SYMLINK),
  handed('sys_symlinkat', 'do_symlinkat', { 0: filename(0), 1: register(1), 2: filename(2) }, 'path_symlink', SYMLINK),
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
  { ...carried('sys_mknod', TG_K_MKNOD, 'do_mknodat', 'path_mknod', { 0: filename(1), 1: register(2), 2: register(3) }), doors: DOORS.mknod },
  { ...carried('sys_mknodat', TG_K_MKNOD, 'do_mknodat', 'path_mknod', { ...PLACE, 2: register(2), 3: register(3) }), doors: DOORS.mknod },
  opened('sys_open', { 0: filename(1), 1: OPEN_FLAGS, 2: OPEN_MODE }),
  opened('sys_openat', { ...PLACE, 2: OPEN_FLAGS, 3: OPEN_MODE }),
  opened('sys_openat2', PLACE),
  opened('sys_creat', { 0: filename(1), 1: OPEN_MODE }),
  looked('sys_chmod', TG_K_CHMOD, 'path_chmod', DOORS.chmod, { 0: filename(1), 1: door('mode') }),
  looked('sys_fchmodat', TG_K_CHMOD, 'path_chmod', DOORS.chmod, { ...PLACE, 2: door('mode') }),
  looked('sys_fchmodat2', TG_K_CHMOD, 'path_chmod', DOORS.chmod, { ...PLACE, 2: door('mode'), 3: door('flags') }),
  looked('sys_chown', TG_K_CHOWN, 'path_chown', DOORS.chown, { 0: filename(1), ...OWNERS }),
  looked('sys_lchown', TG_K_CHOWN, 'path_chown', DOORS.chown, { 0: filename(1), ...OWNERS }),
  looked('sys_fchownat', TG_K_CHOWN, 'path_chown', DOORS.chown, { ...PLACE, 2: door('owner'), 3: door('group') }),
  looked('sys_truncate', TG_K_TRUNCATE, 'path_truncate', DOORS.truncate, { 0: filename(1), 1: door('length') }),
  withAttribute('sys_setxattr'),
  withAttribute('sys_lsetxattr'),
  looked('sys_umount', TG_K_UMOUNT, 'sb_umount', DOORS.umount, { 0: filename(1), 1: door('flags') }),
  { ...handed('sys_mount', 'path_mount', { ...MOUNT, 1: USER_NAME }, 'sb_mount', MOUNT), doors: DOORS.mount },
  executed('sys_execve', { 0: filename(1) }),
  executed('sys_execveat', { ...PLACE, 4: register(2) }),
  addressed('sys_connect', 'socket_connect', DOORS.connect, PEER),
  addressed('sys_connect', 'socket_sendmsg', DOORS.send, { 0: told('fd', UNKNOWN_FD), 1: SENT, 2: told('length') }, { only: 'opens-a-connection' }),
  addressed('sys_bind', 'socket_bind', DOORS.bind, PEER, { unspecIsInet: true }),
  addressed('sys_sendto', 'socket_sendmsg', DOORS.send, { 0: told('fd', UNKNOWN_FD), 2: register(2), 3: told('flags'), 4: SENT }, { unspecIsInet: true }),
];

/** All of them together cover the syscall: it may end in one function or another. */
export function loweringOf(syscall: string): LoweringRow[] {
  return LOWERING.filter((row) => row.syscall === syscall);
}
