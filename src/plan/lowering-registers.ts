// SPDX-License-Identifier: Apache-2.0
/**
 * System calls decided by what their registers hold: those belong to the kernel once the call is entered. Seen at the
 * call's own entries, refused in the LSM hooks that every such call passes before it has its effect; the hook reads the
 * registers the running call was entered with. docs/adr/0012-carried-verdicts.md.
 */
import { type Doors, registerDoors } from './lowering-doors.ts';

export interface RegisterRow {
  syscall: string;
  lsm: readonly string[];
  doors: Doors;
  /** further functions that a 32-bit form is entered by */
  entries?: readonly string[];
  /** the hooks are asked for these values of an argument only; a filter on others has no row */
  only?: { index: number; values: readonly string[] };
  /** other ways to the same effect, whose arguments are in no register */
  passes?: string;
}

const TRACEME = '0';
const ATTACH = '16';
const SEIZE = '16902';

function ids(name: string, lsm: string, number: number, ids32: number, ids16: number): RegisterRow {
  return {
    syscall: `sys_${name}`,
    lsm: [lsm],
    doors: registerDoors(number, [ids32], { id16: ids16 }),
    entries: [`__ia32_sys_${name}16`],
  };
}

const OTHER_SOCKETS = 'sockets that 32-bit programs make by socketcall, and those made on a ring of io_uring';

const row = (syscall: string, lsm: string[], doors: Doors, more: Partial<RegisterRow> = {}): RegisterRow => ({
  ...{ syscall, lsm, doors },
  ...more,
});

// biome-ignore format: a table is read in rows
export const BY_REGISTERS: readonly RegisterRow[] = [
  row('sys_ptrace', ['ptrace_access_check', 'ptrace_traceme'], registerDoors(101, [26], { x32: 521 }), { only: { index: 0, values: [TRACEME, ATTACH, SEIZE] } }),
  row('sys_bpf', ['bpf'], registerDoors(321, [357])),
  row('sys_init_module', ['kernel_load_data'], registerDoors(175, [128])),
  row('sys_finit_module', ['kernel_read_file'], registerDoors(313, [350])),
  row('sys_kill', ['task_kill'], registerDoors(62, [37])),
  row('sys_tkill', ['task_kill'], registerDoors(200, [238])),
  row('sys_tgkill', ['task_kill'], registerDoors(234, [270])),
  row('sys_pidfd_send_signal', ['task_kill'], registerDoors(424, [424])),
  row('sys_pivot_root', ['sb_pivotroot'], registerDoors(155, [217])),
  row('sys_move_mount', ['move_mount'], registerDoors(429, [429])),
  row('sys_mount', ['sb_mount'], registerDoors(165, [21])),
  row('sys_socket', ['socket_create'], registerDoors(41, [359]), { passes: OTHER_SOCKETS }),
  row('sys_prctl', ['task_prctl'], registerDoors(157, [172])),
  row('sys_perf_event_open', ['perf_event_open'], registerDoors(298, [336])),
  row('sys_umount', ['sb_umount'], registerDoors(166, [52, 22])),
  ids('setuid', 'task_fix_setuid', 105, 213, 23),
  ids('setreuid', 'task_fix_setuid', 113, 203, 70),
  ids('setresuid', 'task_fix_setuid', 117, 208, 164),
  ids('setfsuid', 'task_fix_setuid', 122, 215, 138),
  ids('setgid', 'task_fix_setgid', 106, 214, 46),
  ids('setregid', 'task_fix_setgid', 114, 204, 71),
  ids('setresgid', 'task_fix_setgid', 119, 210, 170),
  ids('setfsgid', 'task_fix_setgid', 123, 216, 139),
  ids('setgroups', 'task_fix_setgroups', 116, 206, 81),
];

export function registerRowOf(syscall: string): RegisterRow | undefined {
  return BY_REGISTERS.find((r) => r.syscall === syscall);
}
