// SPDX-License-Identifier: Apache-2.0
/**
 * The system calls that lead into one captured function or LSM hook, old and `at` form, 32-bit and x32, and in which
 * register each of their arguments lies: registers belong to the kernel once the call is entered. x86-64.
 */

/** What an argument is, whatever its place in one door or the other. */
export type ArgRole = 'fd' | 'flags' | 'mode' | 'owner' | 'group' | 'length' | 'name' | 'options' | Nth;
type Nth = 'first' | 'second' | 'third' | 'fourth' | 'fifth';

/** 1-based, in the order of arguments; undefined: the door has no such argument */
type Registers = Partial<Record<ArgRole, number>>;

export interface Door {
  number: number;
  compat: boolean;
  registers: Registers;
}

export interface Doors {
  through: readonly Door[];
  /** io_uring leads there too: always in a worker of its own, or (true) also in whatever the process does next */
  uring: boolean | 'worker';
}

/** A 64-bit value in the second and third register of a 32-bit call. */
const PAIR = 6;
/** In addition to a register: a 16-bit user or group id, of which 65535 means none. */
const ID16 = 16;

const x64 = (number: number, registers: Registers = {}): Door => ({ number, compat: false, registers });
const i386 = (number: number, registers: Registers = {}): Door => ({ number, compat: true, registers });

const NTH: readonly Nth[] = ['first', 'second', 'third', 'fourth', 'fifth'];
/** Every argument as it stands. */
const plain: Registers = Object.fromEntries(NTH.map((nth, i) => [nth, i + 1]));
const ids16: Registers = Object.fromEntries(NTH.map((nth, i) => [nth, (i + 1) | ID16]));

/** The role of the argument at this place where a door's arguments are taken as they stand. */
export function nth(index: number): ArgRole {
  return NTH[index] as Nth;
}

/** One system call and its 32-bit form, every argument in its register. */
export function registerDoors(
  number: number,
  compat: number[],
  also: { x32?: number; id16?: number } = {},
): Doors {
  return {
    through: [
      x64(number, plain),
      ...compat.map((n) => i386(n, plain)),
      ...(also.x32 === undefined ? [] : [x64(also.x32, plain)]),
      ...(also.id16 === undefined ? [] : [i386(also.id16, ids16)]),
    ],
    uring: false,
  };
}

const openFlags = (flags: number): Registers => ({ flags, mode: flags + 1 });
const owners = (owner: number, bits = 0): Registers => ({ owner: owner | bits, group: (owner + 1) | bits });
const attribute: Registers = { name: 2, options: 5 };
const addressed: Registers = { fd: 1, flags: 4 };

// biome-ignore format: a table is read in rows
export const DOORS = {
  mknod: { through: [x64(133), x64(259), i386(14), i386(297)], uring: false },
  open: {
    through: [x64(2, openFlags(2)), x64(257, openFlags(3)), x64(437), x64(85), i386(5, openFlags(2)), i386(295, openFlags(3)), i386(437), i386(8)],
    uring: true,
  },
  chmod: {
    through: [x64(90, { mode: 2 }), x64(268, { mode: 3 }), x64(452, { mode: 3, flags: 4 }), i386(15, { mode: 2 }), i386(306, { mode: 3 }), i386(452, { mode: 3, flags: 4 })],
    uring: false,
  },
  chown: {
    through: [
      x64(92, owners(2)), x64(94, owners(2)), x64(260, owners(3)), i386(212, owners(2)), i386(198, owners(2)), i386(298, owners(3)),
      i386(182, owners(2, ID16)), i386(16, owners(2, ID16)),
    ],
    uring: false,
  },
  truncate: { through: [x64(76, { length: 2 }), i386(92, { length: 2 }), i386(193, { length: PAIR })], uring: false },
  setxattr: {
    through: [x64(188, attribute), x64(189, attribute), x64(463), i386(226, attribute), i386(227, attribute), i386(463)],
    uring: 'worker',
  },
  umount: { through: [x64(166, { flags: 2 }), i386(52, { flags: 2 }), i386(22)], uring: false },
  mount: { through: [x64(165, { name: 2 }), i386(21, { name: 2 })], uring: false },
  connect: { through: [x64(42, { fd: 1 }), i386(362, { fd: 1 }), i386(102)], uring: true },
  bind: { through: [x64(49, { fd: 1 }), i386(361, { fd: 1 }), i386(102)], uring: true },
  send: {
    through: [
      x64(44, addressed), x64(46, { fd: 1, flags: 3 }), x64(307, addressed), x64(518, { fd: 1, flags: 3 }), x64(538, addressed),
      i386(369, addressed), i386(370, { fd: 1, flags: 3 }), i386(345, addressed), i386(102),
    ],
    uring: true,
  },
} as const satisfies Record<string, Doors>;
