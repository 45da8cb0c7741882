// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "instruction.h"

namespace tracegate {

// A reachable instruction as it shall be, the first of its two slots where it has two.
struct Step {
  int at;              // in the template
  bpf_insn insn;       // a constant of two slots stands as an assignment of 0
  uint64_t upper = 0;  // what the second slot holds, or the constant
  bool wide = false;   // becomes a constant of two slots
  int target = -1;     // the step that a jump, a branch, a call or a function's address leads to
};

// The compiler's spill slots, eight bytes each, from `below` down; others of the stack may be written from anywhere.
class Spills {
 public:
  // `below`: no object whose address is taken begins below this distance from the frame pointer
  explicit Spills(int below);

  // The slots that an instruction names, a bit each; `whole`: it covers one from end to end.
  struct Named { uint64_t bits; bool whole; };
  Named named(const bpf_insn &insn) const;
  Named at(int offset, int size_bytes) const;
  int offset_of(int slot) const { return top_ - 8 * (slot + 1); }

 private:
  int top_;
};

struct Liveness {
  // of the reachable instructions, those that do more than write what nothing reads
  std::vector<bool> live;
  // the place of each spill slot: those that are never in use at once share one, and the frame gets shorter
  std::vector<int> offsets;
};

// The places that are read later, before each instruction: the registers from bit 0, spill slots from bit kRegisters.
std::vector<uint64_t> live_before(const std::vector<bpf_insn> &code, const Spills &spills);

Liveness liveness_of(const std::vector<Step> &steps, const Spills &spills);

}  // namespace tracegate
