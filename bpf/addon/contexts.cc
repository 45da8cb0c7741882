// SPDX-License-Identifier: Apache-2.0
#include "contexts.h"

namespace tracegate {

Contexts::Contexts(const Loops &loops) : loops_(loops) { of({}); }

int Contexts::of(const std::vector<Turn> &turns) {
  const auto [found, first] = numbers_.try_emplace(turns, (int)turns_.size());
  if (!first) return found->second;
  turns_.push_back(turns);
  order_.emplace_back();
  for (const Turn &t : turns) {
    order_.back().push_back(loops_.head(t.loop));
    order_.back().push_back(t.turn);
  }
  return found->second;
}

int Contexts::left(int context, int at) {
  if (turns_[context].empty() || loops_.within(at, turns_[context].back().loop)) return context;
  std::vector<Turn> turns = turns_[context];
  while (!turns.empty() && !loops_.within(at, turns.back().loop)) turns.pop_back();
  return of(turns);
}

bool Contexts::holds(int context, int loop) const {
  for (const Turn &t : turns_[context])
    if (t.loop == loop) return true;
  return false;
}

bool Contexts::turns_before(int context, int at, int other_context, int other_at) const {
  const std::vector<int> &a = order_[context], &b = order_[other_context];
  const size_t common = a.size() < b.size() ? a.size() : b.size();
  for (size_t k = 0; k < common; k++)
    if (a[k] != b[k]) return a[k] < b[k];
  if (a.size() == b.size()) return at < other_at;
  // the one with fewer turns goes where the loop of the other begins, before it where they are the same
  return a.size() < b.size() ? at <= b[common] : a[common] < other_at;
}

}  // namespace tracegate
