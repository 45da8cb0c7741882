// SPDX-License-Identifier: Apache-2.0
// Families of syscalls on a path or an address, each through every door. Forbidden and harmless are eight bytes apart.
// families doors FAMILY [MOST]: a line a door: name, errno (or signal), whether the effect is there.
// families race FAMILY N: one thread flips the path, another calls, door after door; prints tries, denied, forbidden, harmless.
// families absent FAMILY: the path lies in a page that is not present. families fails FAMILY: the forbidden call without DIR.
// families stale FAMILY: that, and then what the same thread may still do: prints the harmless call's and its sibling's errno.
// Effects are looked for in the file system, never read off a return value.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "two-cpus.h"

#define DIR "/dev/shm/tg-race"
#define FORBIDDEN DIR "/forbid0"
#define HARMLESS DIR "/harmles"
#define THIRD DIR "/third-0"
// what the program itself does between the calls is spelt otherwise, so that no policy on the text means it
#define OWN_DIR "/dev/shm/./tg-race"
#define OWN_FORBIDDEN OWN_DIR "/forbid0"
#define OWN_HARMLESS OWN_DIR "/harmles"
#define OWN_THIRD OWN_DIR "/third-0"
#define NO_DOOR 255
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

// 32-bit calls take 32-bit pointers: all texts lie below 4 GiB
static char *shared, *third;
static struct open_how *how;
static int e64(long r) { return r < 0 ? errno : 0; }
static int e32(long nr, long a, long b, long c, long d, long e) {
  long r; asm volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory", "r8", "r9", "r10", "r11"); return (int)r < 0 && (int)r > -4096 ? -(int)r : 0;
}
#define CALL(nr, ...) e64(syscall(nr, __VA_ARGS__))
#define P(x) ((long)(x))

static int ring = -1; static char *sq, *cq; static struct io_uring_sqe *sqes; static struct io_uring_params rp;
static int last_fd = -1; static uint64_t uring_tail;
static int uring(int op, int fd, const void *addr, uint64_t off, unsigned len, unsigned flags, int async) {
  if (ring < 0) {
    ring = syscall(SYS_io_uring_setup, 4, &rp); if (ring < 0) return NO_DOOR;
    keep_workers(ring);
    sq = mmap(0, rp.sq_off.array + rp.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    cq = mmap(0, rp.cq_off.cqes + rp.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
    sqes = mmap(0, rp.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
  }
  unsigned tail = *(unsigned *)(sq + rp.sq_off.tail), at = tail & (rp.sq_entries - 1); struct io_uring_sqe *e = &sqes[at];
  memset(e, 0, sizeof *e); e->opcode = op; e->fd = fd; e->addr = P(addr); e->off = off; e->len = len; e->rename_flags = flags; ((uint64_t *)e)[6] = uring_tail;
  if (async) e->flags = IOSQE_ASYNC;
  ((unsigned *)(sq + rp.sq_off.array))[at] = at; __atomic_store_n((unsigned *)(sq + rp.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0) return errno;
  unsigned head = *(unsigned *)(cq + rp.cq_off.head); struct io_uring_cqe *c = (void *)(cq + rp.cq_off.cqes); int r = c[head & (rp.cq_entries - 1)].res;
  __atomic_store_n((unsigned *)(cq + rp.cq_off.head), head + 1, __ATOMIC_RELEASE);
  last_fd = r; return r < 0 ? -r : 0;
}

// linked behind a poll: done on the way back from the write that ends the poll, by none of io_uring's own calls
static struct io_uring_sqe *queued(unsigned n, int op, int fd) {
  unsigned tail = *(unsigned *)(sq + rp.sq_off.tail) + n, at = tail & (rp.sq_entries - 1); struct io_uring_sqe *e = &sqes[at];
  memset(e, 0, sizeof *e); e->opcode = op; e->fd = fd; ((unsigned *)(sq + rp.sq_off.array))[at] = at;
  return e;
}
static int linked_open(const char *p) {
  static int ends[2] = {-1, -1};
  if (uring(IORING_OP_NOP, -1, 0, 0, 0, 0, 0)) return NO_DOOR;
  if (ends[0] < 0 && pipe(ends)) return errno;
  struct io_uring_sqe *e = queued(0, IORING_OP_POLL_ADD, ends[0]); e->poll32_events = POLLIN; e->flags = IOSQE_IO_LINK;
  e = queued(1, IORING_OP_OPENAT, AT_FDCWD); e->addr = P(p); e->open_flags = O_RDONLY;
  __atomic_store_n((unsigned *)(sq + rp.sq_off.tail), *(unsigned *)(sq + rp.sq_off.tail) + 2, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring, 2, 0, 0, 0, 0) < 0) return errno;
  char c = 'x'; if (write(ends[1], &c, 1) != 1) return errno;
  unsigned head = *(unsigned *)(cq + rp.cq_off.head);
  while (__atomic_load_n((unsigned *)(cq + rp.cq_off.tail), __ATOMIC_ACQUIRE) - head < 2);
  int r = ((struct io_uring_cqe *)(cq + rp.cq_off.cqes))[(head + 1) & (rp.cq_entries - 1)].res;
  __atomic_store_n((unsigned *)(cq + rp.cq_off.head), head + 2, __ATOMIC_RELEASE);
  if (read(ends[0], &c, 1) != 1) return errno;
  last_fd = r; return r < 0 ? -r : 0;
}

static int there(const char *p) { struct stat s; return lstat(p, &s) == 0; }
static ino_t inode(const char *p) { struct stat s; return lstat(p, &s) ? 0 : s.st_ino; }
static void touch(const char *p) { mknod(p, S_IFREG | 0600, 0); }
/* A policy that denied the umount, and is gone, may still be asked for a moment: the kernel lets go of it in its own time. */
static void clear(const char *p) {
  for (int tries = 0; tries < 100 && there(p) && unlink(p) && rmdir(p) && errno == EBUSY; tries++)
    if (umount2(p, MNT_DETACH)) usleep(5000);
}

static void with_files(void) { clear(OWN_THIRD); touch(OWN_FORBIDDEN); touch(OWN_HARMLESS); }
static void with_dirs(void) { mkdir(OWN_FORBIDDEN, 0700); mkdir(OWN_HARMLESS, 0700); }
static void with_none(void) { clear(OWN_FORBIDDEN); clear(OWN_HARMLESS); clear(OWN_THIRD); }
static void without_marks(void);
static void with_third(void) { clear(OWN_FORBIDDEN); clear(OWN_HARMLESS); touch(OWN_THIRD); }
static int gone(const char *p) { return !there(p); }
static int is_third(const char *p) { return inode(THIRD) && inode(p) == inode(THIRD); }

// which of the two is asked for: what it was, not where it lies
static const char FORBIDDEN_TEXT[] = FORBIDDEN, HARMLESS_TEXT[] = HARMLESS;

#define DOOR(n, body) static int n(const char *p) { return body; }
DOOR(unlink_, CALL(SYS_unlink, p)) DOOR(unlinkat_, CALL(SYS_unlinkat, AT_FDCWD, p, 0)) DOOR(unlink_32, e32(10, P(p), 0, 0, 0, 0))
DOOR(unlinkat_32, e32(301, AT_FDCWD, P(p), 0, 0, 0)) DOOR(unlink_u, uring(IORING_OP_UNLINKAT, AT_FDCWD, p, 0, 0, 0, 0)) DOOR(unlink_ua, uring(IORING_OP_UNLINKAT, AT_FDCWD, p, 0, 0, 0, 1))
DOOR(rmdir_, CALL(SYS_rmdir, p)) DOOR(rmdirat_, CALL(SYS_unlinkat, AT_FDCWD, p, AT_REMOVEDIR)) DOOR(rmdir_32, e32(40, P(p), 0, 0, 0, 0))
DOOR(rmdirat_32, e32(301, AT_FDCWD, P(p), AT_REMOVEDIR, 0, 0)) DOOR(rmdir_u, uring(IORING_OP_UNLINKAT, AT_FDCWD, p, 0, 0, AT_REMOVEDIR, 0))
DOOR(mkdir_, CALL(SYS_mkdir, p, 0700)) DOOR(mkdirat_, CALL(SYS_mkdirat, AT_FDCWD, p, 0700)) DOOR(mkdir_32, e32(39, P(p), 0700, 0, 0, 0))
DOOR(mkdirat_32, e32(296, AT_FDCWD, P(p), 0700, 0, 0)) DOOR(mkdir_u, uring(37, AT_FDCWD, p, 0, 0700, 0, 0))
DOOR(link_, CALL(SYS_link, p, third)) DOOR(linkat_, CALL(SYS_linkat, AT_FDCWD, p, AT_FDCWD, third, 0)) DOOR(link_32, e32(9, P(p), P(third), 0, 0, 0))
DOOR(linkat_32, e32(303, AT_FDCWD, P(p), AT_FDCWD, P(third), 0)) DOOR(link_u, uring(39, AT_FDCWD, p, P(third), (unsigned)AT_FDCWD, 0, 0))
DOOR(linkto_, CALL(SYS_link, third, p)) DOOR(linktoat_, CALL(SYS_linkat, AT_FDCWD, third, AT_FDCWD, p, 0)) DOOR(linkto_32, e32(9, P(third), P(p), 0, 0, 0))
DOOR(linktoat_32, e32(303, AT_FDCWD, P(third), AT_FDCWD, P(p), 0)) DOOR(linkto_u, uring(39, AT_FDCWD, third, P(p), (unsigned)AT_FDCWD, 0, 0))
DOOR(rename_, CALL(SYS_rename, p, third)) DOOR(renameat_, CALL(SYS_renameat, AT_FDCWD, p, AT_FDCWD, third)) DOOR(renameat2_, CALL(SYS_renameat2, AT_FDCWD, p, AT_FDCWD, third, 0))
DOOR(rename_32, e32(38, P(p), P(third), 0, 0, 0)) DOOR(renameat_32, e32(302, AT_FDCWD, P(p), AT_FDCWD, P(third), 0)) DOOR(renameat2_32, e32(353, AT_FDCWD, P(p), AT_FDCWD, P(third), 0))
DOOR(rename_u, uring(IORING_OP_RENAMEAT, AT_FDCWD, p, P(third), (unsigned)AT_FDCWD, 0, 0))
DOOR(renameto_, CALL(SYS_rename, third, p)) DOOR(renametoat_, CALL(SYS_renameat, AT_FDCWD, third, AT_FDCWD, p)) DOOR(renametoat2_, CALL(SYS_renameat2, AT_FDCWD, third, AT_FDCWD, p, 0))
DOOR(renameto_32, e32(38, P(third), P(p), 0, 0, 0)) DOOR(renametoat_32, e32(302, AT_FDCWD, P(third), AT_FDCWD, P(p), 0)) DOOR(renametoat2_32, e32(353, AT_FDCWD, P(third), AT_FDCWD, P(p), 0))
DOOR(renameto_u, uring(IORING_OP_RENAMEAT, AT_FDCWD, third, P(p), (unsigned)AT_FDCWD, 0, 0))
DOOR(exchange_, CALL(SYS_renameat2, AT_FDCWD, p, AT_FDCWD, third, RENAME_EXCHANGE))
static ino_t before_f, before_h;
static void with_all(void) { with_files(); touch(OWN_THIRD); before_f = inode(FORBIDDEN); before_h = inode(HARMLESS); }
static int exchanged(const char *p) { return inode(p) != (!strcmp(p, FORBIDDEN) ? before_f : before_h); }

#include "families-files.h"
#include "families-sockets.h"

struct door { const char *name; int (*call)(const char *); };
static struct family {
  const char *name; void (*setup)(void); int (*done)(const char *); int (*sibling)(void); struct door doors[14]; int in_race, address;
} families[] = {
  {"unlink", with_files, gone, 0, {{"unlink", unlink_}, {"unlinkat", unlinkat_}, {"unlink32", unlink_32}, {"unlinkat32", unlinkat_32}, {"io_uring", unlink_u}, {"io_worker", unlink_ua}}},
  {"rmdir", with_dirs, gone, 0, {{"rmdir", rmdir_}, {"unlinkat", rmdirat_}, {"rmdir32", rmdir_32}, {"unlinkat32", rmdirat_32}, {"io_uring", rmdir_u}}},
  {"mkdir", with_none, there, 0, {{"mkdir", mkdir_}, {"mkdirat", mkdirat_}, {"mkdir32", mkdir_32}, {"mkdirat32", mkdirat_32}, {"io_uring", mkdir_u}}},
  {"link-old", with_files, is_third, 0, {{"link", link_}, {"linkat", linkat_}, {"link32", link_32}, {"linkat32", linkat_32}, {"io_uring", link_u}}},
  {"link-new", with_third, is_third, 0, {{"link", linkto_}, {"linkat", linktoat_}, {"link32", linkto_32}, {"linkat32", linktoat_32}, {"io_uring", linkto_u}}},
  {"rename-from", with_files, gone, 0, {{"rename", rename_}, {"renameat", renameat_}, {"renameat2", renameat2_}, {"rename32", rename_32}, {"renameat32", renameat_32}, {"renameat2-32", renameat2_32}, {"io_uring", rename_u}}},
  {"rename-to", with_third, there, 0, {{"rename", renameto_}, {"renameat", renametoat_}, {"renameat2", renametoat2_}, {"rename32", renameto_32}, {"renameat32", renametoat_32}, {"renameat2-32", renametoat2_32}, {"io_uring", renameto_u}}},
  {"exchange", with_all, exchanged, 0, {{"renameat2", exchange_}}},
  {"open", with_full, opened, 0, {{"open", open_}, {"openat", openat_}, {"openat2", openat2_r}, {"open32", open_32}, {"openat32", openat_32}, {"openat2-32", openat2_32}, {"io_uring", open_u}, {"io_worker", open_ua}, {"io_uring2", open2_u}, {"io_uring_linked", open_l}, {"path", open_path}, {"truncate", open_cut}, {"creat", creat_cut}}},
  {"create", with_none, there, 0, {{"open", open_n}, {"openat", openat_n}, {"openat2", openat2_n}, {"creat", creat_n}, {"open32", open_n32}, {"openat32", openat_n32}, {"openat2-32", openat2_n32}, {"creat32", creat_32}, {"io_uring", open_nu}, {"io_uring2", open2_nu}}},
  {"mknod", with_none, there, create_other, {{"mknod", mknod_}, {"mknodat", mknodat_}, {"mknod32", mknod_32}, {"mknodat32", mknodat_32}}},
  {"chmod", with_made, changed, chmod_other, {{"chmod", chmod_}, {"fchmodat", fchmodat_}, {"fchmodat2", fchmodat2_}, {"chmod32", chmod_32}, {"fchmodat32", fchmodat_32}}},
  {"chown", with_made, owned, chown_other, {{"chown", chown_}, {"lchown", lchown_}, {"fchownat", fchownat_}, {"chown32", chown_32}, {"lchown32", lchown_32}, {"fchownat32", fchownat_32}, {"chown16", chown_16}, {"lchown16", lchown_16}}},
  {"truncate", with_made, resized, truncate_other, {{"truncate", truncate_}, {"truncate32", truncate_32}, {"truncate64", truncate_64}}},
  {"setxattr", with_bare, labelled, label_other, {{"setxattr", setxattr_}, {"lsetxattr", lsetxattr_}, {"setxattr32", setxattr_32}, {"lsetxattr32", lsetxattr_32}, {"io_uring", xattr_u}, {"acl", setacl_}}},
  {"umount", with_mounts, unmounted, 0, {{"umount2", umount2_}, {"umount2-32", umount2_32}, {"umount32", umount_32}}},
  {"mount", with_target, is_third, 0, {{"mount", mount_}, {"mount32", mount_32}}},
  {"execve", with_programs, ran, 0, {{"execve", execve_}, {"execveat", execveat_}, {"execve32", execve_32}, {"execveat32", execveat_32}}},
  {"connect", with_listeners, reached, 0, {{"connect", connect_}, {"tcp", connect_tcp}, {"connect32", connect_32}, {"socketcall", connect_sc}, {"io_uring", connect_u}, {"mapped", connect_6}, {"fastopen", connect_fast}}, 5, 1},
  {"bind", with_nothing, reached, 0, {{"bind", bind_}, {"bind32", bind_32}, {"socketcall", bind_sc}, {"io_uring", bind_u}, {"mapped", bind_6}}, 4, 1},
  {"sendto", with_receivers, received, 0, {{"sendto", sendto_}, {"sendmsg", sendmsg_}, {"sendmmsg", sendmmsg_}, {"sendto32", sendto_32}, {"socketcall", sendto_sc}, {"sendmsg32", sendmsg_32}, {"io_uring", sendmsg_u}, {"mapped", sendto_6}, {"unspec", sendto_un}}, 7, 1},
};

static void show(const char *name, int status, int effect) {
  if (WIFSIGNALED(status)) printf("%s signal-%d %s\n", name, WTERMSIG(status), effect ? "effect" : "none");
  else printf("%s %d %s\n", name, WEXITSTATUS(status), effect ? "effect" : "none");
}
// a door may be deadly: the call is a child's
static void through(const char *name, struct family *f, int (*call)(const char *), const char *text) {
  fflush(stdout);
  pid_t p = fork(); if (!p) { int r = call(text); _exit(r); }
  int st; waitpid(p, &st, 0);
  int effect = f->done(FORBIDDEN_TEXT);
  if (!WIFEXITED(st) || WEXITSTATUS(st) != NO_DOOR) show(name, st, effect);
}
static const void *bytes_of(struct family *f, const char *which, size_t *len) {
  *len = f->address ? N : strlen(which) + 1;
  return f->address ? (void *)(which == FORBIDDEN_TEXT ? &address_f : &address_h) : (void *)which;
}
static void say(struct family *f, const char *which) { size_t len; const void *bytes = bytes_of(f, which, &len); memcpy(shared, bytes, len); }
static int run_doors(struct family *f, int most) {
  say(f, FORBIDDEN_TEXT);
  for (struct door *d = f->doors; d->name && d < f->doors + most; d++) { f->setup(); through(d->name, f, d->call, shared); }
  return 0;
}

static volatile int stop; static uint64_t word_f, word_h; static size_t flipped_at;
static void *flip(void *x) { (void)x; keep_to(FLIPPING_CPU); volatile uint64_t *w = (void *)(shared + flipped_at); while (!stop) { *w = word_f; *w = word_h; } return 0; }
static int run_race(struct family *f, long n) {
  size_t len; flipped_at = f->address ? 0 : strlen(DIR);
  memcpy(&word_f, bytes_of(f, FORBIDDEN_TEXT, &len) + flipped_at, 8); memcpy(&word_h, bytes_of(f, HARMLESS_TEXT, &len) + flipped_at, 8); say(f, HARMLESS_TEXT);
  int doors = f->in_race; while (!f->in_race && f->doors[doors].name) doors++;
  keep_to(CALLING_CPU); pthread_t t; pthread_create(&t, 0, flip, 0);
  long denied = 0, bad = 0, good = 0, changed = 1;
  // the other thread may not have had a processor yet: a race is one when both texts have been met
  long i = 0;
  for (; i < n || (i < 20 * n && !(good && (bad || denied))); i++) {
    if (changed) f->setup();
    int r = f->doors[i % doors].call(shared);
    if (r == EPERM) denied++;
    if (f->done(FORBIDDEN_TEXT)) bad++; else if (f->done(HARMLESS_TEXT)) good++; else { changed = 0; continue; }
    changed = 1;
  }
  stop = 1; pthread_join(t, 0);
  printf("%ld %ld %ld %ld\n", i, denied, bad, good); return 0;
}

static int run_absent(struct family *f) {
  char *page = "/dev/shm/tg-page"; int fd = open(page, O_CREAT | O_RDWR | O_TRUNC, 0600);
  size_t len; const void *bytes = bytes_of(f, FORBIDDEN_TEXT, &len);
  if (ftruncate(fd, 8192) || pwrite(fd, bytes, len, 4096 - 4) < 0) return 3;
  char *m = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_32BIT, fd, 0);
  for (struct door *d = f->doors; d->name; d++) { f->setup(); madvise(m, 8192, MADV_DONTNEED); through(d->name, f, d->call, m + 4096 - 4); }
  close(fd); unlink(page); return 0;
}

static void without_dir(void) { with_none(); without_marks(); rmdir(OWN_DIR); }
static int run_fails(struct family *f) {
  for (struct door *d = f->doors; d->name; d++) { without_dir(); say(f, FORBIDDEN_TEXT); int r = d->call(shared); if (r != NO_DOOR) printf("%s %d\n", d->name, r); }
  return 0;
}
static int run_stale(struct family *f) {
  for (struct door *d = f->doors; d->name; d++) {
    without_dir(); say(f, FORBIDDEN_TEXT); d->call(shared);
    mkdir(OWN_DIR, 0755); f->setup(); say(f, HARMLESS_TEXT); int r = d->call(shared), made = f->done(HARMLESS_TEXT);
    without_dir(); say(f, FORBIDDEN_TEXT); d->call(shared); mkdir(OWN_DIR, 0755); f->setup();
    if (r != NO_DOOR) printf("%s %d %s %d\n", d->name, r, made ? "effect" : "none", f->sibling ? f->sibling() : 0);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 0 && !strcmp(argv[0], RAN)) return leave_mark();
  char *low = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED || argc < 3) { fprintf(stderr, "families: wrong usage\n"); return 2; }
  shared = low; third = low + 1024; strcpy(third, THIRD); how = (void *)(low + 2048); files_init(low); sockets_init(low);
  mkdir(OWN_DIR, 0755);
  for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
    struct family *f = &families[i];
    if (strcmp(argv[2], f->name)) continue;
    with_none();
    if (!strcmp(argv[1], "doors")) return run_doors(f, argc > 3 ? atoi(argv[3]) : 99);
    if (!strcmp(argv[1], "race")) return run_race(f, atol(argv[3]));
    if (!strcmp(argv[1], "absent")) return run_absent(f);
    if (!strcmp(argv[1], "fails")) return run_fails(f);
    if (!strcmp(argv[1], "stale")) return run_stale(f);
  }
  fprintf(stderr, "families: no such family or way\n"); return 2;
}
