// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <climits>
#include <stdexcept>

#include "constants.h"
#include "liveness.h"
#include "specialise.h"

namespace tracegate {
namespace {

void check_ways(const std::vector<bpf_insn> &code) {
  const int count = code.size();
  const auto inside = [&](int at) {
    if (at < 0 || at >= count) throw std::invalid_argument("an instruction leads out of the program");
  };
  for (int i = 0; i < count; i += slots(code[i])) {
    const bpf_insn &insn = code[i];
    if (is_jump(insn) || is_branch(insn)) inside(i + 1 + distance(insn));
    if (reaches_subprogram(insn)) inside(subprogram(code.data(), i));
    if (!is_jump(insn) && insn.code != kExit) inside(i + slots(insn));
  }
}

// Where a jump leads, and what follows one: blocks begin there.
std::vector<bool> leaders_of(const std::vector<bpf_insn> &code) {
  const int count = code.size();
  std::vector<bool> leaders(count + 1);
  for (int i = 0; i < count; i += slots(code[i])) {
    if (is_jump(code[i]) || is_branch(code[i])) leaders[i + 1 + distance(code[i])] = leaders[i + 1] = true;
    if (reaches_subprogram(code[i])) leaders[subprogram(code.data(), i)] = true;
  }
  return leaders;
}

// Whether it reads or writes the frame across two places of eight bytes: the verifier takes none that does.
bool straddles(const bpf_insn &insn) {
  const bool loads = kind(insn) == BPF_LDX, stores = kind(insn) == BPF_ST || kind(insn) == BPF_STX;
  if (!loads && !stores) return false;
  return (loads ? insn.src_reg : insn.dst_reg) == kFramePointer && (insn.off & 7) + size_bytes(insn) > 8;
}

// No object whose address is taken begins below this, so nothing but the stores one sees writes there. Without end: an
// address is taken in a way not understood.
int spills_of(const std::vector<bpf_insn> &code) {
  const int count = code.size();
  int lowest = 0;
  for (int i = 0; i < count; i += slots(code[i])) {
    const bpf_insn &insn = code[i];
    if (straddles(insn) || (kind(insn) == BPF_STX && insn.src_reg == kFramePointer)) return INT_MIN;
    if (!is_alu(insn) || !by_register(insn) || insn.src_reg != kFramePointer) continue;
    const bool added = i + 1 < count && code[i + 1].code == (BPF_ALU64 | BPF_ADD | BPF_K);
    if (insn.code != (BPF_ALU64 | BPF_MOV | BPF_X) || !added || code[i + 1].dst_reg != insn.dst_reg) return INT_MIN;
    lowest = std::min(lowest, code[i + 1].imm);
  }
  return lowest;
}

}  // namespace

Template::Template(std::vector<bpf_insn> given) : insns(std::move(given)) {
  check_ways(insns);
  leaders = leaders_of(insns);
  spills_below = spills_of(insns);
  live = live_before(insns, Spills(spills_below));
  loops = Loops(insns, leaders);
}

const std::vector<bool> &Template::reading(int template_fd) const {
  if (!reading_.empty()) return reading_;
  std::vector<bool> found(loops.count() + 1);  // one more: never empty
  const Config unknown = {template_fd, -1, nullptr, 0};
  const Analysis analysis(*this, unknown, std::vector<bool>(loops.count()));
  for (const auto &[place, block] : analysis.blocks()) {
    const int inside = loops.innermost(place.at);
    if (inside < 0) continue;
    analysis.walk(place.at, block.before, [&, inside](int i, const State &state) {
      const bool reads = kind(insns[i]) == BPF_LDX && state.registers[insns[i].src_reg].kind == Value::kSomewhere;
      for (int loop = inside; reads && loop >= 0; loop = loops.around(loop)) found[loop] = true;
    });
  }
  return reading_ = found;
}

}  // namespace tracegate
