// SPDX-License-Identifier: Apache-2.0
// What is constant at each reachable point, given the frozen configuration: conditional constant propagation (Wegman
// and Zadeck's, without the SSA form), block by block. A branch on two constants leads one way only; what no path
// reaches has no state. A loop is followed turn by turn where that tells more, so that its counter is a constant in each.
#pragma once
#include <map>
#include <set>
#include <vector>

#include "contexts.h"
#include "instruction.h"
#include "specialise.h"
#include "state.h"

namespace tracegate {

// A block of the template, in a turn of each loop around it that is written out.
struct Place {
  int context, at;
  bool operator==(const Place &o) const { return context == o.context && at == o.at; }
};

struct Block {
  State before;
  int falls = -1, taken = -1;  // the contexts its end leads on to; -1: it does not
};

class Analysis {
 public:
  struct Order {
    const Contexts *contexts;
    bool operator()(const Place &a, const Place &b) const { return contexts->before(a.context, a.at, b.context, b.at); }
  };
  using Blocks = std::map<Place, Block, Order>;

  // `written_out`: the loops that may be followed turn by turn
  Analysis(const Template &from, const Config &config, std::vector<bool> written_out);

  // every reachable block, in the order of the result
  const Blocks &blocks() const { return blocks_; }
  // a block's instructions with the state before each
  template <typename Visit>  // takes the instruction and the state
  void walk(int at, State state, const Visit &visit) const {
    for (int i = at;;) {
      visit(i, state);
      if (ends_block(code_[i])) return;
      step(i, state);
      i += slots(code_[i]);
      if (from_.leaders[i]) return;
    }
  }
  // what an instruction that writes its register gives
  Value result(int i, const State &state) const;
  // whether a call asks a map of one element for it
  bool asks_single(int i, const State &state) const;
  // a branch's one way: 1 taken, 0 not, -1 either
  int way(int i, const State &state) const;

 private:
  const Template &from_;
  const bpf_insn *code_;
  const Config &config_;
  std::vector<bool> written_out_;
  Contexts contexts_;
  Blocks blocks_;
  std::set<Place, Order> work_;  // in the program's order: a block after most of those that lead to it
  bool given_up_ = false;        // a loop, while the block at hand was looked at
  bool forgotten_ = false;       // something that had been reached

  int target(int i) const { return i + 1 + distance(code_[i]); }
  void run();
  void follow(const Place &place);
  int run_block(int at, State &state);
  int reach(int context, int at, State state);
  int turn_of(int context, int at, const State &state);
  void give_up(int loop);
  void drop_unreached();
  void step(int i, State &state) const;
  void step_call(int i, State &state) const;
  void step_store(int i, State &state) const;
  Value operand(int i, const State &state) const;
  Value alu(int i, const State &state) const;
  Value loaded(int i, const State &state) const;
  Value immediate64(int i) const;
};

}  // namespace tracegate
