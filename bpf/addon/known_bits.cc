// SPDX-License-Identifier: Apache-2.0
#include "known_bits.h"

#include <linux/bpf.h>

namespace tracegate {
namespace {

KnownBits both(const KnownBits &a, const KnownBits &b) {
  const uint64_t ones = a.ones & b.ones;
  return {ones, a.most() & b.most() & ~ones};
}

KnownBits either(const KnownBits &a, const KnownBits &b) {
  const uint64_t ones = a.ones | b.ones;
  return {ones, (a.open | b.open) & ~ones};
}

KnownBits one_of(const KnownBits &a, const KnownBits &b) {
  const uint64_t open = a.open | b.open;
  return {(a.ones ^ b.ones) & ~open, open};
}

int equal(const KnownBits &a, const KnownBits &b) {
  if ((a.ones ^ b.ones) & ~(a.open | b.open)) return 0;
  return a.whole() && b.whole() ? 1 : -1;
}

int any_in_common(const KnownBits &a, const KnownBits &b) {
  if (a.ones & b.ones) return 1;
  return a.most() & b.most() ? -1 : 0;
}

int greater(const KnownBits &a, const KnownBits &b) {
  if (a.ones > b.most()) return 1;
  return a.most() <= b.ones ? 0 : -1;
}

int opposite(int taken) { return taken < 0 ? -1 : !taken; }

}  // namespace

KnownBits combine(uint8_t op, bool wide, const KnownBits &first, const KnownBits &second) {
  const KnownBits a = first.low(wide), b = second.low(wide);
  const unsigned by = b.ones & (wide ? 63 : 31);
  switch (op) {
    case BPF_AND: return both(a, b);
    case BPF_OR: return either(a, b);
    case BPF_XOR: return one_of(a, b);
    case BPF_MOV: return b;
    case BPF_LSH: return b.whole() ? KnownBits{a.ones << by, a.open << by}.low(wide) : KnownBits();
    case BPF_RSH: return b.whole() ? KnownBits{a.ones >> by, a.open >> by} : KnownBits();
    default: return {};
  }
}

int decide_by_bits(uint8_t op, bool wide, const KnownBits &first, const KnownBits &second) {
  const KnownBits a = first.low(wide), b = second.low(wide);
  switch (op) {
    case BPF_JEQ: return equal(a, b);
    case BPF_JNE: return opposite(equal(a, b));
    case BPF_JSET: return any_in_common(a, b);
    case BPF_JGT: return greater(a, b);
    case BPF_JLE: return opposite(greater(a, b));
    case BPF_JLT: return greater(b, a);
    case BPF_JGE: return opposite(greater(b, a));
    default: return -1;
  }
}

}  // namespace tracegate
