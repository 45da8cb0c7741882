// SPDX-License-Identifier: Apache-2.0
// Which registers and spill slots are read later, after each instruction: what writes only others has no effect.
#include "liveness.h"

#include <algorithm>
#include <climits>

namespace tracegate {
namespace {

using Places = uint64_t;  // a bit each: the registers, then spill slots

constexpr int kSlots = 64 - kRegisters;
constexpr Places bit(int r) { return 1ULL << r; }
// r1 to r5: how many of them a helper or a subprogram takes is not looked up
constexpr Places kArguments = 0b111110;
constexpr Places kScratch = kArguments | bit(0);

struct Effect {
  Places reads = 0;
  Places writes = 0;    // what was there before is gone
  Places touches = 0;   // it does nothing but write here, the whole of it or a part
  bool pure = false;
};

Effect pure(Places reads, Places writes) { return {reads, writes, writes, true}; }

Effect of_jump(const bpf_insn &i) {
  if (i.code == kCall) return {kArguments, kScratch};
  if (i.code == kExit) return {bit(0)};
  if (is_jump(i)) return {};
  return {bit(i.dst_reg) | (by_register(i) ? bit(i.src_reg) : 0)};
}

Effect of_alu(const bpf_insn &i) {
  const uint8_t op = operation(i);
  const bool second = by_register(i) && op != BPF_NEG && op != BPF_END;
  const Places first = op == BPF_MOV ? 0 : bit(i.dst_reg);
  return pure(first | (second ? bit(i.src_reg) : 0), bit(i.dst_reg));
}

Effect of_store(const bpf_insn &i, const Spills &spills) {
  const bool atomic = BPF_MODE(i.code) == BPF_ATOMIC;
  const Places from = bit(i.dst_reg) | (kind(i) == BPF_STX ? bit(i.src_reg) : 0);
  const Spills::Named slot = spills.named(i);
  const Places places = slot.bits << kRegisters;
  if (atomic) return {from | bit(0) | places};
  if (!slot.bits) return {from};
  return {from, slot.whole ? places : 0, places, true};
}

Effect of(const bpf_insn &i, const Spills &spills) {
  switch (kind(i)) {
    case BPF_ALU:
    case BPF_ALU64: return of_alu(i);
    case BPF_LDX: return pure(bit(i.src_reg) | spills.named(i).bits << kRegisters, bit(i.dst_reg));
    case BPF_LD: return {0, bit(i.dst_reg), bit(i.dst_reg), i.code == kLoadImm64};
    case BPF_ST:
    case BPF_STX: return of_store(i, spills);
    default: return of_jump(i);
  }
}

class Flow {
 public:
  Flow(const std::vector<Step> &steps, const Spills &spills) : steps_(steps), before_(steps.size() + 1) {
    for (const Step &s : steps) effects_.push_back(of(s.insn, spills));
    while (pass()) {
    }
  }

  Places before(int k) const { return before_[k]; }
  Places after(int k) const {
    const Step &s = steps_[k];
    if (s.insn.code == kExit) return 0;
    if (is_jump(s.insn)) return before_[s.target];
    return is_branch(s.insn) ? before_[k + 1] | before_[s.target] : before_[k + 1];
  }
  const Effect &effect(int k) const { return effects_[k]; }
  bool live(int k) const { return !effects_[k].pure || (after(k) & effects_[k].touches); }

 private:
  const std::vector<Step> &steps_;
  std::vector<Effect> effects_;
  std::vector<Places> before_;

  bool pass() {
    bool changed = false;
    for (int k = steps_.size(); k-- > 0;) {
      const Effect &e = effects_[k];
      const Places later = after(k);
      // what writes only what nobody reads reads nothing that matters
      const Places now = e.pure && !(later & e.touches) ? later : (later & ~e.writes) | e.reads;
      changed |= now != before_[k];
      before_[k] = now;
    }
    return changed;
  }
};

// Which slots hold something at once, slot by slot.
class Conflicts {
 public:
  Conflicts(const std::vector<Step> &steps, const Flow &flow) : with_(kSlots) {
    if (!steps.empty()) all(flow.before(0));  // what is read without having been written
    for (size_t k = 0; k < steps.size(); k++) {
      if (reaches_subprogram(steps[k].insn)) all(flow.before(steps[k].target));
      const Effect &e = flow.effect(k);
      used_ |= (e.reads | e.touches) >> kRegisters;
      if (flow.live(k) && e.touches >> kRegisters) all((flow.after(k) | e.touches));
    }
  }

  // The lowest place of each slot that none of those before it, which hold something at once with it, has.
  std::vector<int> places() const {
    std::vector<int> places(kSlots);
    for (int slot = 0; slot < kSlots; slot++) {
      if (!(used_ & bit(slot))) continue;
      uint64_t taken = 0;
      for (int other = 0; other < slot; other++)
        if (used_ & with_[slot] & bit(other)) taken |= bit(places[other]);
      while (taken & bit(places[slot])) places[slot]++;
    }
    return places;
  }

 private:
  std::vector<uint64_t> with_;
  uint64_t used_ = 0;

  void all(Places at_once) {
    const uint64_t slots = at_once >> kRegisters;
    for (uint64_t rest = slots; rest; rest &= rest - 1) with_[__builtin_ctzll(rest)] |= slots;
  }
};

}  // namespace

Spills::Spills(int below) : top_(below == INT_MIN ? INT_MIN : -8 * ((-below + 7) / 8)) {}

Spills::Named Spills::named(const bpf_insn &insn) const {
  const uint8_t base = kind(insn) == BPF_LDX ? insn.src_reg : insn.dst_reg;
  return base == kFramePointer ? at(insn.off, size_bytes(insn)) : Named{0, false};
}

Spills::Named Spills::at(int offset, int size) const {
  if (top_ == INT_MIN || offset + size > top_) return {0, false};
  const int first = (top_ - offset - size) / 8, last = (top_ - offset - 1) / 8;
  if (last >= kSlots) return {0, false};
  return {bit(first) | bit(last), size == 8 && first == last};
}

std::vector<uint64_t> live_before(const std::vector<bpf_insn> &code, const Spills &spills) {
  const int count = code.size();
  std::vector<Step> steps;
  std::vector<int> index(count, -1);
  for (int i = 0; i < count; i += slots(code[i])) {
    index[i] = steps.size();
    steps.push_back({i, code[i]});
  }
  for (Step &s : steps) {
    if (is_jump(s.insn) || is_branch(s.insn)) s.target = index[s.at + 1 + distance(s.insn)];
    if (reaches_subprogram(s.insn)) s.target = index[subprogram(code.data(), s.at)];
  }
  const Flow flow(steps, spills);
  std::vector<uint64_t> live(count);
  for (size_t k = 0; k < steps.size(); k++) live[steps[k].at] = flow.before(k);
  return live;
}

Liveness liveness_of(const std::vector<Step> &steps, const Spills &spills) {
  const Flow flow(steps, spills);
  Liveness result;
  for (size_t k = 0; k < steps.size(); k++) result.live.push_back(flow.live(k));
  for (int place : Conflicts(steps, flow).places()) result.offsets.push_back(spills.offset_of(place));
  return result;
}

}  // namespace tracegate
