// SPDX-License-Identifier: Apache-2.0
// Loads and attaches programs in as many ways as the kernel has, by bpf(2) alone. Prints what it did, one line each, and holds it
// until its standard input ends: what it prints is what the watch over bpf(2) has to tell.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <unistd.h>

static const struct bpf_insn one[] = {{0xb7, 0, 0, 0, 1}, {0xb7, 1, 0, 0, 0}, {0x95, 0, 0, 0, 0}}; // r0 = 1; r1 = 0; exit
static const struct bpf_insn zero[] = {{0xb7, 0, 0, 0, 0}, {0xb7, 1, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
static const struct bpf_insn bad[] = {{0xbf, 0, 5, 0, 0}, {0xb7, 1, 0, 0, 0}, {0x95, 0, 0, 0, 0}}; // r0 = what nobody set

static int bpf(int cmd, union bpf_attr *attr) { return syscall(SYS_bpf, cmd, attr, sizeof *attr); }

struct want { int type, attach, btf, flags, ret; const char *name; };

static int load_insns(struct want w, const struct bpf_insn *insns, int count)
{
	union bpf_attr attr = {};
	attr.prog_type = w.type;
	attr.expected_attach_type = w.attach;
	attr.attach_btf_id = w.btf;
	attr.prog_flags = w.flags;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = count;
	attr.license = (unsigned long)"GPL";
	strncpy(attr.prog_name, w.name, sizeof attr.prog_name - 1);
	return bpf(BPF_PROG_LOAD, &attr);
}

static int load(struct want w) { return load_insns(w, w.ret ? one : zero, 3); }

static unsigned info_id(int fd)
{
	union bpf_attr attr = {};
	unsigned words[64] = {};
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof words;
	attr.info.info = (unsigned long)words;
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? 0 : words[1];
}

static void hold(void)
{
	char c;
	fflush(stdout);
	while (read(0, &c, 1) > 0) ;
}

static void say(const char *what, int fd)
{
	if (fd < 0) printf("%s failed %d\n", what, errno);
	else printf("%s done %u\n", what, info_id(fd));
}

static const struct want types[] = {
	{1, 0, 0, 0, 0, "t_socket"}, {2, 0, 0, 0, 0, "t_kprobe"}, {3, 0, 0, 0, 0, "t_cls"}, {4, 0, 0, 0, 0, "t_act"}, {5, 0, 0, 0, 0, "t_tracepoint"},
	{6, 0, 0, 0, 1, "t_xdp"}, {7, 0, 0, 0, 0, "t_perf"}, {8, 0, 0, 0, 1, "t_cg_skb"}, {9, 2, 0, 0, 1, "t_cg_sock"}, {10, 0, 0, 0, 0, "t_lwt_in"},
	{13, 0, 0, 0, 1, "t_sock_ops"}, {14, 0, 0, 0, 1, "t_sk_skb"}, {15, 0, 0, 0, 1, "t_cg_dev"}, {16, 0, 0, 0, 1, "t_sk_msg"}, {17, 0, 0, 0, 0, "t_raw_tp"},
	{18, 10, 0, 0, 1, "t_cg_addr"}, {21, 0, 0, 0, 1, "t_reuseport"}, {22, 0, 0, 0, 0, "t_flow"}, {23, 0, 0, 0, 1, "t_cg_sysctl"}, {25, 21, 0, 0, 1, "t_cg_opt"},
	{30, 36, 0, 0, 1, "t_lookup"}, {31, 0, 0, BPF_F_SLEEPABLE, 0, "t_syscall"}, {32, 45, 0, 0, 1, "t_netfilter"},
};

/* Another user who may do what root may with eBPF, in namespaces of its own. */
static void become(int uid)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2];
	if (uid == 0) return;
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)) exit(9);
	prctl(PR_SET_KEEPCAPS, 1);
	syscall(SYS_capget, &head, caps);
	if (setresuid(uid, uid, uid)) exit(9);
	caps[0].effective = caps[0].permitted;
	caps[1].effective = caps[1].permitted;
	if (syscall(SYS_capset, &head, caps)) exit(9);
}

static int map_of(int type, int key, int value, int most, const char *name)
{
	union bpf_attr attr = {};
	attr.map_type = type;
	attr.key_size = key;
	attr.value_size = value;
	attr.max_entries = most;
	strncpy(attr.map_name, name, sizeof attr.map_name - 1);
	return bpf(BPF_MAP_CREATE, &attr);
}

static int link_of(int prog, int target, int attach, int flags)
{
	union bpf_attr attr = {};
	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = target;
	attr.link_create.attach_type = attach;
	attr.link_create.flags = flags;
	return bpf(BPF_LINK_CREATE, &attr);
}

static int perf_of(int type, long config, const char *text, long offset)
{
	struct perf_event_attr attr = {};
	attr.type = type;
	attr.size = sizeof attr;
	attr.config = config;
	attr.sample_period = 1;
	if (text) {
		attr.config1 = (unsigned long)text;
		attr.config2 = offset;
	}
	return syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

static int attach_directly(int prog, int target, int attach, int detach)
{
	union bpf_attr attr = {};
	attr.target_fd = target;
	attr.attach_bpf_fd = prog;
	attr.attach_type = attach;
	return bpf(detach ? BPF_PROG_DETACH : BPF_PROG_ATTACH, &attr);
}

static int raw_tracepoint(int prog, const char *name)
{
	union bpf_attr attr = {};
	attr.raw_tracepoint.prog_fd = prog;
	attr.raw_tracepoint.name = (unsigned long)name;
	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static void by_ioctl(int prog, int event)
{
	if (event < 0 || ioctl(event, PERF_EVENT_IOC_SET_BPF, prog)) printf("attach failed %d\n", errno);
	else printf("attach done 0\n");
	hold();
	close(event);
}

/* loads attach KIND NUMBER TEXT */
static int attach(const char *kind, int number, const char *text)
{
#define IS(name) (!strcmp(kind, name))
	int prog = -1, link = -1;
	if (IS("raw_tracepoint")) link = raw_tracepoint(prog = load((struct want){17, 0, 0, 0, 0, "a_raw"}), text);
	if (IS("fentry")) link = raw_tracepoint(prog = load((struct want){26, 24, number, 0, 0, "a_fentry"}), NULL);
	if (IS("lsm")) link = raw_tracepoint(prog = load((struct want){29, 27, number, 0, 0, "a_lsm"}), NULL);
	if (IS("iter")) link = link_of(prog = load((struct want){26, 28, number, 0, 0, "a_iter"}), 0, 28, 0);
	if (IS("cgroup_link")) link = link_of(prog = load((struct want){8, 0, 0, 0, 1, "a_cg_link"}), open(text, O_RDONLY), 0, 0);
	if (IS("sk_lookup")) link = link_of(prog = load((struct want){30, 36, 0, 0, 1, "a_lookup"}), open("/proc/self/ns/net", O_RDONLY), 36, 0);
	if (IS("xdp")) link = link_of(prog = load((struct want){6, 37, 0, 0, 1, "a_xdp"}), number, 37, 2 /* generic */);
	if (IS("tcx")) link = link_of(prog = load((struct want){3, 46, 0, 0, 0, "a_tcx"}), number, 46, 0);
	if (IS("netkit")) link = link_of(prog = load((struct want){3, 54, 0, 0, 0, "a_netkit"}), number, 54, 0);
	if (IS("perf_link")) link = link_of(prog = load((struct want){5, 0, 0, 0, 0, "a_perf_link"}), perf_of(PERF_TYPE_TRACEPOINT, number, NULL, 0), 41, 0);
	if (IS("kprobe_multi")) {
		union bpf_attr attr = {};
		const char *names[] = {text};
		struct { unsigned prog, target, attach, flags, multi_flags, count; unsigned long syms, addrs, cookies; } wide = {0};
		wide.prog = prog = load((struct want){2, 42, 0, 0, 0, "a_multi"});
		wide.attach = 42;
		wide.count = 1;
		wide.syms = (unsigned long)names;
		memcpy(&attr, &wide, sizeof wide);
		link = bpf(BPF_LINK_CREATE, &attr);
	}
	if (IS("cgroup")) {
		int cgroup = open(text, O_RDONLY), done = attach_directly(prog = load((struct want){8, 0, 0, 0, 1, "a_cgroup"}), cgroup, 0, 0);
		printf("program done %u\nattach %s %d\n", info_id(prog), done ? "failed" : "done", done ? errno : 0);
		hold();
		return attach_directly(prog, cgroup, 0, 1);
	}
	if (IS("tracepoint") || IS("kprobe") || IS("uprobe")) {
		int probe = *kind != 't';
		prog = load((struct want){probe ? 2 : 5, 0, 0, 0, 0, "a_ioctl"});
		say("program", prog);
		by_ioctl(prog, probe ? perf_of(number, 0, text, *kind == 'u' ? 0x40 : 0) : perf_of(PERF_TYPE_TRACEPOINT, number, NULL, 0));
		return 0;
	}
	if (IS("socket")) {
		int sock = socket(AF_UNIX, SOCK_DGRAM, 0), done;
		prog = load((struct want){1, 0, 0, 0, 1, "a_socket"});
		done = setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &prog, sizeof prog);
		printf("program done %u\nattach %s %d\n", info_id(prog), done ? "failed" : "done", done ? errno : 0);
		hold();
		return 0;
	}
	if (IS("update")) {
		link = link_of(prog = load((struct want){8, 0, 0, 0, 1, "a_before"}), open(text, O_RDONLY), 0, 0);
		union bpf_attr attr = {};
		attr.link_update.link_fd = link;
		attr.link_update.new_prog_fd = prog = load((struct want){8, 0, 0, 0, 1, "a_after"});
		if (bpf(BPF_LINK_UPDATE, &attr)) return 1;
		memset(&attr, 0, sizeof attr);
		attr.link_detach.link_fd = link;
		if (bpf(BPF_LINK_DETACH, &attr)) return 2;
	}
	say("program", prog);
	say("attach", link);
	hold();
	return 0;
}

static int objects(const char *pin, unsigned foreign)
{
	union bpf_attr attr = {};
	int map = map_of(BPF_MAP_TYPE_ARRAY, 4, 8, 1, "o_map"), prog = load((struct want){1, 0, 0, 0, 1, "o_prog"});
	say("map", map);
	say("program", prog);
	attr.pathname = (unsigned long)pin;
	attr.bpf_fd = prog;
	printf("pin %d\n", bpf(BPF_OBJ_PIN, &attr));
	attr.bpf_fd = 0;
	printf("open %d\n", bpf(BPF_OBJ_GET, &attr) > 0);
	memset(&attr, 0, sizeof attr);
	attr.map_fd = map;
	printf("freeze %d\n", bpf(BPF_MAP_FREEZE, &attr));
	unlink(pin);
	memset(&attr, 0, sizeof attr);
	attr.map_id = foreign;
	int other = bpf(BPF_MAP_GET_FD_BY_ID, &attr);
	printf("grab %d\n", other > 0);
	long key = 0, value[512] = {};
	memset(&attr, 0, sizeof attr);
	attr.map_fd = other;
	attr.key = (unsigned long)&key;
	attr.value = (unsigned long)value;
	printf("change %d\n", bpf(BPF_MAP_DELETE_ELEM, &attr) == 0 ? 0 : errno);
	load_insns((struct want){1, 0, 0, 0, 0, "o_bad"}, bad, 3);
	printf("bad %d\n", errno);
	return 0;
}

/* Refused, and the loader prints what the verifier said. */
static int refused(void)
{
	static char log[1 << 16];
	union bpf_attr attr = {};
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (unsigned long)bad;
	attr.insn_cnt = 3;
	attr.license = (unsigned long)"GPL";
	attr.log_level = 1;
	attr.log_size = sizeof log;
	attr.log_buf = (unsigned long)log;
	if (bpf(BPF_PROG_LOAD, &attr) >= 0) return 1;
	puts(log);
	return 0;
}

static int many(int count)
{
	int failed = 0;
	for (int i = 0; i < count; i++) {
		int prog = load((struct want){1, 0, 0, 0, 1, "m_many"});
		if (prog < 0) failed++;
		close(prog);
	}
	printf("failed %d\n", failed);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "types")) {
		become(number);
		int map = map_of(BPF_MAP_TYPE_HASH, 4, 8, 16, "t_map");
		say("map", map);
		for (unsigned i = 0; i < sizeof types / sizeof *types; i++) say(types[i].name, load(types[i]));
		hold();
		return 0;
	}
	if (!strcmp(what, "attach") && argc > 4) return attach(argv[2], atoi(argv[3]), argv[4]);
	if (!strcmp(what, "refused")) return refused();
	if (!strcmp(what, "objects") && argc > 3) return objects(argv[2], atoi(argv[3]));
	if (!strcmp(what, "pin") && argc > 3) {
		union bpf_attr attr = {};
		int prog = load((struct want){number, 0, 0, 0, 1, "p_pinned"});
		attr.pathname = (unsigned long)argv[3];
		attr.bpf_fd = prog;
		say("program", prog);
		return bpf(BPF_OBJ_PIN, &attr);
	}
	if (!strcmp(what, "many")) return many(number);
	if (!strcmp(what, "plain")) { // a user without any right
		if (setresuid(number, number, number)) return 9;
		say("t_plain", load((struct want){17, 0, 0, 0, 0, "t_plain"}));
		return 0;
	}
	return 2;
}
