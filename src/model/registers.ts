// SPDX-License-Identifier: Apache-2.0
/** Names of the x86-64 registers and of their parts, as `source: pt_regs` writes them. */

export interface Register {
  /** the whole register it is, or is a part of */
  of: string;
  offsetBytes: number;
  sizeBytes: number;
}

const whole = (of: string): [string, Register] => [of, { of, offsetBytes: 0, sizeBytes: 8 }];
const part = (name: string, of: string, sizeBytes: number, offsetBytes = 0): [string, Register] => [
  name,
  { of, offsetBytes, sizeBytes },
];

/** `rax`: `eax`, `ax`, `al`, `ah`. */
const lettered = ['a', 'b', 'c', 'd'].flatMap((x) => [
  whole(`r${x}x`),
  part(`e${x}x`, `r${x}x`, 4),
  part(`${x}x`, `r${x}x`, 2),
  part(`${x}l`, `r${x}x`, 1),
  part(`${x}h`, `r${x}x`, 1, 1),
]);

/** `rsi`: `esi`, `si`, `sil`. */
const pointing = ['si', 'di', 'bp', 'sp'].flatMap((x) => [
  whole(`r${x}`),
  part(`e${x}`, `r${x}`, 4),
  part(x, `r${x}`, 2),
  part(`${x}l`, `r${x}`, 1),
]);

/** `r8`: `r8d`, `r8w`, `r8b`. */
const numbered = [8, 9, 10, 11, 12, 13, 14, 15].flatMap((n) => [
  whole(`r${n}`),
  part(`r${n}d`, `r${n}`, 4),
  part(`r${n}w`, `r${n}`, 2),
  part(`r${n}b`, `r${n}`, 1),
]);

const REGISTERS: ReadonlyMap<string, Register> = new Map([
  ...[...lettered, ...pointing, ...numbered],
  ...[whole('rip'), part('eip', 'rip', 4), part('ip', 'rip', 2)],
]);

export const REGISTER_NAMES: readonly string[] = [...REGISTERS.keys()];

export function registerNamed(name: string): Register | undefined {
  return REGISTERS.get(name);
}
