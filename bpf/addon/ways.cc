// SPDX-License-Identifier: Apache-2.0
#include "ways.h"

#include <cstddef>

namespace tracegate {
namespace {

bool leads(const Step &s) { return is_jump(s.insn) || is_branch(s.insn); }

// Whether it leaves its register as it was.
bool changes_nothing(const bpf_insn &i) {
  if (kind(i) != BPF_ALU64 || by_register(i) || i.imm != 0 || i.off != 0) return false;
  switch (operation(i)) {
    case BPF_ADD: case BPF_SUB: case BPF_OR: case BPF_XOR: case BPF_LSH: case BPF_RSH: case BPF_ARSH: return true;
    default: return false;
  }
}

// What leads to a jump, or to steps that are left out before one, leads where that one does.
void shorten_ways(std::vector<Step> &steps, const std::vector<bool> &kept) {
  for (Step &s : steps) {
    if (!leads(s)) continue;
    for (size_t hops = 0; hops < steps.size(); hops++) {
      const Step &there = steps[s.target];
      if (is_jump(there.insn)) s.target = there.target;
      else if (!kept[s.target]) s.target++;
      else break;
    }
  }
}

// A jump or a branch to what follows anyway goes.
void drop_idle_ways(const std::vector<Step> &steps, std::vector<bool> &kept) {
  int next = steps.size();  // the first that is kept behind the one at hand
  for (int k = next; k-- > 0;) {
    if (!kept[k]) continue;
    const Step &s = steps[k];
    if (leads(s) && s.target > k && next >= s.target) kept[k] = false;
    else next = k;
  }
}

std::vector<bool> reached(const std::vector<Step> &steps) {
  std::vector<bool> reached(steps.size());
  std::vector<int> open = {0};
  while (!open.empty()) {
    const int k = open.back();
    open.pop_back();
    if (reached[k]) continue;
    reached[k] = true;
    const bpf_insn &insn = steps[k].insn;
    if (steps[k].target >= 0) open.push_back(steps[k].target);
    if (insn.code != kExit && !is_jump(insn)) open.push_back(k + 1);
  }
  return reached;
}

}  // namespace

std::vector<bool> kept_of(std::vector<Step> &steps, const std::vector<bool> &live) {
  std::vector<bool> kept = live;
  for (size_t k = 0; k < kept.size(); k++) kept[k] = kept[k] && !changes_nothing(steps[k].insn);
  shorten_ways(steps, kept);
  const std::vector<bool> met = reached(steps);
  for (size_t k = 0; k < kept.size(); k++) kept[k] = kept[k] && met[k];
  drop_idle_ways(steps, kept);
  return kept;
}

}  // namespace tracegate
