// SPDX-License-Identifier: Apache-2.0
// The tests' own process keeps to one CPU: QEMU before 8.1 may translate an instruction that another CPU is just patching
// and keep the breakpoint it saw, of which the guest then dies. Two threads that race need both.
#pragma once
#include <sched.h>
#include <string.h>

static void use_every_cpu(void) {
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  sched_setaffinity(0, sizeof all, &all);
}
