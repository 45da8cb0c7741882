// SPDX-License-Identifier: Apache-2.0
// Ways past a gate for loads of BPF programs, each tried for real: other doors of the kernel, other processes' rights, files that
// change without looking so. Prints `id N` or `loaded N` for what the kernel handed out, `errno N` else.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "bpf_call.h"

enum { BPF_32BIT = 357, SYS_BPF_HELPER = 166, PIDFD_GETFD = 438, PIDFD_OPEN = 434, TEST_RUN = 10 };

static int load_any(void) { return load(BPF_PROG_TYPE_SOCKET_FILTER, 0, 0); }

/* By the door of 32-bit programs, which a 64-bit one may use as well. */
static int by_int80(void)
{
	struct low { union bpf_attr attr; struct bpf_insn code[2]; char license[4]; } *low;
	long result;

	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		return -1;
	low->code[0].code = 0xb7;
	low->code[1].code = 0x95;
	strcpy(low->license, "GPL");
	low->attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	low->attr.insns = (unsigned long)low->code;
	low->attr.insn_cnt = 2;
	low->attr.license = (unsigned long)low->license;
	asm volatile("int $0x80" : "=a"(result) : "a"(BPF_32BIT), "b"(BPF_PROG_LOAD), "c"(low), "d"(sizeof(low->attr)) : "memory");
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}

#define STORE(at, value) {.code = 0x7a, .dst_reg = 10, .off = (at), .imm = (value)} /* *(u64 *)(fp + at) = value */
#define AT(reg, at) {.code = 0xbf, .dst_reg = (reg), .src_reg = 10}, {.code = 0x07, .dst_reg = (reg), .imm = (at)}
#define PUT(at, reg) {.code = 0x7b, .dst_reg = 10, .src_reg = (reg), .off = (at)}

/* A program that calls bpf(2) inside of the kernel, and loads one there: whoever runs it is who loads. */
static int program_that_loads(void)
{
	enum { CODE = -16, LICENSE = -24, ATTR = -152 };
	struct bpf_insn code[] = {
		STORE(CODE, 0xb7), STORE(CODE + 8, 0x95), STORE(LICENSE, 0x4c5047),
		STORE(ATTR, 0), STORE(ATTR + 8, 0), STORE(ATTR + 16, 0), STORE(ATTR + 24, 0), STORE(ATTR + 32, 0), STORE(ATTR + 40, 0),
		STORE(ATTR + 48, 0), STORE(ATTR + 56, 0), STORE(ATTR + 64, 0), STORE(ATTR + 72, 0), STORE(ATTR + 80, 0), STORE(ATTR + 88, 0),
		STORE(ATTR + 96, 0), STORE(ATTR + 104, 0), STORE(ATTR + 112, 0), STORE(ATTR + 120, 0),
		{.code = 0x62, .dst_reg = 10, .off = ATTR, .imm = BPF_PROG_TYPE_SOCKET_FILTER},
		{.code = 0x62, .dst_reg = 10, .off = ATTR + 4, .imm = 2},
		AT(1, CODE), PUT(ATTR + 8, 1), AT(1, LICENSE), PUT(ATTR + 16, 1),
		{.code = 0xb7, .dst_reg = 1, .imm = BPF_PROG_LOAD}, AT(2, ATTR), {.code = 0xb7, .dst_reg = 3, .imm = 128},
		{.code = 0x85, .imm = SYS_BPF_HELPER}, {.code = 0x95},
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SYSCALL;
	attr.prog_flags = BPF_F_SLEEPABLE;
	attr.insns = (unsigned long)code;
	attr.insn_cnt = sizeof(code) / sizeof(*code);
	attr.license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int run_it(int prog)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = prog;
	if (bpf(TEST_RUN, &attr, sizeof(attr)))
		return -1;
	errno = (int)attr.test.retval < 0 ? -(int)attr.test.retval : 0;
	return (int)attr.test.retval < 0 ? -1 : (int)attr.test.retval;
}

/* Holds a program until it is ended. */
static int holds(void)
{
	static char secret[] = "of the loader's own memory";
	printf("fd %d at %p\n", load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0), (void *)secret);
	fflush(stdout);
	return pause();
}

static int takes_fd(int pid, int fd)
{
	int process = syscall(PIDFD_OPEN, pid, 0);
	return syscall(PIDFD_GETFD, process, fd, 0);
}

static int writes_memory(int pid, unsigned long at)
{
	char byte = 'x';
	struct iovec from = {&byte, 1}, to = {(void *)at, 1};
	return process_vm_writev(pid, &from, 1, &to, 1, 0) == 1 ? 0 : -1;
}

/* Starts something under a tracer that lets go of it at its first instruction: it would run as who it is, and do what it was told. */
static int traced_start(const char *path)
{
	pid_t child = fork();
	int status;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execv(path, (char *[]){(char *)path, "load", NULL});
		printf("errno %d\n", errno);
		fflush(stdout);
		_exit(9);
	}
	if (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		ptrace(PTRACE_DETACH, child, 0, 0);
		waitpid(child, &status, 0);
	}
	return 0;
}

static volatile int *loaded;
static void *loads_on(void *unused)
{
	(void)unused;
	for (;;)
		if (load_any() >= 0)
			__sync_fetch_and_add(loaded, 1);
	return NULL;
}

/* A thread loads while another becomes a known loader. */
static int races(int rounds, const char *listed)
{
	loaded = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int k = 0; k < rounds; k++) {
		pid_t child = fork();
		if (!child) {
			pthread_t thread;
			pthread_create(&thread, NULL, loads_on, NULL);
			usleep(k % 7 * 300);
			execv(listed, (char *[]){(char *)listed, "nothing", NULL});
			_exit(9);
		}
		waitpid(child, NULL, 0);
	}
	printf("loaded %d\n", *loaded);
	return 0;
}

/* Both share one memory: only its own executable counts. */
static int in_shared_memory(void)
{
	static char stack[1 << 16];
	int status;
	int child = clone((int (*)(void *))(void *)load_any, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

	if (child < 0)
		return -1;
	waitpid(child, &status, 0);
	errno = WEXITSTATUS(status) == 255 ? EPERM : 0;
	return errno ? -1 : 0;
}

/* Changes the last byte of a file through memory that was mapped, and read, before. */
static int maps_and_writes(const char *path)
{
	struct stat before, after;
	int fd = open(path, O_RDWR);

	if (fd < 0 || fstat(fd, &before))
		return told(-1);
	volatile char *bytes = mmap(NULL, before.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return told(-1);
	char was = bytes[before.st_size - 1];
	bytes[before.st_size - 1] = was + 1;
	munmap((void *)bytes, before.st_size);
	fstat(fd, &after);
	close(fd);
	puts(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec ? "unseen" : "seen");
	return 0;
}

/* Changes the last byte of a file at a time that looks like that of its last change. */
static int writes_in_the_past(const char *path)
{
	struct timespec now, began, ended;
	struct stat before, after;
	int fd = open(path, O_RDWR), same = 0;
	char byte;

	if (fd < 0 || fstat(fd, &before))
		return told(-1);
	pread(fd, &byte, 1, before.st_size - 1);
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int tries = 0; tries < 200 && !same; tries++) {
		byte++;
		if (clock_settime(CLOCK_REALTIME, &before.st_ctim) || pwrite(fd, &byte, 1, before.st_size - 1) != 1)
			break;
		fstat(fd, &after);
		same = before.st_ctim.tv_sec == after.st_ctim.tv_sec && before.st_ctim.tv_nsec == after.st_ctim.tv_nsec;
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	now.tv_sec += ended.tv_sec - began.tv_sec;
	clock_settime(CLOCK_REALTIME, &now);
	close(fd);
	puts(same ? "unseen" : "seen");
	return 0;
}

static void writes_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		exit(9);
	close(fd);
}

/* Root in namespaces of its own. */
static int nested(void)
{
	int uid = getuid();
	char map[32];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID))
		return told(-1);
	snprintf(map, sizeof(map), "0 %d 1", uid);
	writes_text("/proc/self/uid_map", map);
	if (!fork())
		return told(load_any());
	wait(NULL);
	return 0;
}

/* Another user, with the two capabilities that a load takes and no more. */
static int with_capabilities_alone(int uid)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2] = {};

	prctl(PR_SET_KEEPCAPS, 1);
	if (setresuid(uid, uid, uid))
		return 9;
	caps[1].effective = caps[1].permitted = 1 << (CAP_BPF - 32) | 1 << (CAP_PERFMON - 32);
	if (syscall(SYS_capset, &head, caps))
		return 9;
	return told(load_any());
}

/* Takes a name away without a system call of its own for it. */
static int unlinks_by_ring(const char *path)
{
	struct io_uring_params p = {};
	int ring = syscall(SYS_io_uring_setup, 4, &p);
	if (ring < 0)
		return told(-1);
	char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);

	sqe->opcode = IORING_OP_UNLINKAT;
	sqe->fd = AT_FDCWD;
	sqe->addr = (unsigned long)path;
	((unsigned *)(sq + p.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return told(-1);
	struct io_uring_cqe *cqe = (void *)(cq + p.cq_off.cqes);
	errno = cqe->res < 0 ? -cqe->res : 0;
	return told(cqe->res < 0 ? -1 : 0);
}

int main(int argc, char **argv)
{
	const char *does = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "", *more = argc > 3 ? argv[3] : "";

	alarm(60); /* no test waits for what does not come */
	if (!strcmp(does, "load"))
		return told(load(atoi(arg) ? atoi(arg) : 1, 0, 0)); /* a script's path may stand there */
	if (!strcmp(does, "nothing"))
		return 0;
	if (!strcmp(does, "int80"))
		return told(by_int80());
	if (!strcmp(does, "pins-loading"))
		return told(pin(program_that_loads(), arg) ? -1 : 0);
	if (!strcmp(does, "runs-loading"))
		return told(run_it(get(arg)));
	if (!strcmp(does, "holds"))
		return holds();
	if (!strcmp(does, "getfd"))
		return told(takes_fd(atoi(arg), atoi(more)));
	if (!strcmp(does, "memory"))
		return told(writes_memory(atoi(arg), strtoul(more, NULL, 16)));
	if (!strcmp(does, "memory-file")) {
		char path[32];
		snprintf(path, sizeof(path), "/proc/%s/mem", arg);
		return told(open(path, O_RDWR));
	}
	if (!strcmp(does, "seize"))
		return told(ptrace(PTRACE_SEIZE, atoi(arg), 0, 0) ? -1 : 0);
	if (!strcmp(does, "traced-start"))
		return traced_start(arg);
	if (!strcmp(does, "race"))
		return races(atoi(arg), more);
	if (!strcmp(does, "shared-memory"))
		return told(in_shared_memory());
	if (!strcmp(does, "map-write"))
		return maps_and_writes(arg);
	if (!strcmp(does, "past-write"))
		return writes_in_the_past(arg);
	if (!strcmp(does, "open-write"))
		return told(open(arg, O_WRONLY));
	if (!strcmp(does, "nested"))
		return nested();
	if (!strcmp(does, "capabilities"))
		return with_capabilities_alone(atoi(arg));
	if (!strcmp(does, "ring-unlink"))
		return unlinks_by_ring(arg);
	return 2;
}
