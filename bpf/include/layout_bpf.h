/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is told of others' use of bpf(2), on a ring of its own. Included by layout.h. */
#pragma once

enum tg_bpf_kind {
	TG_B_COMMAND = 1, TG_B_LOAD, TG_B_UNLOAD, TG_B_LINK_FREE, TG_B_PIN, TG_B_UNPIN, TG_B_RENAME, TG_B_UMOUNT,
	TG_B_PERF_ATTACH, TG_B_PERF_DETACH, TG_B_XDP, TG_B_TC, TG_B_TC_GONE, TG_B_HANDED /* a program was given to something that is not bpf(2) */,
};
enum tg_bpf_object { TG_O_NONE, TG_O_PROG, TG_O_MAP, TG_O_LINK, TG_O_BTF, TG_O_TOKEN, TG_O_OTHER };
/* the object is one of the agent's; the process is the agent; the path of the executable is not whole; the text is not; the map holds what
   the kernel is to call, and its one entry puts that in force; the path of the executable was told by an earlier record of this thread,
   no more than TG_BPF_TOLD_NS ago */
enum tg_bpf_flag { TG_BF_OURS = 1, TG_BF_BY_AGENT = 2, TG_BF_EXE_PARTIAL = 4, TG_BF_TEXT_PARTIAL = 8, TG_BF_STRUCT_OPS = 16, TG_BF_EXE_TOLD = 32 };

#define TG_BPF_ATTR 168    /* as much of union bpf_attr as is looked at, signature included */
#define TG_BPF_MAPS 32
#define TG_BPF_TEXT 128
#define TG_BPF_SAYINGS 4 /* the verifier's last messages */
#define TG_BPF_SAYING 128
#define TG_BPF_COMMANDS 64
#define TG_BPF_TOLD_NS 10000000000ULL

struct tg_bpf_program {
	u64 load_ns;
	u32 id, type, attach_type, attach_btf_id, dst_id, insns, verified_insns, jited_bytes, btf_id, uid, map_count;
	u32 map_ids[TG_BPF_MAPS];
	u8 tag[8];
	u8 name[16];
	u8 attach_func[64];
};

struct tg_bpf_map { u32 id, type, key_size, value_size, max_entries, flags; u8 name[16]; };

struct tg_bpf_link {
	u64 target;        /* a cgroup's id, a network namespace's inode, a map's id, how many functions, family and hook: by the type */
	u32 id, type, prog_id, attach_type;
	u32 ifindex;       /* of the packet filter: its priority */
	u32 perf_kind;
	u8 name[TG_BPF_TEXT]; /* the tracepoint, the function, the device: by the type */
};

/* where a perf event comes from, by the flags of its call */
enum tg_perf_kind { TG_PK_OTHER, TG_PK_TRACEPOINT, TG_PK_KPROBE, TG_PK_UPROBE };

struct tg_bpf_record {
	u32 size_bytes;
	u16 kind, flags;
	u64 boot_ns;
	s64 result;
	u32 command, attr_size;
	u32 object, object_id;   /* what the command gave or was about */
	u32 target_id, prog_id;  /* of PROG_ATTACH and LINK_UPDATE: what else it names; of a directory: its inode */
	u64 target;              /* a cgroup's id, a map's, a device's number, a parent class */
	u32 ifindex, pin_dev;
	u64 pin_ino;             /* of PROG_QUERY: how many were asked since the one that was told before */
	u8 attr[TG_BPF_ATTR];
	struct tg_bpf_program prog;
	struct tg_bpf_link link;
	struct tg_bpf_map map;
	struct tg_culprit by;
	u16 exe_len, text_len; /* behind the record: the path of the executable, and another text */
	u32 reserved;
};

/* what a thread in bpf(2) has done so far, until the call returns */
struct tg_bpf_pending {
	u32 command, attr_size;
	u32 object, object_id, target_id, prog_id;
	u64 target;
	u32 ifindex, perf_kind;
	u16 flags;
	u8 open; /* else it is what is left of a call that has returned */
	u8 said_any;
	u32 reserved;
	u64 queries;
	u8 attr[TG_BPF_ATTR];
	u64 told_ns, told_exec_id, told_ino; /* when the path of this thread's executable was last told, and of which */
	u8 perf_name[TG_BPF_TEXT];
	u8 said[TG_BPF_SAYINGS * TG_BPF_SAYING]; /* by the verifier, the last at the end; each ends with a 0 */
};

/* the same where it is kept by threads: what was asked for, as it stood in the caller's memory */
struct tg_bpf_call { u32 command, attr_size; u8 attr[TG_BPF_ATTR]; };

struct tg_bpf_ours_key { u32 object, id; };

/* of a process: when its last PROG_QUERY was told, and how many came since */
struct tg_bpf_queries { u64 told_ns, since; };

/* by commands: how often each was called, successful or not */
struct tg_bpf_stats { u64 lost, unpaired, scratch_missed; u64 commands[TG_BPF_COMMANDS]; };

/* from the iterators: an object that is there, or a process's descriptor of one */
struct tg_bpf_seen {
	u32 object, id, tgid, fd;
	struct tg_bpf_program prog;
	struct tg_bpf_link link;
	struct tg_bpf_map map;
};
