// SPDX-License-Identifier: Apache-2.0
// The loops of a program, each with one way in, as a compiler writes them (natural loops: Aho, Lam, Sethi and Ullman, 9.6.6).
// What has several ways in is not taken for one.
#pragma once
#include <linux/bpf.h>

#include <vector>

namespace tracegate {

class Loops {
 public:
  Loops() = default;
  // `leaders`: where a block begins
  Loops(const std::vector<bpf_insn> &code, const std::vector<bool> &leaders);

  int count() const { return (int)loops_.size(); }
  // Of the block that begins at `at`: the loop it is the way into, the innermost that holds it; -1: none.
  int headed_by(int at) const { return headed_by_[at]; }
  int innermost(int at) const { return innermost_[at]; }
  int around(int loop) const { return loops_[loop].around; }
  bool within(int at, int loop) const;
  int head(int loop) const { return loops_[loop].head; }

 private:
  struct Loop { int head, around; };
  std::vector<Loop> loops_;
  std::vector<int> headed_by_, innermost_;  // by instruction
};

}  // namespace tracegate
