// SPDX-License-Identifier: Apache-2.0
/** Of BPF's instructions, what is looked for in a program (include/uapi/linux/bpf.h). */
export const INSN_BYTES = 8;
export const CALL = 0x85;
export const LD_IMM64 = 0x18;
/** What the source register says: of a call, a function of this program; of a 64-bit immediate, a function's address. */
export const PSEUDO_CALL = 1;
export const PSEUDO_FUNC = 4;
