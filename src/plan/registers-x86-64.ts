// SPDX-License-Identifier: Apache-2.0
/** The registers of a stopped x86-64 program: where `struct pt_regs` keeps them, and which hold a function's arguments. */

/** Words of `struct pt_regs`, by the register's full name. */
export const REGISTER_WORD: Readonly<Record<string, number>> = Object.fromEntries(
  // the call's number, the code segment and the flags hold no value that anybody asks for
  'r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi - rip - - rsp'
    .split(' ')
    .flatMap((name, word) => (name === '-' ? [] : [[name, word] as const])),
);

/** The System V ABI's, in order; the sixth is beyond what a hook can ask for. */
export const ARGUMENT_REGISTERS: readonly string[] = ['rdi', 'rsi', 'rdx', 'rcx', 'r8'];
