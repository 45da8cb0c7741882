// SPDX-License-Identifier: Apache-2.0
#pragma once
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

// Of the reachable instructions, those that do more than write what nothing reads.
std::vector<bool> live_of(const std::vector<Step> &steps);

}  // namespace tracegate
