// SPDX-License-Identifier: Apache-2.0
/*
 * crowd DIR CALL THREADS MILLISECONDS [MOST]: many threads on one processor make a forbidden call without a pause, each of its own file:
 * an absolute path that begins with DIR/forbidden. They set it up by a relative path, of which no policy speaks. Prints how many calls
 * were denied with error 67, how many were made, and how many failed in another way (the last of these errors). Ends after MOST tries, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define DENIED 67
#define STACK (64 << 10)

struct paths { char forbidden[256], same[64], other[64]; };

static int from_dir, to_dir;

static atomic_long denied, made, failed;
static atomic_int last, over;

static void gone(const char *path)
{
	if (unlink(path))
		rmdir(path);
}

static void put(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0700);

	if (fd < 0 && !rmdir(path))
		fd = open(path, O_CREAT | O_WRONLY, 0700);
	if (fd >= 0)
		close(fd);
}

static int try_unlink(const struct paths *p) { put(p->same); return unlink(p->forbidden); }
static int try_mkdir(const struct paths *p) { gone(p->same); return mkdir(p->forbidden, 0700); }
static int try_rmdir(const struct paths *p) { unlink(p->same); mkdir(p->same, 0700); return rmdir(p->forbidden); }
static int try_symlink(const struct paths *p) { gone(p->other); return symlink(p->forbidden, p->other); }
static int try_link_old(const struct paths *p) { put(p->same); gone(p->other); return link(p->forbidden, p->other); }
static int try_link_new(const struct paths *p) { put(p->other); gone(p->same); return link(p->other, p->forbidden); }
static int try_rename_from(const struct paths *p) { put(p->same); return rename(p->forbidden, p->other); }
static int try_rename_to(const struct paths *p) { put(p->other); return rename(p->other, p->forbidden); }
static int try_mknod(const struct paths *p) { gone(p->same); return mknod(p->forbidden, S_IFIFO | 0600, 0); }
static int try_chmod(const struct paths *p) { put(p->same); return chmod(p->forbidden, 0700); }
static int try_chown(const struct paths *p) { put(p->same); return chown(p->forbidden, 0, 0); }
static int try_truncate(const struct paths *p) { put(p->same); return truncate(p->forbidden, 0); }
static int try_setxattr(const struct paths *p) { put(p->same); return setxattr(p->forbidden, "trusted.x", "1", 1, 0); }

static int try_umount(const struct paths *p)
{
	unlink(p->same);
	mkdir(p->same, 0700);
	if (mount("none", p->same, "tmpfs", 0, "size=4k"))
		return -1;
	int r = umount(p->forbidden), error = errno;
	if (r)
		umount(p->same);
	errno = error;
	return r;
}

static int try_open(const struct paths *p)
{
	int fd = open(p->forbidden, O_CREAT | O_WRONLY, 0600);

	return fd >= 0 ? close(fd) : -1;
}

/* Who may do so puts the text at address 0. */
static int try_at_null(const struct paths *p)
{
	put("./forbidden-0");
	return syscall(SYS_unlink, NULL);
}

static int try_execve(const struct paths *p)
{
	char *none[] = { NULL };
	pid_t pid;

	gone(p->same);
	link("./program", p->same);
	int error = posix_spawn(&pid, p->forbidden, NULL, NULL, none, none);
	if (!error)
		waitpid(pid, NULL, 0);
	errno = error;
	return error ? -1 : 0;
}

/* Both names at one address, in two directories. */
static int try_one_name(const struct paths *p)
{
	int fd = openat(from_dir, p->same, O_CREAT | O_WRONLY, 0600);

	if (fd >= 0)
		close(fd);
	unlinkat(to_dir, p->same, 0);
	return renameat(from_dir, p->same + 2, to_dir, p->same + 2);
}

/* Of a filter of sockets that lets nothing through; one of two instructions is what libraries probe with. */
static int try_bpf_load(const struct paths *p)
{
	static const struct bpf_insn nothing[] = {{0xb7, 0, 0, 0, 0}, {0xb7, 1, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 3, .insns = (unsigned long)nothing, .license = (unsigned long)"GPL" };
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	return fd >= 0 ? close(fd) : -1;
}

static const struct { const char *call; int (*try)(const struct paths *); } CALLS[] = {
	{ "unlink", try_unlink }, { "mkdir", try_mkdir }, { "rmdir", try_rmdir }, { "symlink", try_symlink },
	{ "link-old", try_link_old }, { "link-new", try_link_new }, { "rename-from", try_rename_from }, { "rename-to", try_rename_to },
	{ "mknod", try_mknod }, { "chmod", try_chmod }, { "chown", try_chown }, { "truncate", try_truncate },
	{ "setxattr", try_setxattr }, { "umount", try_umount }, { "open", try_open }, { "execve", try_execve },
	{ "rename-one-name", try_one_name }, { "bpf-load", try_bpf_load }, { "unlink-at-null", try_at_null },
};
#define NCALLS (sizeof(CALLS) / sizeof(CALLS[0]))

static const char *dir;
static long most;
static int (*attempt)(const struct paths *);

static void *one_of_many(void *number)
{
	struct paths p;

	snprintf(p.forbidden, sizeof(p.forbidden), "%s/forbidden-%ld", dir, (long)number);
	snprintf(p.same, sizeof(p.same), "./forbidden-%ld", (long)number);
	snprintf(p.other, sizeof(p.other), "./other-%ld", (long)number);
	while (!over && made + denied + failed < most) {
		if (attempt(&p) == 0)
			made++;
		else if (errno == DENIED)
			denied++;
		else {
			failed++;
			last = errno;
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 5 || argc > 6 || chdir(argv[1]))
		return 2;
	dir = argv[1];
	for (size_t i = 0; i < NCALLS; i++)
		if (!strcmp(CALLS[i].call, argv[2]))
			attempt = CALLS[i].try;
	if (attempt == try_at_null) {
		char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (text == MAP_FAILED)
			return 4;
		char path[256];
		int size = snprintf(path, sizeof(path), "%s/forbidden-0", dir) + 1;
		for (int i = 0; i < size; i++) {
			volatile char *at = text + i;
			asm volatile("" : "+r"(at)); /* the compiler takes it that nothing lies there */
			*at = path[i];
		}
	}
	if (attempt == try_one_name) {
		mkdir("from", 0700);
		mkdir("to", 0700);
		from_dir = open("from", O_PATH | O_DIRECTORY);
		to_dir = open("to", O_PATH | O_DIRECTORY);
	}
	long threads = atol(argv[3]), ms = atol(argv[4]);
	most = argc > 5 ? atol(argv[5]) : LONG_MAX;
	if (!attempt || threads < 1)
		return 2;
	pthread_t *started = calloc(threads, sizeof(*started));
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&started[i], &attributes, one_of_many, (void *)i))
			return 3;
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
	over = 1;
	for (long i = 0; i < threads; i++)
		pthread_join(started[i], NULL);
	printf("%ld %ld %ld %s\n", denied, made, failed, last ? strerror(last) : "-");
	return 0;
}
