// SPDX-License-Identifier: Apache-2.0
// Parts of a BPF instruction.
#pragma once
#include <linux/bpf.h>

#include <cstdint>

namespace tracegate {

constexpr int kRegisters = 11;
constexpr int kFramePointer = 10;
constexpr uint8_t kLoadImm64 = BPF_LD | BPF_DW | BPF_IMM;
constexpr uint8_t kCall = BPF_JMP | BPF_CALL;
constexpr uint8_t kExit = BPF_JMP | BPF_EXIT;

inline uint8_t kind(const bpf_insn &i) { return BPF_CLASS(i.code); }
inline uint8_t operation(const bpf_insn &i) { return BPF_OP(i.code); }
inline bool is_alu(const bpf_insn &i) { return kind(i) == BPF_ALU || kind(i) == BPF_ALU64; }
inline bool by_register(const bpf_insn &i) { return i.code & BPF_X; }
inline int slots(const bpf_insn &i) { return i.code == kLoadImm64 ? 2 : 1; }
inline bool any_jump(const bpf_insn &i) { return kind(i) == BPF_JMP || kind(i) == BPF_JMP32; }
inline bool is_jump(const bpf_insn &i) { return any_jump(i) && operation(i) == 0; }
// a jump with a condition
inline bool is_branch(const bpf_insn &i) { return any_jump(i) && operation(i) && i.code != kCall && i.code != kExit; }
inline bool ends_block(const bpf_insn &i) { return is_jump(i) || is_branch(i) || i.code == kExit; }
inline bool calls_subprogram(const bpf_insn &i) { return i.code == kCall && i.src_reg == BPF_PSEUDO_CALL; }
inline bool names_subprogram(const bpf_insn &i) { return i.code == kLoadImm64 && i.src_reg == BPF_PSEUDO_FUNC; }
inline bool reaches_subprogram(const bpf_insn &i) { return calls_subprogram(i) || names_subprogram(i); }
inline int size_bytes(const bpf_insn &i) {
  switch (BPF_SIZE(i.code)) {
    case BPF_B: return 1;
    case BPF_H: return 2;
    case BPF_W: return 4;
    default: return 8;
  }
}
// BPF_JMP32 | BPF_JA has its distance in the immediate
inline int distance(const bpf_insn &i) { return kind(i) == BPF_JMP32 && operation(i) == 0 ? i.imm : i.off; }
// where the subprogram begins that an instruction calls or names
inline int subprogram(const bpf_insn *code, int i) { return i + 1 + code[i].imm; }

}  // namespace tracegate
