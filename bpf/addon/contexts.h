// SPDX-License-Identifier: Apache-2.0
// Where an instruction of the result stems from: the template's, and the turns of the loops around it that are written out.
#pragma once
#include <cstddef>
#include <map>
#include <vector>

#include "loops.h"

namespace tracegate {

struct Turn {
  int loop, turn;
  bool operator<(const Turn &o) const { return loop != o.loop ? loop < o.loop : turn < o.turn; }
};

// The turns of the loops around, outermost first; each such list has a number, 0 is the empty one.
class Contexts {
 public:
  explicit Contexts(const Loops &loops);

  const std::vector<Turn> &turns(int context) const { return turns_[context]; }
  int of(const std::vector<Turn> &turns);
  // The context less the loops that the block at `at` lies outside of.
  int left(int context, int at);
  bool holds(int context, int loop) const;
  // In the template's order, turn after turn.
  bool before(int context, int at, int other_context, int other_at) const {
    return context == other_context ? at < other_at : turns_before(context, at, other_context, other_at);
  }

 private:
  const Loops &loops_;
  std::vector<std::vector<Turn>> turns_;
  std::vector<std::vector<int>> order_;  // by context: head and turn of each
  std::map<std::vector<Turn>, int> numbers_;

  bool turns_before(int context, int at, int other_context, int other_at) const;
};

}  // namespace tracegate
