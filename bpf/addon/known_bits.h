// SPDX-License-Identifier: Apache-2.0
// What is known of a number bit by bit. A condition that the compiler put together without branches (`a & b` of two bits, one of
// them the configuration's) is settled by one side, whatever the other is.
#pragma once
#include <cstdint>

namespace tracegate {

struct KnownBits {
  uint64_t ones = 0;            // the bits that are 1
  uint64_t open = UINT64_MAX;   // those of which it is not known

  bool whole() const { return open == 0; }
  bool none() const { return open == UINT64_MAX; }
  uint64_t most() const { return ones | open; }
  bool operator==(const KnownBits &o) const { return ones == o.ones && open == o.open; }
  KnownBits low(bool wide) const { return wide ? *this : KnownBits{(uint32_t)ones, (uint32_t)open}; }
  // what holds of either
  KnownBits meet(const KnownBits &o) const {
    const uint64_t either = open | o.open | (ones ^ o.ones);
    return {ones & ~either, either};
  }
};

// Of an ALU operation on 64 or 32 bits (the result is zero-extended from 32).
KnownBits combine(uint8_t op, bool wide, const KnownBits &a, const KnownBits &b);

// Whether a branch is taken; -1: it may or may not.
int decide_by_bits(uint8_t op, bool wide, const KnownBits &a, const KnownBits &b);

}  // namespace tracegate
