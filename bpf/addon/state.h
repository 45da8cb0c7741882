// SPDX-License-Identifier: Apache-2.0
// What is known of each register and spill slot at one point of a program.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "instruction.h"
#include "known_bits.h"

namespace tracegate {

// A 64-bit constant, a number of which some bits are known, an address in the configuration map (its offset), one somewhere in
// that map, a map of one element (what the program calls it), that element's address, or unknown.
struct Value {
  enum Kind : uint8_t { kUnknown, kConstant, kPartly, kConfig, kSomewhere, kSingle, kElement } kind = kUnknown;
  uint64_t bits = 0;  // of a number: those that are 1
  uint64_t open = 0;  // kPartly: those that are not known

  bool constant() const { return kind == kConstant; }
  bool number() const { return kind == kConstant || kind == kPartly; }
  bool definite() const { return kind == kConstant || kind == kConfig; }
  bool in_config() const { return kind == kConfig || kind == kSomewhere; }
  bool operator==(const Value &o) const {
    return kind == o.kind && open == o.open && (bits == o.bits || !(number() || definite() || kind == kSingle));
  }
  // what holds of either
  Value meet(const Value &o) const {
    if (*this == o) return *this;
    if (number() && o.number()) return of_bits(known().meet(o.known()));
    return in_config() && o.in_config() ? Value{kSomewhere} : Value();
  }
  KnownBits known() const { return number() ? KnownBits{bits, open} : KnownBits(); }
  static Value of(uint64_t bits) { return {kConstant, bits}; }
  static Value of_bits(const KnownBits &b) { return b.none() ? Value() : Value{b.whole() ? kConstant : kPartly, b.ones, b.open}; }
};

// The registers, and the stack slots the compiler spills to.
class State {
 public:
  std::array<Value, kRegisters> registers;

  void store(int offset, int size_bytes, Value value);
  Value load(int offset, int size_bytes) const;
  // keeps what `other` knows as well; true when that was less than before
  bool meet(const State &other);
  // whether both know of one place, and not the same
  bool contradicts(const State &other) const;
  // forgets the places that are not in `live` (see liveness.h)
  void keep(uint64_t live, int spills_below);

 private:
  struct Slot { int offset, size_bytes; Value value; };
  std::vector<Slot> slots_;
};

}  // namespace tracegate
