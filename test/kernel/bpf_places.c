// SPDX-License-Identifier: Apache-2.0
// Puts programs in the rarer places that the kernel has, by bpf(2) alone. Prints `program done ID` and `attach done ID`, or what
// failed with its errno, and holds it until its standard input ends.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "bpf_call.h"

/* Newer than the header that this is compiled with may be. */
enum { LSM_CGROUP = 43, STRUCT_OPS = 44, NETFILTER = 45, UPROBE_MULTI = 48, TYPE_NETFILTER = 32, OF_A_LINK = 1 << 13, BTF_LOADS = 18 };

static void said(const char *what, int fd)
{
	if (fd < 0)
		printf("%s failed %d\n", what, errno);
	else
		printf("%s done %u\n", what, id_of(fd));
	fflush(stdout);
}

static void hold(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
}

/* What is behind its first four members lies in `more`, which is as long as `words` says. */
static int link_with(int prog, int target, int attach, const unsigned *more, int words)
{
	union { union bpf_attr attr; unsigned words[64]; } it;

	if (prog < 0)
		return -1; /* why, is in errno */
	memset(&it, 0, sizeof(it));
	it.words[0] = prog;
	it.words[1] = target;
	it.words[2] = attach;
	if (words)
		memcpy(&it.words[4], more, 4 * words);
	return syscall(SYS_bpf, BPF_LINK_CREATE, &it, 16 + 4 * (words > 12 ? words : 12));
}

static int map_of(int type, int value, int flags, int btf, int value_type)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = 4;
	attr.value_size = value;
	attr.max_entries = 1;
	attr.map_flags = flags;
	attr.btf_fd = btf;
	attr.btf_vmlinux_value_type_id = value_type;
	strcpy(attr.map_name, "p_map");
	return bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int element(int command, int map, void *value)
{
	static unsigned key;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (unsigned long)&key;
	attr.value = (unsigned long)value;
	return bpf(command, &attr, sizeof(attr));
}

/* Types of a map that holds none but the kernel's: there has to be one. */
static int some_btf(void)
{
	static const struct { unsigned short magic; char version, flags; unsigned header, type_at, type_bytes, text_at, text_bytes, type[4]; char text[5]; }
		btf = {0xeb9f, 1, 0, 24, 0, 16, 16, 5, {1, 1 << 24, 4, 32}, "\0int"};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf = (unsigned long)&btf;
	attr.btf_size = 24 + 16 + 5;
	return bpf(BTF_LOADS, &attr, sizeof(attr));
}

/* An algorithm of TCP's, where `at` says: type of the value, bytes, type of the operations, where its name is, and of three members where each is and which one it is. */
static int struct_ops(const int *at, int by_link)
{
	static char value[4096];
	int map = map_of(BPF_MAP_TYPE_STRUCT_OPS, at[1], by_link ? OF_A_LINK : 0, some_btf(), at[0]), done;

	said("map", map);
	for (int k = 0; k < 3; k++) {
		long prog = load(BPF_PROG_TYPE_STRUCT_OPS, at[5 + 2 * k], at[2]);
		if (prog < 0)
			said("program", prog);
		memcpy(value + at[4 + 2 * k], &prog, sizeof(prog));
	}
	strcpy(value + at[3], "tg_test");
	done = element(BPF_MAP_UPDATE_ELEM, map, value);
	if (by_link)
		said("attach", done ? done : link_with(map, 0, STRUCT_OPS, NULL, 0));
	else
		printf("attach %s %d\n", done ? "failed" : "done", done ? errno : 0);
	fflush(stdout);
	hold();
	return by_link ? 0 : element(BPF_MAP_DELETE_ELEM, map, NULL) != 0;
}

static int directly(int command, int prog, int target, int attach)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = target;
	attr.attach_bpf_fd = prog;
	attr.attach_type = attach;
	return bpf(command, &attr, sizeof(attr));
}

static int sockmap(void)
{
	int map = map_of(BPF_MAP_TYPE_SOCKMAP, 4, 0, 0, 0), prog = load(BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_VERDICT, 0);

	said("map", map);
	said("program", prog);
	int done = directly(BPF_PROG_ATTACH, prog, map, BPF_SK_SKB_VERDICT);
	printf("attach %s %d\n", done ? "failed" : "done", done ? errno : 0);
	fflush(stdout);
	hold();
	return directly(BPF_PROG_DETACH, prog, map, BPF_SK_SKB_VERDICT);
}

static int reuseport(void)
{
	int yes = 1, sock = socket(AF_INET, SOCK_DGRAM, 0), prog = load(BPF_PROG_TYPE_SK_REUSEPORT, 0, 0);

	said("program", prog);
	setsockopt(sock, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	return setsockopt(sock, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &prog, sizeof(prog));
}

static int counter(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = 1000000};
	int event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC), prog = load(BPF_PROG_TYPE_PERF_EVENT, 0, 0);

	said("program", prog);
	return event < 0 ? -1 : ioctl(event, PERF_EVENT_IOC_SET_BPF, prog);
}

static int query(const char *path)
{
	union bpf_attr attr;
	int cgroup = open(path, O_RDONLY);

	for (int k = 0; k < 4; k++) {
		if (k == 3)
			usleep(1200000);
		memset(&attr, 0, sizeof(attr));
		attr.query.target_fd = cgroup;
		attr.query.attach_type = BPF_CGROUP_INET_EGRESS;
		if (bpf(BPF_PROG_QUERY, &attr, sizeof(attr)))
			return 1;
	}
	return 0;
}

static int bound(void)
{
	union bpf_attr attr;
	int map = map_of(BPF_MAP_TYPE_ARRAY, 4, 0, 0, 0), prog = load(BPF_PROG_TYPE_CGROUP_SKB, 0, 0);

	said("map", map);
	said("program", prog);
	memset(&attr, 0, sizeof(attr));
	attr.prog_bind_map.prog_fd = prog;
	attr.prog_bind_map.map_fd = map;
	if (bpf(BPF_PROG_BIND_MAP, &attr, sizeof(attr)))
		return 1;
	memset(&attr, 0, sizeof(attr));
	return bpf(BPF_ENABLE_STATS, &attr, sizeof(attr)) < 0;
}

int main(int argc, char **argv)
{
	const char *does = argc > 1 ? argv[1] : "", *text = argc > 3 ? argv[3] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0, at[10] = {0}, prog = -1, link = -1;
	unsigned long offset = 0x40, uprobe[8] = {(unsigned long)text, (unsigned long)&offset, 0, 0, 1};
	unsigned hook[4] = {2 /* IPv4 */, 1 /* in */, -128};

	alarm(60); /* no test waits for what does not come */
	returned = 1;
	for (int k = 0; k < 10 && argc > 12; k++)
		at[k] = atoi(argv[3 + k]);
	if (!strcmp(does, "struct_ops"))
		return struct_ops(at, number);
	if (!strcmp(does, "query"))
		return query(text);
	if (!strcmp(does, "sockmap"))
		return sockmap();
	if (!strcmp(does, "bound"))
		return bound();
	if (!strcmp(does, "reuseport"))
		return reuseport();
	if (!strcmp(does, "counter"))
		return counter();
	if (!strcmp(does, "uprobe_multi"))
		link = link_with(prog = load(BPF_PROG_TYPE_KPROBE, UPROBE_MULTI, 0), 0, UPROBE_MULTI, (unsigned *)uprobe, 12);
	if (!strcmp(does, "netfilter"))
		link = link_with(prog = load(TYPE_NETFILTER, NETFILTER, 0), 0, NETFILTER, hook, 4);
	if (!strcmp(does, "lsm_cgroup"))
		link = link_with(prog = load(BPF_PROG_TYPE_LSM, LSM_CGROUP, number), open(text, O_RDONLY), LSM_CGROUP, NULL, 0);
	if (!strcmp(does, "nowhere"))
		link = link_with(prog = load(BPF_PROG_TYPE_XDP, BPF_XDP, 0), 9999, BPF_XDP, NULL, 0);
	said("program", prog);
	said("attach", link);
	hold();
	return 0;
}
