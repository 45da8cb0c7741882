// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include <algorithm>

#include "liveness.h"

namespace tracegate {

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
  const auto take = [&less](Value &mine, const Value &theirs) {
    const Value both = mine.meet(theirs);
    less |= !(both == mine);
    mine = both;
  };
  for (int r = 0; r < kRegisters; r++) take(registers[r], other.registers[r]);
  for (Slot &s : slots_) take(s.value, other.load(s.offset, s.size_bytes));
  const auto unknown = [](const Slot &s) { return s.value.kind == Value::kUnknown; };
  slots_.erase(std::remove_if(slots_.begin(), slots_.end(), unknown), slots_.end());
  return less;
}

bool State::contradicts(const State &other) const {
  const auto differ = [](const Value &a, const Value &b) { return a.definite() && b.definite() && !(a == b); };
  for (int r = 0; r < kRegisters; r++)
    if (differ(registers[r], other.registers[r])) return true;
  for (const Slot &s : slots_)
    if (differ(s.value, other.load(s.offset, s.size_bytes))) return true;
  return false;
}

void State::keep(uint64_t live, int spills_below) {
  for (int r = 0; r < kRegisters; r++)
    if (!(live >> r & 1)) registers[r] = {};
  const Spills spills(spills_below);
  const auto dead = [&](const Slot &s) {
    const uint64_t bits = spills.at(s.offset, s.size_bytes).bits;
    return bits && !(live >> kRegisters & bits);
  };
  slots_.erase(std::remove_if(slots_.begin(), slots_.end(), dead), slots_.end());
}

}  // namespace tracegate
