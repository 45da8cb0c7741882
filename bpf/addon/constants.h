// SPDX-License-Identifier: Apache-2.0
// What is constant at each reachable point, given the frozen configuration: conditional constant propagation (Wegman
// and Zadeck's, without the SSA form), block by block. A branch on two constants leads one way only; what no path
// reaches has no state.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "instruction.h"
#include "specialise.h"

namespace tracegate {

// A 64-bit constant, an address in the configuration map (its offset), or unknown.
struct Value {
  enum Kind : uint8_t { kUnknown, kConstant, kConfig } kind = kUnknown;
  uint64_t bits = 0;

  bool constant() const { return kind == kConstant; }
  bool operator==(const Value &o) const { return kind == o.kind && (kind == kUnknown || bits == o.bits); }
  static Value of(uint64_t bits) { return {kConstant, bits}; }
};

// The registers, and the stack slots the compiler spills to.
class State {
 public:
  std::array<Value, kRegisters> registers;

  void store(int offset, int size_bytes, Value value);
  Value load(int offset, int size_bytes) const;
  // keeps what `other` knows as well; true when that was less than before
  bool meet(const State &other);

 private:
  struct Slot { int offset, size_bytes; Value value; };
  std::vector<Slot> slots_;
};

class Analysis {
 public:
  Analysis(const Template &from, const Config &config);

  // every reachable instruction with the state before it
  void for_each(const std::function<void(int, const State &)> &visit) const;
  // what an instruction that writes its register gives
  Value result(int i, const State &state) const;
  // a branch's one way: 1 taken, 0 not, -1 either
  int way(int i, const State &state) const;

 private:
  const Template &from_;
  const bpf_insn *code_;
  const Config &config_;
  std::map<int, State> blocks_;  // by where they begin
  std::set<int> work_;           // in the program's order: a block after most of those that lead to it

  int target(int i) const { return i + 1 + distance(code_[i]); }
  void run();
  int run_block(int at, State &state);
  void reach(int at, const State &state);
  void step(int i, State &state) const;
  void step_store(int i, State &state) const;
  Value operand(int i, const State &state) const;
  Value alu(int i, const State &state) const;
  Value loaded(int i, const State &state) const;
  Value immediate64(int i) const;
};

}  // namespace tracegate
