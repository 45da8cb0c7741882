// SPDX-License-Identifier: Apache-2.0
// What the kernel bench counts besides test/kernel/calls.c. Prints minimum and median instructions of a call (rdtsc, under -icount).
// ops idle N: getppid, which nobody hooks. ops read N FILE: a byte of it. ops spawn N PROGRAM: vfork, exec, exit, wait.
// ops cpu PID: what a process, all threads, kernel side and user side, has used, in ns of its CPU clock (= instructions).
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t tsc(void) { unsigned lo, hi; asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)); return (uint64_t)hi << 32 | lo; }
static int by_number(const void *a, const void *b) { uint64_t x = *(uint64_t *)a, y = *(uint64_t *)b; return x < y ? -1 : x > y; }

static int fd; static char *program;
static void idle(void) { syscall(SYS_getppid); }
static void read_byte(void) { char c; syscall(SYS_pread64, fd, &c, 1, 0L); }
static void spawn(void) {
  char *argv[] = {program, 0};
  pid_t p = vfork();
  if (!p) { execve(program, argv, argv + 1); _exit(127); }
  int st; if (waitpid(p, &st, 0) != p || st) exit(3);
}

static int count(void (*call)(void), long n) {
  static uint64_t t[10000]; if (n > 10000) n = 10000;
  for (long i = -20; i < n; i++) { uint64_t a = tsc(); call(); uint64_t b = tsc(); if (i >= 0) t[i] = b - a; }
  qsort(t, n, 8, by_number); printf("%lu %lu\n", t[0], t[n / 2]); return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "idle")) return count(idle, atol(argv[2]));
  if (argc == 4 && !strcmp(argv[1], "read")) { fd = open(argv[3], O_RDONLY); if (fd < 0) return 3; return count(read_byte, atol(argv[2])); }
  if (argc == 4 && !strcmp(argv[1], "spawn")) { program = argv[3]; return count(spawn, atol(argv[2])); }
  if (argc == 3 && !strcmp(argv[1], "cpu")) {
    clockid_t clock; struct timespec used;
    if (clock_getcpuclockid(atoi(argv[2]), &clock) || clock_gettime(clock, &used)) return 3;
    printf("%lld\n", used.tv_sec * 1000000000LL + used.tv_nsec); return 0;
  }
  fprintf(stderr, "ops: wrong usage\n"); return 2;
}
