// SPDX-License-Identifier: Apache-2.0
#include "constants.h"

#include <algorithm>
#include <cstring>

namespace tracegate {
namespace {

constexpr int kTurns = 8;        // of a loop that is written out
constexpr size_t kBlocks = 6000;  // from here on no more turns

// An ALU operation on 64 or 32 bits; the result is zero-extended from 32 bits. Unknown: division, byte order.
Value compute(uint8_t op, bool wide, uint64_t a, uint64_t b) {
  if (!wide) a = (uint32_t)a, b = (uint32_t)b;
  const unsigned shift = b & (wide ? 63 : 31);
  uint64_t r;
  switch (op) {
    case BPF_ADD: r = a + b; break;
    case BPF_SUB: r = a - b; break;
    case BPF_MUL: r = a * b; break;
    case BPF_OR: r = a | b; break;
    case BPF_AND: r = a & b; break;
    case BPF_XOR: r = a ^ b; break;
    case BPF_LSH: r = a << shift; break;
    case BPF_RSH: r = a >> shift; break;
    case BPF_ARSH: r = wide ? (uint64_t)((int64_t)a >> shift) : (uint64_t)((int32_t)a >> shift); break;
    case BPF_NEG: r = -a; break;
    case BPF_MOV: r = b; break;
    default: return {};
  }
  return Value::of(wide ? r : (uint32_t)r);
}

// Of an address in the configuration and a distance, whichever stands first.
Value sum(const Value &a, const Value &b) {
  if (a.in_config() && b.in_config()) return {};
  return a.definite() && b.definite() ? Value{Value::kConfig, a.bits + b.bits} : Value{Value::kSomewhere};
}

// Whether a branch is taken; -1: a condition this does not know.
int decide(uint8_t op, bool wide, uint64_t a, uint64_t b) {
  if (!wide) a = (uint32_t)a, b = (uint32_t)b;
  const int64_t x = wide ? (int64_t)a : (int32_t)a, y = wide ? (int64_t)b : (int32_t)b;
  switch (op) {
    case BPF_JEQ: return a == b;
    case BPF_JNE: return a != b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    case BPF_JLT: return a < b;
    case BPF_JLE: return a <= b;
    case BPF_JSET: return (a & b) != 0;
    case BPF_JSGT: return x > y;
    case BPF_JSGE: return x >= y;
    case BPF_JSLT: return x < y;
    case BPF_JSLE: return x <= y;
    default: return -1;
  }
}

}  // namespace

Analysis::Analysis(const Template &from, const Config &config, std::vector<bool> written_out)
    : from_(from),
      code_(from.insns.data()),
      config_(config),
      written_out_(std::move(written_out)),
      contexts_(from.loops),
      blocks_(Order{&contexts_}),
      work_(Order{&contexts_}) {
  run();
  if (forgotten_) drop_unreached();
}

// Makes it known that the block at `at` is reached with `state`; gives the context it is reached in.
int Analysis::reach(int context, int at, State state) {
  state.keep(from_.live[at], from_.spills_below);
  const int to = turn_of(contexts_.left(context, at), at, state);
  if (given_up_) return -1;
  const auto block = blocks_.lower_bound({to, at});
  if (block == blocks_.end() || !(block->first == Place{to, at})) {
    blocks_.emplace_hint(block, Place{to, at}, Block{std::move(state)});
    work_.insert({to, at});
  } else if (block->second.before.meet(state)) work_.insert({to, at});
  return to;
}

// The context a block has; where it is the way into a loop that is written out, the turn that begins there.
int Analysis::turn_of(int context, int at, const State &state) {
  const int loop = from_.loops.headed_by(at);
  if (loop < 0 || !written_out_[loop]) return context;
  std::vector<Turn> turns = contexts_.turns(context);
  if (turns.empty() || turns.back().loop != loop) {
    turns.push_back({loop, 0});
    return contexts_.of(turns);
  }
  const int turn = ++turns.back().turn, next = contexts_.of(turns);
  if (blocks_.count({next, at})) return next;
  // what is known is what was known a turn ago: it goes round
  if (!state.contradicts(blocks_.at({context, at}).before)) return context;
  if (turn < kTurns && blocks_.size() < kBlocks) return next;
  give_up(loop);
  return context;
}

// Too long to be written out: what was found of its turns is forgotten, and the blocks before it lead into it anew.
void Analysis::give_up(int loop) {
  written_out_[loop] = false;
  given_up_ = forgotten_ = true;
  const auto in_turn = [&](int context) { return context >= 0 && contexts_.holds(context, loop); };
  for (auto it = blocks_.begin(); it != blocks_.end();) {
    if (in_turn(it->first.context)) {
      work_.erase(it->first);
      it = blocks_.erase(it);
      continue;
    }
    if (in_turn(it->second.falls) || in_turn(it->second.taken)) work_.insert(it->first);
    it++;
  }
}

void Analysis::run() {
  reach(0, 0, State());
  while (!work_.empty()) {
    given_up_ = false;
    follow(work_.extract(work_.begin()).value());
  }
}

// Carries a block's state to those its end leads to.
void Analysis::follow(const Place &place) {
  State state = blocks_.at(place).before;
  const int last = run_block(place.at, state);
  const bpf_insn &insn = code_[last];
  const int one = is_branch(insn) ? way(last, state) : -1;
  step(last, state);
  int falls = -1, taken = -1;
  const bool goes_on = insn.code != kExit && !is_jump(insn) && one != 1;
  const bool leaps = is_jump(insn) || (is_branch(insn) && one != 0);
  if (goes_on) falls = reach(place.context, last + slots(insn), leaps ? state : std::move(state));
  if (leaps && !given_up_) taken = reach(place.context, target(last), std::move(state));
  const auto block = blocks_.find(place);
  if (block == blocks_.end()) return;
  if (given_up_) work_.insert(place);
  const auto moved = [](int was, int is) { return was >= 0 && was != is; };
  if (moved(block->second.falls, falls) || moved(block->second.taken, taken)) forgotten_ = true;
  block->second.falls = falls;
  block->second.taken = taken;
}

// What only led on from turns that were forgotten is reached no more.
void Analysis::drop_unreached() {
  std::set<Place, Order> reached(Order{&contexts_});
  std::vector<Place> open = {{0, 0}};
  while (!open.empty()) {
    const Place place = open.back();
    open.pop_back();
    if (!reached.insert(place).second) continue;
    const Block &block = blocks_.at(place);
    int last = place.at;
    walk(place.at, block.before, [&](int i, const State &) {
      last = i;
      if (reaches_subprogram(code_[i])) open.push_back({0, subprogram(code_, i)});
    });
    if (block.falls >= 0) open.push_back({block.falls, last + slots(code_[last])});
    if (block.taken >= 0) open.push_back({block.taken, target(last)});
  }
  for (auto it = blocks_.begin(); it != blocks_.end();) it = reached.count(it->first) ? std::next(it) : blocks_.erase(it);
}

// Carries `state` up to a block's last instruction, whose index it gives.
int Analysis::run_block(int at, State &state) {
  for (int i = at;; i += slots(code_[i])) {
    // a subprogram begins with nothing known
    if (reaches_subprogram(code_[i])) reach(0, subprogram(code_, i), State());
    if (ends_block(code_[i]) || from_.leaders[i + slots(code_[i])]) return i;
    step(i, state);
  }
}

bool Analysis::asks_single(int i, const State &state) const {
  const bpf_insn &insn = code_[i];
  return insn.code == kCall && insn.src_reg == 0 && insn.imm == BPF_FUNC_map_lookup_elem && state.registers[1].kind == Value::kSingle;
}

int Analysis::way(int i, const State &state) const {
  const Value a = state.registers[code_[i].dst_reg], b = operand(i, state);
  const bool wide = kind(code_[i]) == BPF_JMP;
  if (a.kind == Value::kElement && b == Value::of(0) && wide) {
    if (operation(code_[i]) == BPF_JEQ) return 0;
    if (operation(code_[i]) == BPF_JNE) return 1;
  }
  if (!a.constant() || !b.constant()) return decide_by_bits(operation(code_[i]), wide, a.known(), b.known());
  return decide(operation(code_[i]), wide, a.bits, b.bits);
}

void Analysis::step(int i, State &state) const {
  const bpf_insn &insn = code_[i];
  switch (kind(insn)) {
    case BPF_ST:
    case BPF_STX:
      step_store(i, state);
      return;
    case BPF_JMP:
    case BPF_JMP32:
      if (insn.code == kCall) step_call(i, state);
      return;
    default:
      state.registers[insn.dst_reg] = result(i, state);
  }
}

void Analysis::step_call(int i, State &state) const {
  const bool single = asks_single(i, state);
  std::fill_n(state.registers.begin(), 6, Value());
  if (single) state.registers[0] = {Value::kElement, 0};
}

void Analysis::step_store(int i, State &state) const {
  const bpf_insn &insn = code_[i];
  const bool atomic = BPF_MODE(insn.code) == BPF_ATOMIC;
  // fetching forms write the source register, compare-and-exchange writes r0
  if (atomic) state.registers[insn.src_reg] = state.registers[0] = {};
  if (insn.dst_reg != kFramePointer) return;
  const int size = size_bytes(insn);
  Value value;
  if (!atomic && insn.off + size <= from_.spills_below) {
    value = kind(insn) == BPF_ST ? Value::of((int64_t)insn.imm) : state.registers[insn.src_reg];
    const uint64_t written = size < 8 ? (1ULL << 8 * size) - 1 : UINT64_MAX;
    if (size < 8) value = value.number() ? Value::of_bits({value.bits & written, value.open & written}) : Value();
  }
  state.store(insn.off, size, value);
}

Value Analysis::operand(int i, const State &state) const {
  const bpf_insn &insn = code_[i];
  return by_register(insn) ? state.registers[insn.src_reg] : Value::of((int64_t)insn.imm);
}

Value Analysis::result(int i, const State &state) const {
  switch (kind(code_[i])) {
    case BPF_ALU:
    case BPF_ALU64: return alu(i, state);
    case BPF_LDX: return loaded(i, state);
    default: return immediate64(i);
  }
}

Value Analysis::alu(int i, const State &state) const {
  const bpf_insn &insn = code_[i];
  if (insn.off != 0) return {};  // sign-extending moves, signed division
  const bool wide = kind(insn) == BPF_ALU64;
  const uint8_t op = operation(insn);
  const Value a = state.registers[insn.dst_reg], b = operand(i, state);
  if (op == BPF_MOV && wide) return b;
  if (op == BPF_ADD && wide && (a.in_config() || b.in_config())) return sum(a, b);
  if (a.constant() && b.constant()) return compute(op, wide, a.bits, b.bits);
  return Value::of_bits(combine(op, wide, a.known(), b.known()));
}

Value Analysis::loaded(int i, const State &state) const {
  const bpf_insn &insn = code_[i];
  if (BPF_MODE(insn.code) != BPF_MEM) return {};
  const int size = size_bytes(insn);
  if (insn.src_reg == kFramePointer) return state.load(insn.off, size);
  const Value address = state.registers[insn.src_reg];
  if (address.kind != Value::kConfig) return {};
  const int64_t at = (int64_t)address.bits + insn.off;
  if (at < 0 || at + size > (int64_t)config_.size) return {};
  uint64_t bits = 0;
  memcpy(&bits, config_.bytes + at, size);  // little-endian, as x86-64 is
  return Value::of(bits);
}

Value Analysis::immediate64(int i) const {
  const bpf_insn &insn = code_[i];
  if (insn.code != kLoadImm64) return {};
  if (insn.src_reg == BPF_PSEUDO_MAP_VALUE && insn.imm == config_.template_fd)
    return {Value::kConfig, (uint64_t)(int64_t)code_[i + 1].imm};
  const auto &single = config_.single;
  if (insn.src_reg == BPF_PSEUDO_MAP_FD && std::find(single.begin(), single.end(), insn.imm) != single.end())
    return {Value::kSingle, (uint64_t)insn.imm};
  if (insn.src_reg != 0) return {};
  return Value::of((uint64_t)(uint32_t)code_[i + 1].imm << 32 | (uint32_t)insn.imm);
}

}  // namespace tracegate
