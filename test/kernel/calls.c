// SPDX-License-Identifier: Apache-2.0
// The calls the kernel tests make. calls doors TARGET DIR: every door to symlink, a line each: name, errno, made.
// calls race N FORBIDDEN OTHER DIR: one thread flips the path while another makes the link; prints tries, denied, forbidden, other.
// calls absent TARGET DIR: the path lies in a page that is not present. calls count N TARGET LINK: instructions per call (rdtsc).
// calls batch FILE: a call a line, prints the errno of each: S DFD LINK HEX (symlinkat, the link removed), A MODE HEX (access), L FD OFFSET WHENCE (lseek).
// calls attack TARGET LINK: makes the link without end until its standard input ends; prints begun, and then tries, denied, made.
// calls once TARGET LINK; calls truncate FILE SIZE; calls map FILE (reads its first byte through a shared mapping).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "two-cpus.h"

#define IORING_OP_SYMLINKAT_NR 38

static int via_symlink(const char *to, const char *at) { return syscall(SYS_symlink, to, at) ? errno : 0; }
static int via_symlinkat(const char *to, const char *at) { return syscall(SYS_symlinkat, to, AT_FDCWD, at) ? errno : 0; }

// 32-bit calls take 32-bit pointers: the strings go below 4 GiB
static char *low(const char *s) {
  static char *area; static size_t used;
  if (!area) { area = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0); if (area == MAP_FAILED) exit(3); }
  char *p = area + used; strcpy(p, s); used = (used + strlen(s) + 1) % 32768; return p;
}
static int int80(long nr, long a, long b, long c) {
  long r; asm volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11"); return (int)r < 0 ? -(int)r : 0;
}
static int via_symlink32(const char *to, const char *at) { return int80(83, (long)low(to), (long)low(at), 0); }
static int via_symlinkat32(const char *to, const char *at) { return int80(304, (long)low(to), AT_FDCWD, (long)low(at)); }

static int via_uring(const char *to, const char *at) {
  struct io_uring_params p; memset(&p, 0, sizeof p);
  int fd = syscall(SYS_io_uring_setup, 4, &p);
  if (fd < 0) return -errno;
  keep_workers(fd);
  char *sq = mmap(0, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
  char *cq = mmap(0, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_CQ_RING);
  struct io_uring_sqe *e = mmap(0, p.sq_entries * sizeof *e, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
  memset(e, 0, sizeof *e);
  e->opcode = IORING_OP_SYMLINKAT_NR; e->fd = AT_FDCWD; e->addr = (uint64_t)to; e->addr2 = (uint64_t)at;
  *(unsigned *)(sq + p.sq_off.array) = 0;
  __atomic_store_n((unsigned *)(sq + p.sq_off.tail), *(unsigned *)(sq + p.sq_off.tail) + 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0) { int r = errno; close(fd); return -r; }
  struct io_uring_cqe *c = (void *)(cq + p.cq_off.cqes);
  int r = c->res; close(fd); return r < 0 ? -r : 0;
}

static struct { const char *name; int (*call)(const char *, const char *); } doors[] = {
  {"symlink", via_symlink}, {"symlinkat", via_symlinkat}, {"symlink32", via_symlink32}, {"symlinkat32", via_symlinkat32}, {"io_uring", via_uring},
};

static int made(const char *at) { char b[256]; return readlink(at, b, sizeof b) > 0; }

static int run_doors(const char *to, const char *dir) {
  for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
    char at[256]; snprintf(at, sizeof at, "%s/door-%s", dir, doors[i].name); unlink(at);
    fflush(stdout);
    pid_t p = fork();  // a door may be deadly
    if (!p) _exit(doors[i].call(to, at) & 0xff);
    int st; waitpid(p, &st, 0);
    printf("%s %s%d %s\n", doors[i].name, WIFSIGNALED(st) ? "signal-" : "", WIFSIGNALED(st) ? WTERMSIG(st) : WEXITSTATUS(st), made(at) ? "made" : "none");
    unlink(at);
  }
  return 0;
}

static volatile int stop; static char shared[64]; static uint64_t word_a, word_b;
static void *flip(void *x) {
  (void)x; keep_to(FLIPPING_CPU); volatile uint64_t *w = (void *)(shared + 8);
  while (!stop) { *w = word_a; *w = word_b; }
  return 0;
}
// paths of the form /etc/pasXXXXXXXX: the eight bytes after the first eight are flipped by single stores
static int run_race(long n, const char *forbidden, const char *other, const char *dir) {
  char a[64] = {0}, b[64] = {0}; strcpy(a, forbidden); strcpy(b, other);
  if (memcmp(a, b, 8) || memcmp(a + 16, b + 16, 48)) { fprintf(stderr, "the paths must differ in bytes 8 to 15 only\n"); return 2; }
  memcpy(shared, a, 64); memcpy(&word_a, a + 8, 8); memcpy(&word_b, b + 8, 8);
  char at[256]; snprintf(at, sizeof at, "%s/race", dir);
  keep_to(CALLING_CPU); pthread_t t; pthread_create(&t, 0, flip, 0);
  long denied = 0, bad = 0, good = 0, odd = 0;
  for (long i = 0; i < n; i++) {
    int r = symlinkat(shared, AT_FDCWD, at) ? errno : 0; char got[64] = {0};
    if (r == EPERM) denied++;
    if (readlink(at, got, 63) > 0) { if (!strcmp(got, forbidden)) bad++; else if (!strcmp(got, other)) good++; else odd++; }
    unlink(at);
  }
  stop = 1; pthread_join(t, 0);
  printf("%ld %ld %ld %ld %ld\n", n, denied, bad, good, odd); return 0;
}

static int run_absent(const char *to, const char *dir) {
  char file[256], at[256]; snprintf(file, sizeof file, "%s/page", dir); snprintf(at, sizeof at, "%s/absent", dir); unlink(at);
  int fd = open(file, O_CREAT | O_RDWR | O_TRUNC, 0600); if (ftruncate(fd, 8192)) return 3; if (pwrite(fd, to, strlen(to) + 1, 4096 - 4) < 0) return 3;
  char *m = mmap(0, 8192, PROT_READ, MAP_PRIVATE, fd, 0); madvise(m, 8192, MADV_DONTNEED);
  int r = symlinkat(m + 4096 - 4, AT_FDCWD, at) ? errno : 0;
  printf("absent %d %s\n", r, made(at) ? "made" : "none"); unlink(at); return 0;
}

static inline uint64_t tsc(void) { unsigned lo, hi; asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)); return (uint64_t)hi << 32 | lo; }
static int by_number(const void *a, const void *b) { uint64_t x = *(uint64_t *)a, y = *(uint64_t *)b; return x < y ? -1 : x > y; }
// prints: minimum and median instructions of a call under -icount; LINK is removed after each call unless "keep"
static int run_count(long n, const char *to, const char *at, int keep) {
  static uint64_t t[100000]; if (n > 100000) n = 100000;
  for (long i = -200; i < n; i++) {
    uint64_t a = tsc(); syscall(SYS_symlinkat, to, AT_FDCWD, at); uint64_t b = tsc();
    if (i >= 0) t[i] = b - a;
    if (!keep) unlink(at);
  }
  qsort(t, n, 8, by_number); printf("%lu %lu\n", t[0], t[n / 2]); return 0;
}

static char *unhex(const char *hex) {
  static char text[4096]; size_t n = 0;
  for (; hex[0] && hex[1] && n < sizeof text - 1; hex += 2) { unsigned b; if (sscanf(hex, "%2x", &b) != 1) break; text[n++] = b; }
  text[n] = 0; return text;
}
static int run_batch(const char *file) {
  static char line[16384]; char at[256], hex[8192]; long a, c; long long b;
  FILE *f = fopen(file, "r"); if (!f) return 3;
  while (fgets(line, sizeof line, f)) {
    int r = -1; hex[0] = 0;
    if (sscanf(line, "S %ld %255s %8191s", &a, at, hex) >= 2) { r = syscall(SYS_symlinkat, unhex(hex), (int)a, at) ? errno : 0; unlink(at); }
    else if (sscanf(line, "A %ld %8191s", &a, hex) >= 1) r = syscall(SYS_access, unhex(hex), a) ? errno : 0;
    else if (sscanf(line, "L %ld %lld %ld", &a, &b, &c) == 3) r = syscall(SYS_lseek, a, b, c) == -1 ? errno : 0;
    else return 3;
    printf("%d\n", r);
  }
  fclose(f); return 0;
}

#define ATTACK_SECONDS_MAX 300
#define ATTACK_PAUSE_US 100
static void *await_end(void *ended) { char c; while (read(0, &c, 1) > 0); *(volatile int *)ended = 1; return 0; }
static int run_attack(const char *to, const char *at) {
  static volatile int ended; long tries = 0, denied = 0, made = 0; pthread_t waiter;
  alarm(ATTACK_SECONDS_MAX);
  if (pthread_create(&waiter, 0, await_end, (void *)&ended)) return 3;
  puts("begun"); fflush(stdout);
  for (; !ended; tries++) {
    if (syscall(SYS_symlinkat, to, AT_FDCWD, at)) denied += errno == EPERM;
    else { made++; unlink(at); }
    usleep(ATTACK_PAUSE_US);
  }
  printf("%ld %ld %ld\n", tries, denied, made); return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && !strcmp(argv[1], "doors")) return run_doors(argv[2], argv[3]);
  if (argc == 6 && !strcmp(argv[1], "race")) return run_race(atol(argv[2]), argv[3], argv[4], argv[5]);
  if (argc == 4 && !strcmp(argv[1], "absent")) return run_absent(argv[2], argv[3]);
  if (argc >= 5 && !strcmp(argv[1], "count")) return run_count(atol(argv[2]), argv[3], argv[4], argc == 6);
  if (argc == 4 && !strcmp(argv[1], "attack")) return run_attack(argv[2], argv[3]);
  if (argc == 3 && !strcmp(argv[1], "batch")) return run_batch(argv[2]);
  if (argc == 4 && !strcmp(argv[1], "once")) { int r = via_symlinkat(argv[2], argv[3]); printf("%d\n", r); return r ? 1 : 0; }
  if (argc == 4 && !strcmp(argv[1], "truncate")) return truncate(argv[2], atol(argv[3])) ? errno : 0;
  if (argc == 3 && !strcmp(argv[1], "map")) {
    int fd = open(argv[2], O_RDONLY); char *m = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (m == MAP_FAILED) return errno;
    printf("%c\n", m[0]); return 0;
  }
  fprintf(stderr, "calls: wrong usage\n"); return 2;
}
