// SPDX-License-Identifier: Apache-2.0
#include "specialise.h"

#include <map>
#include <stdexcept>

#include "constants.h"
#include "liveness.h"
#include "ways.h"

namespace tracegate {
namespace {

constexpr uint8_t kJump = BPF_JMP | BPF_JA;
constexpr uint8_t kMove64 = BPF_ALU64 | BPF_MOV | BPF_K;
constexpr uint8_t kMove32 = BPF_ALU | BPF_MOV | BPF_K;

bool fits(int64_t v) { return v >= INT32_MIN && v <= INT32_MAX; }

// What a template's reachable instructions become, in its order.
class Rewriting {
 public:
  Rewriting(const Template &from, const Config &config, const std::vector<bool> &written_out)
      : code_(from.insns.data()), analysis_(from, config, written_out), index_(from.insns.size(), -1) {
    steps.reserve(1024);
    for (auto it = analysis_.blocks().begin(); it != analysis_.blocks().end(); it++) {
      const auto after = std::next(it);
      block(it->first, it->second, after == analysis_.blocks().end() ? nullptr : &after->first);
    }
    for (const auto &[step, place] : ways_) steps[step].target = first_.at(place);
  }

  std::vector<Step> steps;

  void move_spills(const Spills &spills, const std::vector<int> &offsets) {
    for (Step &s : steps) {
      if (kind(s.insn) != BPF_LDX && kind(s.insn) != BPF_ST && kind(s.insn) != BPF_STX) continue;
      const uint64_t slots = spills.named(s.insn).bits;
      if (!slots) continue;
      const int slot = __builtin_ctzll(slots);
      s.insn.off += offsets[slot] - spills.offset_of(slot);
    }
  }

  // The first step that a template's instruction became; -1: never reached.
  int index_of(int at) const { return index_[at]; }

 private:
  const bpf_insn *code_;
  Analysis analysis_;
  std::vector<int> index_;
  std::map<Place, int, Analysis::Order> first_{Analysis::Order{analysis_.blocks().key_comp()}};
  std::vector<std::pair<int, Place>> ways_;  // steps that lead on to a block

  // `after`: the block that comes next in the result.
  void block(const Place &place, const Block &block, const Place *after) {
    first_.emplace_hint(first_.end(), place, steps.size());
    analysis_.walk(place.at, block.before, [this](int i, const State &state) {
      if (index_[i] < 0) index_[i] = steps.size();
      if (reaches_subprogram(code_[i])) ways_.push_back({(int)steps.size(), {0, subprogram(code_, i)}});
      steps.push_back(instruction(i, state));
    });
    const int last = steps.size() - 1, at = steps[last].at;
    if (steps[last].insn.code == kExit) return;
    const Place falls = {block.falls, at + slots(code_[at])}, taken = {block.taken, at + 1 + distance(code_[at])};
    if (is_jump(steps[last].insn)) ways_.push_back({last, block.taken < 0 ? falls : taken});
    else {
      if (is_branch(steps[last].insn)) ways_.push_back({last, taken});
      if (after && *after == falls) return;
      ways_.push_back({last + 1, falls});
      steps.push_back({at, {kJump, 0, 0, 0, 0}});
    }
  }

  Step instruction(int i, const State &state) const {
    Step step = {i, code_[i]};
    if (slots(step.insn) == 2) step.upper = (uint32_t)code_[i + 1].imm;
    const Value given = is_alu(step.insn) || kind(step.insn) == BPF_LDX ? analysis_.result(i, state) : Value();
    if (given.constant()) constant(step, given.bits);
    else if (is_alu(step.insn)) alu(step.insn, state);
    else if (is_branch(step.insn)) branch(i, step.insn, state);
    else if (analysis_.asks_single(i, state))
      step.insn = {kLoadImm64, 0, BPF_PSEUDO_MAP_VALUE, 0, (int32_t)state.registers[1].bits};
    return step;
  }

  static void constant(Step &step, uint64_t value) {
    const uint8_t dst = step.insn.dst_reg;
    if (fits((int64_t)value)) step.insn = {kMove64, dst, 0, 0, (int32_t)value};
    else if (value <= UINT32_MAX) step.insn = {kMove32, dst, 0, 0, (int32_t)value};
    else {
      step.insn = {kMove64, dst, 0, 0, 0};
      step.upper = value;
      step.wide = true;
    }
  }

  static void alu(bpf_insn &insn, const State &state) {
    const uint8_t op = operation(insn);
    if (op == BPF_END || op == BPF_NEG || insn.off != 0) return;
    // a mask of all bits: what is masked, unchanged
    const bool all = insn.code == (BPF_ALU64 | BPF_AND | BPF_X) && state.registers[insn.dst_reg] == Value::of(UINT64_MAX);
    if (all) insn.code = BPF_ALU64 | BPF_MOV | BPF_X;
    else operand(insn, state);
  }

  void branch(int i, bpf_insn &insn, const State &state) const {
    const int way = analysis_.way(i, state);
    if (way == -1) operand(insn, state);
    else insn = {kJump, 0, 0, 0, 0};
  }

  // A register operand that is a small constant becomes the immediate.
  static void operand(bpf_insn &insn, const State &state) {
    if (!by_register(insn)) return;
    const Value value = state.registers[insn.src_reg];
    const bool narrow = kind(insn) == BPF_ALU || kind(insn) == BPF_JMP32;
    const int64_t given = narrow ? (int32_t)value.bits : (int64_t)value.bits;
    if (!value.constant() || !fits(given)) return;
    insn.code &= ~BPF_X;
    insn.src_reg = 0;
    insn.imm = (int32_t)given;
  }
};

int slots_of(const Step &s) { return s.wide ? 2 : slots(s.insn); }

// The place of each step in the result, and its length; a step that is left out stands for the next that is kept.
std::vector<int> places_of(const std::vector<Step> &steps, const std::vector<bool> &kept) {
  std::vector<int> places;
  int place = 0;
  for (size_t k = 0; k < steps.size(); k++) {
    places.push_back(place);
    if (kept[k]) place += slots_of(steps[k]);
  }
  places.push_back(place);
  return places;
}

void emit(const Step &step, int place, const std::vector<int> &places, const Config &config, bpf_insn *to) {
  const bpf_insn &insn = to[0] = step.insn;
  if (step.wide) {
    to[0] = {kLoadImm64, insn.dst_reg, 0, 0, (int32_t)step.upper};
    to[1] = {0, 0, 0, 0, (int32_t)(step.upper >> 32)};
    return;
  }
  if (slots(insn) == 2) to[1] = {0, 0, 0, 0, (int32_t)step.upper};
  if (step.target >= 0) {
    const int32_t far = places[step.target] - place - 1;
    const bool in_immediate = reaches_subprogram(insn) || kind(insn) == BPF_JMP32;
    if (in_immediate && !is_branch(insn)) to[0].imm = far;
    else if (far == (int16_t)far) to[0].off = (int16_t)far;
    else throw std::length_error("a jump leads further than its distance can say");
  }
  const bool of_map = insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE;
  if (insn.code == kLoadImm64 && of_map && insn.imm == config.template_fd) to[0].imm = config.fd;
}

Specialised with_loops(const Template &from, const Config &config, const std::vector<int> &wanted, const std::vector<bool> &written_out) {
  Rewriting r(from, config, written_out);
  const Spills spills(from.spills_below);
  const Liveness liveness = liveness_of(r.steps, spills);
  const std::vector<bool> kept = kept_of(r.steps, liveness.live);
  r.move_spills(spills, liveness.offsets);
  const std::vector<int> places = places_of(r.steps, kept);
  Specialised s;
  s.insns.resize(places.back());
  for (size_t k = 0; k < r.steps.size(); k++)
    if (kept[k]) emit(r.steps[k], places[k], places, config, &s.insns[places[k]]);
  for (int at : wanted) {
    const int k = r.index_of(at);
    s.places.push_back(k < 0 ? -1 : places[k]);
  }
  return s;
}

}  // namespace

Specialised specialise(const Template &from, const Config &config, const std::vector<int> &wanted) {
  try {
    return with_loops(from, config, wanted, from.reading(config.template_fd));
  } catch (const std::length_error &) {
    return with_loops(from, config, wanted, std::vector<bool>(from.loops.count()));
  }
}

}  // namespace tracegate
