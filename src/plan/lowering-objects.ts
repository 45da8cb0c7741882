// SPDX-License-Identifier: Apache-2.0
/**
 * Where a syscall is decided on the file itself (`tracegate.io/match: object`): the LSM hooks that are handed it. Captured
 * and decided in the same place, by the path from the top of the mount namespace down, whatever the call's text was.
 * docs/adr/0015-objects-not-spellings.md.
 */
import { type ArgRole, DOORS, type Doors } from './lowering-doors.ts';
import type { LoweredArg, LoweringRow } from './lowering-table.ts';

export interface ObjectRow extends LoweringRow {
  /** older kernels have no such function and do the same in another row's */
  newer?: boolean;
  /** where a filter cannot be decided here the row is left out, and this goes past the others */
  otherwise?: string;
  /** what has the same effect and is another call */
  besides?: string;
}

type Args = Record<number, LoweredArg>;

/** An entry of a directory, by the path and the entry that the hook is handed. */
const child = (param: number, entry: number): LoweredArg => ({ as: 'child', param, entry });
const path = (param: number): LoweredArg => ({ as: 'path', param });
const file = (param: number): LoweredArg => ({ as: 'file', param });
const register = (param: number): LoweredArg => ({ as: 'register', param });
const string = (param: number): LoweredArg => ({ as: 'string', param });
const implied = (value: number): LoweredArg => ({ as: 'implied', value });
const door = (role: ArgRole): LoweredArg => ({ as: 'door', role, otherwise: 0 });
const told = (role: ArgRole): LoweredArg => ({ ...door(role), operators: [] }) as LoweredArg;
/** The hook is not handed it: a directory the path was relative to, flags that are used up. */
const UNTOLD: LoweredArg = { as: 'untold', operators: [] };

const AT_REMOVEDIR = 0x200;
/** O_CLOEXEC and O_LARGEFILE are gone when the file is opened. */
const OPEN_BITS = ~(0o2000000 | 0o100000);
const FILE_FLAGS: LoweredArg = { as: 'file-flags', operators: ['Mask'], bits: OPEN_BITS };

/** What is asked before a file is made by an open is asked of no other open, whichever way its flags came. */
const O_CREAT = 0o100;
const MAKING_FLAGS: LoweredArg = {
  ...{ as: 'door', role: 'flags', otherwise: O_CREAT },
  ...{ operators: ['Mask'], bits: O_CREAT },
};

const through = (of: Doors, ...more: Doors['through'][number][]): Doors => ({
  ...of,
  through: [...of.through, ...more],
});
const x64 = (number: number, registers = {}) => ({ number, compat: false, registers });
const i386 = (number: number, registers = {}) => ({ number, compat: true, registers });

/** Opening what a handle names is one more spelling. */
const OPENING = through(DOORS.open, x64(304, { flags: 3 }), i386(342, { flags: 3 }));
const PAIR = 6;
const CUTTING = through(
  DOORS.truncate,
  x64(77, { length: 2 }),
  i386(93, { length: 2 }),
  i386(194, { length: PAIR }),
);

const EXCHANGE = 'the same exchange with its two paths the other way round';
const ABOVE = 'moving or mounting over a directory above it';
const BY_NUMBER = 'a descriptor opened with O_PATH, by which nothing is read or written';
const EMPTY = 'the refused open of a missing file may leave it there, empty';
const LOADER = 'a copy, and the dynamic loader when it is given the file as its argument';
const SOCKET = 'a socket that is bound there, which is another call';
const NEW_MOUNTS = 'move_mount, which is another call';
const CUTTING_OPEN = 'open with O_TRUNC, which is another call';

function row(
  syscall: string,
  hook: string,
  args: Args,
  more: Partial<ObjectRow> & { function?: string } = {},
): ObjectRow {
  const { function: name = `security_${hook}`, ...rest } = more;
  return {
    syscall,
    capture: { function: name, args, otherReturn: true },
    verdict: { lsm: [hook], args },
    ...rest,
  };
}

const IN_PLACE = child(0, 1);
const AT = { 0: UNTOLD, 1: IN_PLACE };
const LINKED = { 0: child(1, 0), 1: child(1, 2) };
const LINKED_AT = { 0: UNTOLD, 1: child(1, 0), 2: UNTOLD, 3: child(1, 2), 4: UNTOLD };
const MOVED = { 0: IN_PLACE, 1: child(2, 3) };
const MOVED_AT = { 0: UNTOLD, 1: IN_PLACE, 2: UNTOLD, 3: child(2, 3) };
const MODE = register(1);
const SIZE = { 1: door('length') };
const CUT = { doors: CUTTING, besides: CUTTING_OPEN };
const RENAME = { besides: `${EXCHANGE}; ${ABOVE}` };
const TARGET = { besides: `${NEW_MOUNTS}; ${ABOVE}` };

/** The open itself, and the making of what is not there: too late when the file is opened. */
function opened(
  syscall: string,
  { at, flags, mode }: { at: number; flags?: number; mode?: number },
): ObjectRow[] {
  const rest = (of: LoweredArg): Args =>
    Object.fromEntries([
      ...(at > 0 ? [[0, UNTOLD]] : []),
      ...(flags === undefined ? [] : [[flags, of]]),
      ...(mode === undefined ? [] : [[mode, told('mode')]]),
    ]);
  return [
    row(syscall, 'file_open', { ...rest(FILE_FLAGS), [at]: file(0) }, { doors: OPENING, besides: BY_NUMBER }),
    row(
      syscall,
      'path_mknod',
      { ...rest(MAKING_FLAGS), [at]: IN_PLACE },
      { doors: DOORS.open, otherwise: EMPTY },
    ),
  ];
}

const BINARY = { function: 'security_bprm_check', besides: LOADER };

// biome-ignore format: a table is read in rows
export const OBJECT_ROWS: readonly ObjectRow[] = [
  row('sys_symlink', 'path_symlink', { 0: { ...string(2), operators: [] }, 1: IN_PLACE }),
  row('sys_symlinkat', 'path_symlink', { 0: { ...string(2), operators: [] }, 1: UNTOLD, 2: IN_PLACE }),
  row('sys_unlink', 'path_unlink', { 0: IN_PLACE }),
  row('sys_unlinkat', 'path_unlink', { ...AT, 2: implied(0) }),
  row('sys_unlinkat', 'path_rmdir', { ...AT, 2: implied(AT_REMOVEDIR) }),
  row('sys_rmdir', 'path_rmdir', { 0: IN_PLACE }),
  row('sys_mkdir', 'path_mkdir', { 0: IN_PLACE, 1: register(2) }),
  row('sys_mkdirat', 'path_mkdir', { ...AT, 2: register(2) }),
  row('sys_link', 'path_link', LINKED),
  row('sys_linkat', 'path_link', LINKED_AT),
  row('sys_rename', 'path_rename', MOVED, RENAME),
  row('sys_renameat', 'path_rename', MOVED_AT, RENAME),
  row('sys_renameat2', 'path_rename', { ...MOVED_AT, 4: register(4) }, RENAME),
  row('sys_mknod', 'path_mknod', { 0: IN_PLACE, 1: register(2), 2: register(3) }, { doors: DOORS.mknod, besides: SOCKET }),
  row('sys_mknodat', 'path_mknod', { ...AT, 2: register(2), 3: register(3) }, { doors: DOORS.mknod, besides: SOCKET }),
  ...opened('sys_open', { at: 0, flags: 1, mode: 2 }),
  ...opened('sys_openat', { at: 1, flags: 2, mode: 3 }),
  ...opened('sys_openat2', { at: 1 }),
  ...opened('sys_creat', { at: 0, mode: 1 }),
  row('sys_chmod', 'path_chmod', { 0: path(0), 1: MODE }),
  row('sys_fchmodat', 'path_chmod', { 0: UNTOLD, 1: path(0), 2: MODE }),
  row('sys_fchmodat2', 'path_chmod', { 0: UNTOLD, 1: path(0), 2: MODE, 3: UNTOLD }),
  row('sys_chown', 'path_chown', { 0: path(0), 1: register(1), 2: register(2) }),
  row('sys_lchown', 'path_chown', { 0: path(0), 1: register(1), 2: register(2) }),
  row('sys_fchownat', 'path_chown', { 0: UNTOLD, 1: path(0), 2: register(1), 3: register(2), 4: UNTOLD }),
  row('sys_truncate', 'path_truncate', { 0: path(0), ...SIZE }, CUT),
  row('sys_truncate', 'file_truncate', { 0: file(0), ...SIZE }, { ...CUT, newer: true }),
  row('sys_umount', 'sb_umount', { 0: { as: 'mount', param: 0 }, 1: register(1) }),
  row('sys_mount', 'sb_mount', { 0: { ...string(0), operators: [] }, 1: path(1), 2: string(2), 3: register(3), 4: UNTOLD }, TARGET),
  row('sys_execve', 'bprm_check_security', { 0: { as: 'program', param: 0 } }, BINARY),
  row('sys_execveat', 'bprm_check_security', { 0: UNTOLD, 1: { as: 'program', param: 0 }, 4: UNTOLD }, BINARY),
];

/** All of them together cover the syscall. */
export function objectRowsOf(syscall: string): ObjectRow[] {
  return OBJECT_ROWS.filter((of) => of.syscall === syscall);
}

const OBJECTS: readonly LoweredArg['as'][] = ['child', 'path', 'file', 'program', 'mount'];

/** The argument is a file. */
export function isObject(arg: LoweredArg | undefined): boolean {
  return arg !== undefined && OBJECTS.includes(arg.as);
}
