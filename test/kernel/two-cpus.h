// SPDX-License-Identifier: Apache-2.0
// Who calls the kernel keeps to one CPU, the tests' own: QEMU before 8.1 may translate an instruction that another CPU is just
// patching and keep the breakpoint it saw, of which the guest then dies. In a race the thread that flips has the other CPU; it never calls.
#pragma once
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLING_CPU 0
#define FLIPPING_CPU 1

// Of the calling thread. With one CPU there is no other: it stays where it is.
static void keep_to(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  sched_setaffinity(0, sizeof one, &one);
}

// The threads that io_uring calls with are not bound to where their owner is.
static void keep_workers(int ring) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(CALLING_CPU, &one);
  syscall(SYS_io_uring_register, ring, IORING_REGISTER_IOWQ_AFF, &one, sizeof one);
}
