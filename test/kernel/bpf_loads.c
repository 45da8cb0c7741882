// SPDX-License-Identifier: Apache-2.0
// Loads BPF programs in the ways that a gate has to tell apart. Prints `id N` for what the kernel handed out, `errno N` else.
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "bpf_call.h"

static int by_id(int command, unsigned id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return bpf(command, &attr, sizeof(attr));
}

static int attach_raw(int prog)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = (unsigned long)"sched_switch";
	attr.raw_tracepoint.prog_fd = prog;
	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
}

static int link_create(int prog, int target, int type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = target;
	attr.link_create.attach_type = type;
	return bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static int pass(int socket, int fd, int receives)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {&byte, 1};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	if (receives) {
		if (recvmsg(socket, &msg, 0) < 1)
			return -1;
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		return fd;
	}
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0);
}

static int loaded_of_many;
static void *loads_many(void *times)
{
	for (long k = 0; k < (long)times; k++) {
		int fd = load(BPF_PROG_TYPE_SOCKET_FILTER, 0, 0);
		if (fd >= 0) {
			__sync_fetch_and_add(&loaded_of_many, 1);
			close(fd);
		}
	}
	return NULL;
}

static int many(int threads, long times)
{
	pthread_t all[16];

	for (int k = 0; k < threads; k++)
		pthread_create(&all[k], NULL, loads_many, (void *)times);
	for (int k = 0; k < threads; k++)
		pthread_join(all[k], NULL);
	printf("loaded %d\n", loaded_of_many);
	return 0;
}

/* Becomes another user and keeps the capabilities. */
static void become(int uid)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2];

	prctl(PR_SET_KEEPCAPS, 1);
	if (setresuid(uid, uid, uid))
		exit(9);
	syscall(SYS_capget, &head, caps);
	caps[0].effective = caps[0].permitted;
	caps[1].effective = caps[1].permitted;
	syscall(SYS_capset, &head, caps);
}

/* Starts a file that lies nowhere. */
static int from_memory(const char *path, char **argv)
{
	static char bytes[4 << 20];
	int from = open(path, O_RDONLY), to = memfd_create("loads", 0);
	ssize_t size = read(from, bytes, sizeof(bytes));

	if (size <= 0 || write(to, bytes, size) != size)
		return 9;
	return fexecve(to, argv, environ);
}

static int traced(const char *path, char **argv)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execv(path, argv);
		printf("errno %d\n", errno);
		fflush(stdout);
		_exit(9);
	}
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, child, 0, 0);
	return 0;
}

/* Takes another file for its executable, as far as the kernel lets it: its own is not mapped any more. */
static int takes_exe(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, fd, 0, 0))
		printf("errno %d\n", errno);
	else
		puts("taken");
	return 0;
}

static int socket_at(const char *path, int listens)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(at.sun_path, path, sizeof(at.sun_path) - 1);
	if (!listens)
		return connect(fd, (void *)&at, sizeof(at)) ? -1 : fd;
	if (bind(fd, (void *)&at, sizeof(at)) || listen(fd, 1))
		return -1;
	return accept(fd, NULL, NULL);
}

enum { SET_STRING = 1, CREATE = 6, TOKEN_CREATE = 36, TOKEN_FLAG = 1 << 16, TOKEN_AT = 144 };

/* In a user namespace, with a file system that root let it have: the namespace's capabilities are enough then. */
static int loads_by_token(int parent)
{
	static struct bpf_insn code[] = {{.code = 0xb7}, {.code = 0x95}};
	union { union bpf_attr attr; unsigned words[64]; } it;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return told(-1);
	if (pass(parent, syscall(SYS_fsopen, "bpf", 0), 0) < 0)
		return puts("no tokens"), fflush(stdout);
	int folder = openat(pass(parent, -1, 1), ".", O_RDONLY);
	memset(&it, 0, sizeof(it));
	it.words[1] = folder;
	int token = syscall(SYS_bpf, TOKEN_CREATE, &it, 8);
	if (token < 0 && errno == EINVAL)
		return puts("no tokens"), fflush(stdout);
	if (token < 0)
		return told(token);
	memset(&it, 0, sizeof(it));
	it.attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	it.attr.insns = (unsigned long)code;
	it.attr.insn_cnt = 2;
	it.attr.license = (unsigned long)"GPL";
	it.attr.prog_flags = TOKEN_FLAG;
	it.words[TOKEN_AT / 4] = token;
	return told(syscall(SYS_bpf, BPF_PROG_LOAD, &it, TOKEN_AT + 4));
}

static int with_token(void)
{
	static const char *const what[] = {"delegate_cmds", "delegate_maps", "delegate_progs", "delegate_attachs"};
	int ends[2], fs, failed = 0;

	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	if (!fork()) {
		close(ends[0]);
		_exit(loads_by_token(ends[1]));
	}
	close(ends[1]); /* a child that ends early is noticed */
	fs = pass(ends[0], -1, 1);
	for (int k = 0; k < 4; k++)
		failed |= syscall(SYS_fsconfig, fs, SET_STRING, what[k], "any", 0);
	if (failed || fs < 0) {
		puts("no tokens");
		return 0;
	}
	syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0);
	if (pass(ends[0], syscall(SYS_fsmount, fs, 0, 0), 0) < 0)
		return puts("no tokens"), 0;
	wait(NULL);
	return 0;
}

/* each time as a new process, until somebody makes that file */
static int over_and_over(char *self, const char *file)
{
	alarm(0);
	while (access(file, F_OK)) {
		if (!fork()) {
			execl(self, self, "many", "1", "5", NULL);
			_exit(127);
		}
		wait(NULL);
		usleep(300000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *does = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "", *more = argc > 3 ? argv[3] : "";
	int number = atoi(arg);

	alarm(60); /* no test waits for what does not come */
	if (!strcmp(does, "load"))
		return told(load(*arg ? number : 1, atoi(more), argc > 4 ? atoi(argv[4]) : 0));
	if (!strcmp(does, "named")) {
		name = arg;
		return told(load(1, 0, 0));
	}
	if (!strcmp(does, "many"))
		return many(number, atol(more));
	if (!strcmp(does, "until"))
		return over_and_over(argv[0], arg);
	if (!strcmp(does, "again")) { /* and once more as another program */
		told(load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0));
		told(load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0));
		execl(arg, "loads", "load", more, NULL);
		return 3;
	}
	if (!strcmp(does, "full")) { /* no descriptor is left for what was loaded */
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
		return told(load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0));
	}
	if (!strcmp(does, "user")) {
		become(number);
		return told(load(1, 0, 0));
	}
	if (!strcmp(does, "userns"))
		return unshare(CLONE_NEWUSER) ? told(-1) : told(load(1, 0, 0));
	if (!strcmp(does, "pidns")) {
		if (unshare(CLONE_NEWPID))
			return told(-1);
		if (!fork())
			return told(load(1, 0, 0));
		wait(NULL);
		return 0;
	}
	if (!strcmp(does, "deleted")) {
		unlink(argv[0]);
		return told(load(1, 0, 0));
	}
	if (!strcmp(does, "memory"))
		return from_memory(arg, (char *[]){"loads", "load", NULL});
	if (!strcmp(does, "opened")) {
		int fd = open(arg, O_RDONLY | O_CLOEXEC);
		rename(arg, more);
		return fexecve(fd, (char *[]){"loads", "load", NULL}, environ);
	}
	if (!strcmp(does, "traced"))
		return traced(arg, (char *[]){"loads", "load", NULL});
	if (!strcmp(does, "attach"))
		return told(ptrace(PTRACE_ATTACH, number, 0, 0) ? -1 : 0);
	if (!strcmp(does, "exe"))
		return takes_exe(arg);
	if (!strcmp(does, "sleep")) {
		puts("ready");
		fflush(stdout);
		return sleep(number);
	}
	if (!strcmp(does, "get"))
		return told(get(arg));
	if (!strcmp(does, "byid"))
		return told(by_id(number, atoi(more)));
	if (!strcmp(does, "detach"))
		return told(by_id(BPF_LINK_DETACH, number));
	if (!strcmp(does, "pinned")) {
		int fd = load(*more ? atoi(more) : BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0);
		return fd < 0 ? told(fd) : told(pin(fd, arg) ? -1 : fd);
	}
	if (!strcmp(does, "raw")) /* attaches what somebody else loaded */
		return told(attach_raw(get(arg)));
	if (!strcmp(does, "link"))
		return told(link_create(get(arg), open(more, O_RDONLY), BPF_CGROUP_INET_INGRESS));
	if (!strcmp(does, "repin"))
		return told(pin(get(arg), more) ? -1 : 0);
	if (!strcmp(does, "sends"))
		return pass(socket_at(arg, 1), load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0), 0) < 0;
	if (!strcmp(does, "receives")) {
		int from = -1;
		for (int k = 0; k < 100 && from < 0; k++, usleep(50000))
			from = socket_at(arg, 0);
		return told(attach_raw(pass(from, -1, 1)));
	}
	if (!strcmp(does, "token"))
		return with_token();
	return 2;
}
