// SPDX-License-Identifier: Apache-2.0
#include "loops.h"

#include <algorithm>

#include "instruction.h"

namespace tracegate {
namespace {

// The blocks in an order in which, but for loops, each comes after those that lead to it; and who dominates whom.
class Graph {
 public:
  Graph(const std::vector<bpf_insn> &code, const std::vector<bool> &leaders) : code_(code), leaders_(leaders) {
    number_.assign(code.size(), -1);
    roots_.assign(code.size(), false);
    visit(0);
    for (size_t i = 0; i < code.size(); i += slots(code[i]))
      if (reaches_subprogram(code[i])) visit(subprogram(code.data(), i));
    std::reverse(begins_.begin(), begins_.end());
    for (int b = 0; b < count(); b++) number_[begins_[b]] = b;
    from_.resize(count());
    for (int b = 0; b < count(); b++)
      for (int at : after(begins_[b])) from_[number_[at]].push_back(b);
    dominate();
  }

  int count() const { return begins_.size(); }
  int begin(int b) const { return begins_[b]; }
  const std::vector<int> &from(int b) const { return from_[b]; }
  bool root(int b) const { return roots_[begins_[b]]; }
  bool dominates(int a, int b) const {
    while (b > a && over_[b] != b) b = over_[b];
    return a == b;
  }

 private:
  const std::vector<bpf_insn> &code_;
  const std::vector<bool> &leaders_;
  std::vector<int> begins_, number_, over_;
  std::vector<std::vector<int>> from_;
  std::vector<bool> roots_;  // where the program and its subprograms begin, by instruction

  std::vector<int> after(int at) const {
    int last = at;
    while (!ends_block(code_[last]) && !leaders_[last + slots(code_[last])]) last += slots(code_[last]);
    const bpf_insn &insn = code_[last];
    if (insn.code == kExit) return {};
    if (is_jump(insn)) return {last + 1 + distance(insn)};
    if (is_branch(insn)) return {last + 1, last + 1 + distance(insn)};
    return {last + slots(insn)};
  }

  // In post-order, without recursion: a program may be one long chain.
  void visit(int root) {
    struct Open { int at; std::vector<int> after; };
    roots_[root] = true;
    if (number_[root] >= 0) return;
    std::vector<Open> open;
    const auto enter = [&](int at) {
      number_[at] = 0;
      open.push_back({at, after(at)});
    };
    enter(root);
    while (!open.empty()) {
      if (open.back().after.empty()) {
        begins_.push_back(open.back().at);
        open.pop_back();
        continue;
      }
      const int next = open.back().after.back();
      open.back().after.pop_back();
      if (number_[next] < 0) enter(next);
    }
  }

  // Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". A root stands under itself.
  void dominate() {
    over_.assign(count(), -1);
    for (int b = 0; b < count(); b++)
      if (roots_[begins_[b]]) over_[b] = b;
    for (bool changed = true; changed;) {
      changed = false;
      for (int b = 0; b < count(); b++) {
        if (roots_[begins_[b]]) continue;
        int over = -1;
        for (int p : from_[b]) over = p == b || over_[p] < 0 ? over : over < 0 ? p : meet(over, p);
        if (over >= 0 && over != over_[b]) over_[b] = over, changed = true;
      }
    }
  }

  int meet(int a, int b) const {
    while (a != b) {
      int &later = a > b ? a : b;
      if (over_[later] == later) return later;
      later = over_[later];
    }
    return a;
  }
};

// The blocks from which the way back to `head` leads through no other way in.
std::vector<int> body_of(const Graph &graph, int head, std::vector<int> open) {
  std::vector<bool> seen(graph.count());
  std::vector<int> body = {head};
  seen[head] = true;
  while (!open.empty()) {
    const int b = open.back();
    open.pop_back();
    if (seen[b]) continue;
    seen[b] = true;
    body.push_back(b);
    open.insert(open.end(), graph.from(b).begin(), graph.from(b).end());
  }
  return body;
}

}  // namespace

Loops::Loops(const std::vector<bpf_insn> &code, const std::vector<bool> &leaders)
    : headed_by_(code.size(), -1), innermost_(code.size(), -1) {
  const Graph graph(code, leaders);
  std::vector<std::pair<int, std::vector<int>>> found;
  for (int h = 0; h < graph.count(); h++) {
    std::vector<int> back;
    for (int b : graph.from(h))
      if (!graph.root(h) && graph.dominates(h, b)) back.push_back(b);
    if (!back.empty()) found.emplace_back(h, body_of(graph, h, back));
  }
  // the larger first: what they hold is then told of the smaller
  std::stable_sort(found.begin(), found.end(), [](auto &a, auto &b) { return a.second.size() > b.second.size(); });
  for (const auto &[head, body] : found) {
    const int begin = graph.begin(head), loop = count();
    loops_.push_back({begin, innermost_[begin]});
    headed_by_[begin] = loop;
    for (int b : body) innermost_[graph.begin(b)] = loop;
  }
}

bool Loops::within(int at, int loop) const {
  int in = innermost_[at];
  while (in > loop) in = loops_[in].around;  // a loop stands after the one around it
  return in == loop;
}

}  // namespace tracegate
