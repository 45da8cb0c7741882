// SPDX-License-Identifier: Apache-2.0
// Part of families.c: opening, making and changing files, mounting, running a program.
static ino_t *seen; // in memory that children share: the inode a call got a descriptor of
static int got(long r) {
  struct stat s;
  if (r < 0) return errno;
  if (!fstat(r, &s)) *seen = s.st_ino;
  close(r); return 0;
}
static int got_errno(int e, int fd) { if (e) { errno = e; return got(-1); } return got(fd); }
static int e32fd(long nr, long a, long b, long c, long d) {
  long r; asm volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0) : "memory", "r8", "r9", "r10", "r11");
  return (int)r < 0 ? got_errno(-(int)r, -1) : got((int)r);
}
static int openat2_(const char *p, int flags) { *how = (struct open_how){.flags = flags, .mode = flags & O_CREAT ? 0600 : 0}; return got(syscall(SYS_openat2, AT_FDCWD, p, how, sizeof *how)); }
static int openat2_32_(const char *p, int flags) { *how = (struct open_how){.flags = flags, .mode = flags & O_CREAT ? 0600 : 0}; return e32fd(437, AT_FDCWD, P(p), P(how), sizeof *how); }
static int open_u_(const char *p, int flags, int async) { int e = uring(IORING_OP_OPENAT, AT_FDCWD, p, 0, 0600, flags, async); return got_errno(e, last_fd); }
static int open2_u_(const char *p, int flags) { *how = (struct open_how){.flags = flags, .mode = flags & O_CREAT ? 0600 : 0}; int e = uring(IORING_OP_OPENAT2, AT_FDCWD, p, P(how), sizeof *how, 0, 0); return got_errno(e, last_fd); }
#define CUT (O_WRONLY | O_TRUNC)
#define NEW (O_WRONLY | O_CREAT)
DOOR(open_, got(syscall(SYS_open, p, O_RDONLY))) DOOR(openat_, got(syscall(SYS_openat, AT_FDCWD, p, O_RDONLY))) DOOR(openat2_r, openat2_(p, O_RDONLY))
DOOR(open_32, e32fd(5, P(p), O_RDONLY, 0, 0)) DOOR(openat_32, e32fd(295, AT_FDCWD, P(p), O_RDONLY, 0)) DOOR(openat2_32, openat2_32_(p, O_RDONLY))
DOOR(open_u, open_u_(p, O_RDONLY, 0)) DOOR(open_ua, open_u_(p, O_RDONLY, 1)) DOOR(open2_u, open2_u_(p, O_RDONLY))
static int open_l(const char *p) { int e = linked_open(p); return got_errno(e, last_fd); }
DOOR(open_path, got(syscall(SYS_openat, AT_FDCWD, p, O_PATH))) DOOR(open_cut, got(syscall(SYS_openat, AT_FDCWD, p, CUT))) DOOR(creat_cut, got(syscall(SYS_creat, p, 0600)))
DOOR(open_n, got(syscall(SYS_open, p, NEW, 0600))) DOOR(openat_n, got(syscall(SYS_openat, AT_FDCWD, p, NEW, 0600))) DOOR(openat2_n, openat2_(p, NEW)) DOOR(creat_n, got(syscall(SYS_creat, p, 0600)))
DOOR(open_n32, e32fd(5, P(p), NEW, 0600, 0)) DOOR(openat_n32, e32fd(295, AT_FDCWD, P(p), NEW, 0600)) DOOR(openat2_n32, openat2_32_(p, NEW)) DOOR(creat_32, e32fd(8, P(p), 0600, 0, 0))
DOOR(open_nu, open_u_(p, NEW, 0)) DOOR(open2_nu, open2_u_(p, NEW))
static int opened(const char *p) { struct stat s; return !lstat(p, &s) && (*seen == s.st_ino || s.st_size == 0); }
static void full(const char *p) {
  struct stat s;
  if (!lstat(p, &s) && s.st_size == 1) return;
  int fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (write(fd, "x", 1) != 1) exit(4);
  close(fd);
}
static void with_full(void) { *seen = 0; full(OWN_FORBIDDEN); full(OWN_HARMLESS); }

DOOR(mknod_, CALL(SYS_mknod, p, S_IFREG | 0600, 0)) DOOR(mknodat_, CALL(SYS_mknodat, AT_FDCWD, p, S_IFREG | 0600, 0))
DOOR(mknod_32, e32(14, P(p), S_IFREG | 0600, 0, 0, 0)) DOOR(mknodat_32, e32(297, AT_FDCWD, P(p), S_IFREG | 0600, 0, 0))
static int create_other(void) { int fd = open(OWN_THIRD, NEW, 0600), e = fd < 0 ? errno : 0; close(fd); unlink(OWN_THIRD); return e; }

#define NEW_MODE 0604
DOOR(chmod_, CALL(SYS_chmod, p, NEW_MODE)) DOOR(fchmodat_, CALL(SYS_fchmodat, AT_FDCWD, p, NEW_MODE)) DOOR(chmod_32, e32(15, P(p), NEW_MODE, 0, 0, 0)) DOOR(fchmodat_32, e32(306, AT_FDCWD, P(p), NEW_MODE, 0, 0))
static int or_no_door(int e, int lacking) { return e == lacking ? NO_DOOR : e; }
DOOR(fchmodat2_, or_no_door(CALL(452, AT_FDCWD, p, NEW_MODE, 0), ENOSYS))
static int changed(const char *p) { struct stat s; return !lstat(p, &s) && (s.st_mode & 07777) == NEW_MODE; }
static void as_made(const char *p) { struct stat s; touch(p); if (lstat(p, &s)) return; if ((s.st_mode & 07777) != 0600) chmod(p, 0600); if (s.st_uid) lchown(p, 0, 0); if (s.st_size) truncate(p, 0); }
static void with_made(void) { as_made(OWN_FORBIDDEN); as_made(OWN_HARMLESS); }
static int by_descriptor(int (*change)(int)) { int fd = open(OWN_HARMLESS, O_RDWR), e = change(fd) ? errno : 0; close(fd); return e; }
static int fchmod_(int fd) { return fchmod(fd, 0600); }
static int fchown_(int fd) { return fchown(fd, 0, 0); }
static int ftruncate_(int fd) { return ftruncate(fd, 0); }
static int chmod_other(void) { return by_descriptor(fchmod_); }
static int chown_other(void) { return by_descriptor(fchown_); }
static int truncate_other(void) { return by_descriptor(ftruncate_); }

DOOR(chown_, CALL(SYS_chown, p, 1, 1)) DOOR(lchown_, CALL(SYS_lchown, p, 1, 1)) DOOR(fchownat_, CALL(SYS_fchownat, AT_FDCWD, p, 1, 1, 0))
DOOR(chown_32, e32(212, P(p), 1, 1, 0, 0)) DOOR(lchown_32, e32(198, P(p), 1, 1, 0, 0)) DOOR(fchownat_32, e32(298, AT_FDCWD, P(p), 1, 1, 0)) DOOR(chown_16, e32(182, P(p), 1, 1, 0, 0)) DOOR(lchown_16, e32(16, P(p), 1, 1, 0, 0))
static int owned(const char *p) { struct stat s; return !lstat(p, &s) && s.st_uid == 1; }
DOOR(truncate_, CALL(SYS_truncate, p, 5)) DOOR(truncate_32, e32(92, P(p), 5, 0, 0, 0)) DOOR(truncate_64, e32(193, P(p), 5, 0, 0, 0))
static int resized(const char *p) { struct stat s; return !lstat(p, &s) && s.st_size == 5; }

// 32-bit pointers: names and values lie in low memory
static char *attr, *acl_name, *acl;
#define XATTR "trusted.tg"
#define ACL_NAME "system.posix_acl_access"
// version 2; u::rw-, u:1:rwx, g::---, m::rwx, o::---
static const unsigned char ACL[] = {2,0,0,0, 1,0,6,0,255,255,255,255, 2,0,7,0,1,0,0,0, 4,0,0,0,255,255,255,255, 16,0,7,0,255,255,255,255, 32,0,0,0,255,255,255,255};
static int xattr_u(const char *p) { uring_tail = P(p); int e = uring(42, 0, attr, P(attr), 1, 0, 0); uring_tail = 0; return or_no_door(e, EINVAL); }
DOOR(setxattr_, CALL(SYS_setxattr, p, attr, attr, 1, 0)) DOOR(lsetxattr_, CALL(SYS_lsetxattr, p, attr, attr, 1, 0)) DOOR(setxattr_32, e32(226, P(p), P(attr), P(attr), 1, 0)) DOOR(lsetxattr_32, e32(227, P(p), P(attr), P(attr), 1, 0))
DOOR(setacl_, or_no_door(CALL(SYS_setxattr, p, acl_name, acl, sizeof ACL, 0), EOPNOTSUPP))
static int labelled(const char *p) { char b[64]; return lgetxattr(p, XATTR, b, 64) > 0 || lgetxattr(p, ACL_NAME, b, 64) > 0; }
static void with_bare(void) { touch(OWN_FORBIDDEN); touch(OWN_HARMLESS); lremovexattr(OWN_FORBIDDEN, XATTR); lremovexattr(OWN_HARMLESS, XATTR); lremovexattr(OWN_FORBIDDEN, ACL_NAME); lremovexattr(OWN_HARMLESS, ACL_NAME); }
static int fsetxattr_(int fd) { return fsetxattr(fd, "trusted.other", "x", 1, 0); }
static int label_other(void) { return by_descriptor(fsetxattr_); }

static int mounted(const char *p) { struct stat s, d; return !lstat(p, &s) && !lstat(DIR, &d) && s.st_dev != d.st_dev; }
static void mount_here(const char *p) { if (!mounted(p) && mount("none", p, "tmpfs", 0, "size=4k")) exit(5); }
static void with_mounts(void) { with_dirs(); mount_here(OWN_FORBIDDEN); mount_here(OWN_HARMLESS); }
static int unmounted(const char *p) { return there(p) && !mounted(p); }
DOOR(umount2_, CALL(SYS_umount2, p, 0)) DOOR(umount2_32, e32(52, P(p), 0, 0, 0, 0)) DOOR(umount_32, e32(22, P(p), 0, 0, 0, 0))
static void with_target(void) { umount2(OWN_THIRD, MNT_DETACH); with_dirs(); mkdir(OWN_THIRD, 0700); }
DOOR(mount_, CALL(SYS_mount, p, third, NULL, MS_BIND, NULL)) DOOR(mount_32, e32(21, P(p), P(third), 0, MS_BIND, 0))

// a program is run in a child; it is this one, and leaves a mark beside the file it was run from
#define RAN "ran"
static uint32_t *args32; static char **args64;
static int run(long (*call)(const char *), const char *p) {
  pid_t child = fork(); if (!child) { long r = call(p); _exit(r < 0 ? errno : 0); }
  int st; waitpid(child, &st, 0); return WIFEXITED(st) ? WEXITSTATUS(st) : 255;
}
static long as_long(int e) { errno = e; return e ? -1 : 0; }
static long execve_c(const char *p) { return syscall(SYS_execve, p, args64, NULL); }
static long execveat_c(const char *p) { return syscall(SYS_execveat, AT_FDCWD, p, args64, NULL, 0); }
static long execve_32c(const char *p) { return as_long(e32(11, P(p), P(args32), 0, 0, 0)); }
static long execveat_32c(const char *p) { return as_long(e32(358, AT_FDCWD, P(p), P(args32), 0, 0)); }
DOOR(execve_, run(execve_c, p)) DOOR(execveat_, run(execveat_c, p)) DOOR(execve_32, run(execve_32c, p)) DOOR(execveat_32, run(execveat_32c, p))
static void mark_of(const char *p, char *mark) { snprintf(mark, 64, OWN_DIR "/ran-%s", strrchr(p, '/') + 1); }
static int leave_mark(void) { char exe[256] = "", mark[64]; if (readlink("/proc/self/exe", exe, 255) < 0) return 1; mark_of(exe, mark); touch(mark); return 0; }
static int ran(const char *p) { char mark[64]; mark_of(p, mark); return there(mark); }
static void without_marks(void) { char mark[64]; mark_of(FORBIDDEN, mark); unlink(mark); mark_of(HARMLESS, mark); unlink(mark); }
static void with_programs(void) {
  without_marks();
  char exe[256] = ""; if (readlink("/proc/self/exe", exe, 255) < 0) exit(6);
  if (!there(OWN_FORBIDDEN)) link(exe, OWN_FORBIDDEN);
  if (!there(OWN_HARMLESS)) link(exe, OWN_HARMLESS);
}
static void files_init(char *low) {
  seen = (void *)(low + 2304); attr = low + 2560; strcpy(attr, XATTR); acl_name = low + 2600; strcpy(acl_name, ACL_NAME); acl = low + 2640; memcpy(acl, ACL, sizeof ACL);
  char *word = low + 2720; strcpy(word, RAN); args32 = (void *)(low + 2728); args32[0] = P(word); args64 = (void *)(low + 2744); args64[0] = word;
}
