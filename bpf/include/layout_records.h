/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records that go to user space: a header, and behind it the values. Included by layout.h. */
#pragma once

enum tg_kind { TG_K_HOOK = 1, TG_K_EXEC, TG_K_EXIT, TG_K_FORK, TG_K_CGROUP /* one was made that may be a container's or a pod's */ };

/* unplaced: in a container that nobody has told the kernel about */
enum tg_spared { TG_SPARED_NO, TG_SPARED_MONITOR, TG_SPARED_PROTECTED, TG_SPARED_BUDGET, TG_SPARED_SUSPENDED, TG_SPARED_UNPLACED };

/* the process is the socket's; a value of the program was overwritten, or could not be; it is not known whose container it is in */
enum tg_event_flag { TG_E_TRACKED = 1, TG_E_SET = 2, TG_E_NOT_SET = 4, TG_E_THROTTLED = 8 /* of a process: it is known, and not told */, TG_E_FIRST = 16, TG_E_UNPLACED = 32 };

struct tg_event {
	u32 size_bytes;
	u16 kind;
	u16 cpu;
	u64 boot_ns;
	u64 start_boot_ns;  /* of the process's leader: with tgid, the process's identity */
	u32 tgid, tid;
	u32 uid;
	u32 hook_id, policy_slot, generation;
	u8 selector, action, spared, nargs;
	u8 denied, killed, has_ret;
	u8 flags;         /* enum tg_event_flag */
	s64 ret;
	u32 seen_tgid, seen_tid; /* TG_E_TRACKED: who made the call, where the process above is the socket's; TG_E_FIRST: the hash */
};

/* behind the header of exec, fork and exit */
struct tg_process {
	u64 parent_start_boot_ns;
	u32 parent_tgid;
	u32 auid;
	s32 exit_code;
	u32 reserved;
};

/* after that, one of these per argument; the bytes are padded to 8 */
enum tg_value_status { TG_V_READ, TG_V_BAD, TG_V_PARTIAL /* leading components are missing */, TG_V_LOST = 16 /* + the hop */ };
struct tg_value { u16 type; u16 status; u32 len; u64 number; };

struct tg_sock_value {
	u16 family, type, protocol, state;
	u32 mark, priority;
	u16 sport, dport; /* host order */
	u32 reserved;
	u8 saddr[16], daddr[16];
	u64 cookie; /* of a packet: its length above its hash */
};

struct tg_user_ns_value { s32 level; u32 uid, gid, inum; };

struct tg_cred_value {
	u32 uid, gid, euid, egid, suid, sgid, fsuid, fsgid;
	u64 permitted, effective, inheritable;
	struct tg_user_ns_value user_ns;
	u32 securebits, reserved;
};

#define TG_BPF_NAME 16
#define TG_BUILD_ID 20

/* what the agent's perf events are known by, among those of others: their number of events to wake up after */
enum tg_mark { TG_MAP_MARK = 0x74676d70 };

/* a program: by the attributes it is loaded with, or as the kernel holds it */
struct tg_bpf_prog_value { u32 type, count; u8 name[TG_BPF_NAME]; };
struct tg_bpf_map_value { u32 type, key_size, value_size, max_entries; u8 name[TG_BPF_NAME]; };
struct tg_perf_event_value { u32 type, reserved; u64 config, probe_offset; u8 function[128]; };
struct tg_module_value { u64 taints; u8 signature; u8 reserved[7]; u8 name[64]; };
