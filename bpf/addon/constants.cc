// SPDX-License-Identifier: Apache-2.0
#include "constants.h"

#include <algorithm>
#include <cstring>

namespace tracegate {
namespace {

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

void State::store(int offset, int size_bytes, Value value) {
  const auto overlaps = [&](const Slot &s) {
    return s.offset < offset + size_bytes && s.offset + s.size_bytes > offset;
  };
  slots_.erase(std::remove_if(slots_.begin(), slots_.end(), overlaps), slots_.end());
  if (value.kind != Value::kUnknown) slots_.push_back({offset, size_bytes, value});
}

Value State::load(int offset, int size_bytes) const {
  for (const Slot &s : slots_)
    if (s.offset == offset && s.size_bytes == size_bytes) return s.value;
  return {};
}

bool State::meet(const State &other) {
  bool less = false;
  for (int r = 0; r < kRegisters; r++) {
    if (registers[r].kind == Value::kUnknown || registers[r] == other.registers[r]) continue;
    registers[r] = {};
    less = true;
  }
  const size_t before = slots_.size();
  const auto differs = [&](const Slot &s) { return !(other.load(s.offset, s.size_bytes) == s.value); };
  slots_.erase(std::remove_if(slots_.begin(), slots_.end(), differs), slots_.end());
  return less || slots_.size() < before;
}

Analysis::Analysis(const Template &from, const Config &config)
    : from_(from), code_(from.insns.data()), config_(config) {
  run();
}

void Analysis::reach(int at, const State &state) {
  const auto [block, first] = blocks_.try_emplace(at, state);
  if (first || block->second.meet(state)) work_.insert(at);
}

void Analysis::run() {
  reach(0, State());
  while (!work_.empty()) {
    const int at = work_.extract(work_.begin()).value();
    State state = blocks_.at(at);
    const int last = run_block(at, state);
    const bpf_insn &insn = code_[last];
    const int one = is_branch(insn) ? way(last, state) : -1;
    step(last, state);
    if (is_jump(insn)) reach(target(last), state);
    else if (insn.code != kExit) {
      if (one != 1) reach(last + slots(insn), state);
      if (is_branch(insn) && one != 0) reach(target(last), state);
    }
  }
}

// Carries `state` up to a block's last instruction, whose index it gives.
int Analysis::run_block(int at, State &state) {
  for (int i = at;; i += slots(code_[i])) {
    // a subprogram begins with nothing known
    if (reaches_subprogram(code_[i])) reach(subprogram(code_, i), State());
    if (ends_block(code_[i]) || from_.leaders[i + slots(code_[i])]) return i;
    step(i, state);
  }
}

void Analysis::for_each(const std::function<void(int, const State &)> &visit) const {
  for (const auto &[at, before] : blocks_) {
    State state = before;
    for (int i = at;;) {
      visit(i, state);
      if (ends_block(code_[i])) break;
      step(i, state);
      i += slots(code_[i]);
      if (from_.leaders[i]) break;
    }
  }
}

int Analysis::way(int i, const State &state) const {
  const Value a = state.registers[code_[i].dst_reg], b = operand(i, state);
  if (!a.constant() || !b.constant()) return -1;
  return decide(operation(code_[i]), kind(code_[i]) == BPF_JMP, a.bits, b.bits);
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
      if (insn.code == kCall) std::fill_n(state.registers.begin(), 6, Value());
      return;
    default:
      state.registers[insn.dst_reg] = result(i, state);
  }
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
    if (value.constant() && size < 8) value.bits &= (1ULL << 8 * size) - 1;
    if (!value.constant() && size < 8) value = {};
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
  if (!b.constant()) return {};
  if (op == BPF_MOV) return compute(op, wide, 0, b.bits);
  if (a.kind == Value::kConfig) return op == BPF_ADD && wide ? Value{Value::kConfig, a.bits + b.bits} : Value();
  return a.constant() ? compute(op, wide, a.bits, b.bits) : Value();
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
  if (insn.src_reg != 0) return {};
  return Value::of((uint64_t)(uint32_t)code_[i + 1].imm << 32 | (uint32_t)insn.imm);
}

}  // namespace tracegate
