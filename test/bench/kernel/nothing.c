// SPDX-License-Identifier: Apache-2.0
// The smallest program there is to run: it exits, so that what is counted is the kernel's work on a process.
void _start(void) { asm volatile("syscall" : : "a"(231), "D"(0)); }
