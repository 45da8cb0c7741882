// SPDX-License-Identifier: Apache-2.0
// A template's instructions with a hook's frozen configuration put in: loads of constants become constants, branches
// that only go one way go, what is never reached or read is left out. The verifier would walk the same paths, but the
// kernel keeps every load and every constant that fed a branch; those are most of what a short program executes.
// The result still passes the verifier, so a mistake here cannot make a program unsafe; that it selects the same calls
// is what the matcher's comparison in the lab shows.
#pragma once
#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "loops.h"

namespace tracegate {

// The frozen map that the code reads its configuration through.
struct Config {
  int template_fd;  // by which the template names it
  int fd;           // by which the result shall
  const uint8_t *bytes;
  size_t size;
  // Maps of one element: what a program asks them for is there, at an address that is known. Nobody asks for another key than 0.
  std::vector<int> single = {};
};

// A program to be copied, and what holds of it whatever the configuration.
struct Template {
  std::vector<bpf_insn> insns;
  std::vector<bool> leaders;   // where a block begins
  int spills_below;            // below this distance from the frame pointer lie only the compiler's spill slots
  std::vector<uint64_t> live;  // what is read later, before each instruction (see liveness.h)
  Loops loops;

  // Throws std::invalid_argument where a jump or the end leads out of the program.
  explicit Template(std::vector<bpf_insn> insns);
  // The loops that read a configuration at places which change from turn to turn: written out, they read constants.
  const std::vector<bool> &reading(int template_fd) const;

 private:
  mutable std::vector<bool> reading_;
};

struct Specialised {
  std::vector<bpf_insn> insns;
  std::vector<int> places;  // where each wanted instruction, or the next that is kept, now is; -1: never reached
};

// `wanted`: instructions of the template. Throws std::length_error where a jump would lead too far.
Specialised specialise(const Template &from, const Config &config, const std::vector<int> &wanted);

}  // namespace tracegate
