// SPDX-License-Identifier: Apache-2.0
// Which registers are read later, after each instruction: what writes only others has no effect.
#include "liveness.h"

namespace tracegate {
namespace {

using Registers = uint16_t;  // a bit each

constexpr Registers bit(int r) { return 1 << r; }
// r1 to r5: how many of them a helper or a subprogram takes is not looked up
constexpr Registers kArguments = 0b111110;
constexpr Registers kScratch = kArguments | bit(0);

struct Effect {
  Registers reads = 0, writes = 0;
  bool pure = false;  // it does nothing but write its register
};

Effect of_jump(const bpf_insn &i) {
  if (i.code == kCall) return {kArguments, kScratch, false};
  if (i.code == kExit) return {bit(0), 0, false};
  if (is_jump(i)) return {};
  return {(Registers)(bit(i.dst_reg) | (by_register(i) ? bit(i.src_reg) : 0)), 0, false};
}

Effect of_alu(const bpf_insn &i) {
  const uint8_t op = operation(i);
  const bool second = by_register(i) && op != BPF_NEG && op != BPF_END;
  const Registers first = op == BPF_MOV ? 0 : bit(i.dst_reg);
  return {(Registers)(first | (second ? bit(i.src_reg) : 0)), bit(i.dst_reg), true};
}

Effect of(const bpf_insn &i) {
  switch (kind(i)) {
    case BPF_ALU:
    case BPF_ALU64: return of_alu(i);
    case BPF_LDX: return {bit(i.src_reg), bit(i.dst_reg), true};
    case BPF_LD: return {0, bit(i.dst_reg), i.code == kLoadImm64};
    case BPF_ST: return {bit(i.dst_reg), 0, false};
    case BPF_STX:
      return {(Registers)(bit(i.dst_reg) | bit(i.src_reg) | (BPF_MODE(i.code) == BPF_ATOMIC ? bit(0) : 0)), 0, false};
    default: return of_jump(i);
  }
}

}  // namespace

std::vector<bool> live_of(const std::vector<Step> &steps) {
  const int count = steps.size();
  std::vector<Effect> effects;
  for (const Step &s : steps) effects.push_back(of(s.insn));
  std::vector<Registers> before(count + 1);
  const auto after = [&](int k) -> Registers {
    const Step &s = steps[k];
    if (s.insn.code == kExit) return 0;
    if (is_jump(s.insn)) return before[s.target];
    return is_branch(s.insn) ? before[k + 1] | before[s.target] : before[k + 1];
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (int k = count; k-- > 0;) {
      const Effect &e = effects[k];
      const Registers later = after(k);
      // what writes only dead registers reads nothing that matters
      const Registers live = e.pure && !(later & e.writes) ? later : (Registers)((later & ~e.writes) | e.reads);
      changed |= live != before[k];
      before[k] = live;
    }
  }
  std::vector<bool> live(count);
  for (int k = 0; k < count; k++) live[k] = !effects[k].pure || (after(k) & effects[k].writes);
  return live;
}

}  // namespace tracegate
