// SPDX-License-Identifier: Apache-2.0
// System calls that are decided by what their registers hold. registers NAME: a line a door: name, errno, whether the
// effect is there. Effects are looked for in another process, a mount or a descriptor, never read off a return value.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACE "/dev/shm/tg-registers"
#define NO_DOOR 255
#define P(x) ((long)(x))
static char *low; // 32-bit calls take 32-bit pointers
static long e32(long nr, long a, long b, long c, long d, long e) {
  long r; asm volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory", "r8", "r9", "r10", "r11");
  if ((int)r < 0 && (int)r > -4096) { errno = -(int)r; return -1; }
  return (int)r;
}
static long call(int compat, long nr64, long nr32, long a, long b, long c, long d, long e) { return compat ? e32(nr32, a, b, c, d, e) : syscall(nr64, a, b, c, d, e); }
static int field(pid_t p, const char *name) {
  char path[64], line[256]; int v = -1; snprintf(path, 64, "/proc/%d/status", p); FILE *f = fopen(path, "r");
  while (f && fgets(line, 256, f)) if (!strncmp(line, name, strlen(name))) v = atoi(line + strlen(name) + 1);
  if (f) fclose(f);
  return v;
}
static pid_t sleeper(void) { pid_t p = fork(); if (!p) { for (;;) pause(); } return p; }
static void end(pid_t p) { kill(p, SIGKILL); waitpid(p, 0, __WALL); }
static int error_of(long r) { return r < 0 ? errno : 0; }

// each: makes the call, says its errno, and in *effect whether it did something
static int attach(int compat, int *effect) { pid_t p = sleeper(); int e = error_of(call(compat, SYS_ptrace, 26, PTRACE_SEIZE, p, 0, 0, 0)); *effect = field(p, "TracerPid:") > 0; end(p); return e; }
static int traceme(int compat, int *effect) { int e = error_of(call(compat, SYS_ptrace, 26, PTRACE_TRACEME, 0, 0, 0, 0)); *effect = field(getpid(), "TracerPid:") > 0; return e; }
static int bpf_(int compat, int *effect) {
  union bpf_attr *a = (void *)low; memset(a, 0, sizeof *a); a->map_type = BPF_MAP_TYPE_ARRAY; a->key_size = 4; a->value_size = 4; a->max_entries = 1;
  long fd = call(compat, SYS_bpf, 357, BPF_MAP_CREATE, P(a), sizeof *a, 0, 0); int e = error_of(fd); struct stat s; *effect = fd >= 0 && !fstat(fd, &s); return e;
}
// no module, though long enough for one: what is asked is whether the kernel looks into the image at all
static int load(int compat, int *effect) { memset(low, 0, 256); strcpy(low, "no module"); int e = error_of(call(compat, SYS_init_module, 128, P(low), 128, P(low + 128), 0, 0)); *effect = e == ENOEXEC; return e == ENOSYS ? NO_DOOR : e; }
static int load_file(int compat, int *effect) { int fd = memfd_create("m", 0); if (write(fd, "no module", 9) != 9) return 3; low[0] = 0; int e = error_of(call(compat, SYS_finit_module, 350, fd, P(low), 0, 0, 0)); *effect = e == ENOEXEC; return e == ENOSYS ? NO_DOOR : e; }
static int setuid_(int compat, int *effect) { int e = error_of(call(compat, SYS_setuid, 213, 1, 0, 0, 0, 0)); *effect = field(getpid(), "Uid:") == 1; return e; }
static int setuid_16(int compat, int *effect) { int e = error_of(e32(23, 1, 0, 0, 0, 0)); *effect = field(getpid(), "Uid:") == 1; return e; }
static int setresgid_(int compat, int *effect) { int e = error_of(call(compat, SYS_setresgid, 210, 1, 1, 1, 0, 0)); *effect = field(getpid(), "Gid:") == 1; return e; }
static int setgroups_(int compat, int *effect) { *(uint32_t *)low = 7; int e = error_of(call(compat, SYS_setgroups, 206, 1, P(low), 0, 0, 0)); *effect = field(getpid(), "Groups:") == 7; return e; }
static int kill_(int compat, int *effect) { pid_t p = sleeper(); int e = error_of(call(compat, SYS_kill, 37, p, SIGUSR1, 0, 0, 0)); usleep(20000); *effect = waitpid(p, 0, WNOHANG) == p; if (!*effect) end(p); return e; }
// the descriptor that a call would get next
static int next_fd(void) { int fd = dup(0); close(fd); return fd; }
static int socket_(int compat, int *effect) { int fd = next_fd(), e = error_of(call(compat, SYS_socket, 359, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0, 0, 0)); *effect = fcntl(fd, F_GETFD) >= 0; return e; }
static int prctl_(int compat, int *effect) { int e = error_of(call(compat, SYS_prctl, 172, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); *effect = field(getpid(), "NoNewPrivs:") == 1; return e; }
static int perf(int compat, int *effect) {
  struct perf_event_attr *a = (void *)low; memset(a, 0, sizeof *a); a->type = PERF_TYPE_SOFTWARE; a->size = sizeof *a; a->config = PERF_COUNT_SW_DUMMY;
  int fd = next_fd(), e = error_of(call(compat, SYS_perf_event_open, 336, P(a), 0, -1, -1, PERF_FLAG_FD_CLOEXEC)); *effect = fcntl(fd, F_GETFD) >= 0; return e == ENOSYS ? NO_DOOR : e;
}
static int pivot(int compat, int *effect) {
  if (unshare(CLONE_NEWNS) || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) || mount("none", PLACE, "tmpfs", 0, 0)) return 3;
  mkdir(PLACE "/old", 0700); strcpy(low, PLACE); strcpy(low + 64, PLACE "/old");
  int e = error_of(call(compat, SYS_pivot_root, 217, P(low), P(low + 64), 0, 0, 0)); *effect = access("/old", F_OK) == 0; return e;
}
static int move(int compat, int *effect) {
  struct stat a, b; if (unshare(CLONE_NEWNS) || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) || stat(PLACE, &a)) return 3;
  int tree = syscall(SYS_open_tree, AT_FDCWD, "/proc", 1 /* OPEN_TREE_CLONE */); low[0] = 0; strcpy(low + 64, PLACE);
  int e = error_of(call(compat, SYS_move_mount, 429, tree, P(low), AT_FDCWD, P(low + 64), 4 /* MOVE_MOUNT_F_EMPTY_PATH */)); *effect = !stat(PLACE, &b) && a.st_dev != b.st_dev; return e;
}

static struct { const char *name; struct { const char *door; int (*make)(int, int *); int compat; } doors[5]; } calls[] = {
  {"ptrace", {{"seize", attach, 0}, {"seize32", attach, 1}, {"traceme", traceme, 0}, {"traceme32", traceme, 1}}},
  {"bpf", {{"bpf", bpf_, 0}, {"bpf32", bpf_, 1}}}, {"init_module", {{"init_module", load, 0}, {"init_module32", load, 1}}}, {"finit_module", {{"finit_module", load_file, 0}, {"finit_module32", load_file, 1}}},
  {"setuid", {{"setuid", setuid_, 0}, {"setuid32", setuid_, 1}, {"setuid16", setuid_16, 1}}}, {"setresgid", {{"setresgid", setresgid_, 0}, {"setresgid32", setresgid_, 1}}}, {"setgroups", {{"setgroups", setgroups_, 0}, {"setgroups32", setgroups_, 1}}},
  {"socket", {{"socket", socket_, 0}, {"socket32", socket_, 1}}}, {"prctl", {{"prctl", prctl_, 0}, {"prctl32", prctl_, 1}}}, {"perf_event_open", {{"perf_event_open", perf, 0}, {"perf_event_open32", perf, 1}}},
  {"kill", {{"kill", kill_, 0}, {"kill32", kill_, 1}}}, {"pivot_root", {{"pivot_root", pivot, 0}, {"pivot_root32", pivot, 1}}}, {"move_mount", {{"move_mount", move, 0}, {"move_mount32", move, 1}}},
};

int main(int argc, char **argv) {
  low = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (argc < 2 || low == MAP_FAILED) { fprintf(stderr, "registers: wrong usage\n"); return 2; }
  mkdir(PLACE, 0755);
  int *effect = (void *)(low + 2048);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(argv[1], calls[i].name)) continue;
    for (int d = 0; calls[i].doors[d].door; d++) {
      fflush(stdout); *effect = 0;
      pid_t p = fork(); if (!p) _exit(calls[i].doors[d].make(calls[i].doors[d].compat, effect));
      int st; waitpid(p, &st, 0);
      if (!WIFEXITED(st) || WEXITSTATUS(st) != NO_DOOR) printf("%s %d %s\n", calls[i].doors[d].door, WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st), *effect ? "effect" : "none");
    }
    return 0;
  }
  fprintf(stderr, "registers: no such call\n"); return 2;
}
