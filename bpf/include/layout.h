/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that crosses the border between the kernel side and TypeScript: a hook's frozen configuration, the
 * maps' values and the event records. The TypeScript side reads the offsets from this header's BTF
 * (src/plan/layout.generated.ts, checked by a test), so nothing here is kept equal by hand.
 */
#pragma once

#define TG_ARGS 5
#define TG_VALUES (TG_ARGS + 1) /* with what a call returns a pointer to */
#define TG_SELECTORS 5
#define TG_MATCHES 30   /* over all selectors, return matches included */
#define TG_PROCESS_MATCHES 32 /* over all selectors */
#define TG_NUMBERS 512
#define TG_STRINGS 192
#define TG_WORDS 2048   /* the strings' bytes, in 8-byte words, zero padded */
#define TG_TEXT_MAX 4096
#define TG_DATA_MAX 16384
#define TG_FRAMES 127   /* of a stack: as many as kernel.perf_event_max_stack allows by default */
#define TG_STACKS_MAX 2112 /* the bytes of two stacks with their headers, and some */

/* how an argument is read */
enum tg_type {
	TG_T_NOP, TG_T_S32, TG_T_U32, TG_T_S64, TG_T_U64, TG_T_S16, TG_T_U16, TG_T_S8, TG_T_U8,
	TG_T_STRING_KERNEL, TG_T_STRING_USER, TG_T_FILENAME, TG_T_FILE, TG_T_PATH, TG_T_FD,
	TG_T_SOCK, TG_T_SOCKADDR, TG_T_BUF_KERNEL, TG_T_BUF_USER, TG_T_STRING_DATA_LOC,
	TG_T_SOCKET, TG_T_SKB, TG_T_SOCKADDR_USER,
	TG_T_BINPRM, TG_T_KIOCB, TG_T_DENTRY, TG_T_NET_DEVICE, TG_T_IOV_ITER, TG_T_CAPS, TG_T_CRED, TG_T_USER_NS, TG_T_BPF_ATTR, TG_T_BPF_PROG,
	TG_T_BPF_MAP, TG_T_PERF_EVENT, TG_T_LOAD_INFO, TG_T_MODULE, TG_T_SYSCALL,
	TG_T_STACK_KERNEL, TG_T_STACK_USER, /* behind all arguments: frames, innermost first */
	TG_T_CHILD /* the entry `size_param` in the mount of the path `param` */, TG_T_MOUNT,
	TG_T_SOCKADDR_UN, TG_T_SOCKADDR_UN_USER, TG_T_IOVEC,
	TG_T_HASH, /* behind all arguments: a file's digest; the number is the kernel's of the algorithm */
};

/* a range is two numbers, both ends included; a network is four: the address's words and the mask's, bytes as on the wire.
 * Of what was gained, `field` is the argument that holds what was there before. */
enum tg_op {
	TG_OP_EQ, TG_OP_NE, TG_OP_PREFIX, TG_OP_NOTPREFIX, TG_OP_POSTFIX, TG_OP_NOTPOSTFIX, TG_OP_GT, TG_OP_LT, TG_OP_MASK,
	TG_OP_RANGE, TG_OP_NOTRANGE, TG_OP_NET, TG_OP_NOTNET, TG_OP_GAINED, TG_OP_CONTAINS, TG_OP_CONTAINS_FOLDED,
};

/* what a match compares: a number, text in the scratch buffer, the kernel's own string without copying it, a part of an object */
enum tg_class { TG_C_SIGNED, TG_C_UNSIGNED, TG_C_TEXT, TG_C_DIRECT, TG_C_FIELD, TG_C_ADDRESS };

/* which part of an object; addresses are 16 bytes, IPv4 ones mapped (::ffff:a.b.c.d) */
enum tg_field { TG_F_NONE, TG_F_FAMILY, TG_F_STATE, TG_F_PROTOCOL, TG_F_SPORT, TG_F_DPORT, TG_F_SADDR, TG_F_DADDR, TG_F_FILE_TYPE };

/* filters on the process that makes the call: what is looked at, and which of its kind */
enum tg_process_kind { TG_P_NAMESPACE, TG_P_CAPABILITIES, TG_P_NAMESPACE_CHANGES, TG_P_CAPABILITY_CHANGES };
enum tg_namespace {
	TG_NS_UTS, TG_NS_IPC, TG_NS_MNT, TG_NS_PID, TG_NS_PID_FOR_CHILDREN, TG_NS_NET, TG_NS_TIME, TG_NS_TIME_FOR_CHILDREN, TG_NS_CGROUP, TG_NS_USER,
};
enum tg_capset { TG_CAP_PERMITTED, TG_CAP_EFFECTIVE, TG_CAP_INHERITABLE };
#define TG_NAMESPACES 10
#define TG_CAPSETS 3

/* whether a socket that a call returns is tracked */
enum tg_follow { TG_FOLLOW_NO, TG_FOLLOW_TRACK, TG_FOLLOW_UNTRACK };

enum tg_hash_of { TG_HASH_OF_NOTHING, TG_HASH_OF_FILE, TG_HASH_OF_BINPRM };
#define TG_HASH_BYTES 64

/* which stacks an event tells */
enum tg_stack { TG_STACK_KERNEL = 1, TG_STACK_USER = 2 };

enum tg_role { TG_ROLE_POST = 1, TG_ROLE_KILL = 2, TG_ROLE_VERDICT = 4, TG_ROLE_COUNT = 8, TG_ROLE_LEAVE = 16, TG_ROLE_DELIVER = 32, TG_ROLE_WARY = 64, TG_ROLE_HINT = 128 };

/* the captured functions whose verdict is carried to an LSM hook of the same task: one field each */
enum tg_family {
	TG_K_NONE, TG_K_UNLINK, TG_K_RMDIR, TG_K_MKDIR, TG_K_MKNOD, TG_K_LINK, TG_K_RENAME, TG_K_OPEN, TG_K_CHMOD, TG_K_CHOWN,
	TG_K_TRUNCATE, TG_K_MOUNT, TG_K_SETXATTR, TG_K_UMOUNT, TG_K_EXECVE,
};

/* where raw values come from */
enum tg_source { TG_SRC_ARGS, TG_SRC_SYSCALL_REGS, TG_SRC_SYSCALL_REGS32, TG_SRC_PROGRAM, TG_SRC_PROGRAM_RETURN, TG_SRC_WALK };

enum tg_action { TG_A_POST, TG_A_NOPOST, TG_A_SIGKILL, TG_A_SIGNAL, TG_A_OVERRIDE, TG_A_TRACKSOCK, TG_A_UNTRACKSOCK, TG_A_SET };

enum tg_mode { TG_MODE_ENFORCE, TG_MODE_MONITOR, TG_MODE_OFF };

#include "layout_workloads.h"

#define TG_SIZE_RETURNED 255

struct tg_arg {
	u8 type;      /* enum tg_type */
	u8 param;     /* which raw value */
	u8 size_param; /* 1-based raw value that holds the byte count of a buffer; 0: none, 255: it is what the call returns */
	u8 large;      /* of a buffer as much as there is room for */
	u16 offset_bytes; /* tracepoint field */
	u16 size_bytes;
	u16 length_offset_bytes; /* of a tracepoint: the field that holds the size of what this one points to */
	u8 length_bytes;
	u8 lies;          /* enum tg_record */
	u8 until_returned; /* of the buffers that a call fills only as many bytes as it returns */
	u8 reserved;
};

/* what a field of a tracepoint holds: the value; a pointer, with the size in another field; text or bytes; where behind the record
 * or behind the field itself they lie. Sizes stand where routes would lead to, which a record has none of. */
enum tg_record { TG_R_VALUE, TG_R_SIZED, TG_R_INSIDE, TG_R_BEHIND, TG_R_BEHIND_FIELD };

/* where a value of a stopped program lies: registers are words of struct pt_regs, 255 is none */
enum tg_lies { TG_L_NOWHERE, TG_L_REGISTER, TG_L_MEMORY, TG_L_CONSTANT, TG_L_ADDRESS /* of what lies in memory */ };
#define TG_NO_REGISTER 255
struct tg_place { u8 lies, base, index, scale, size_bytes, is_signed; u16 reserved; s64 offset; };

/*
 * The way from a raw value, the running task or its registers to the value that is meant: each offset but the last leads to
 * a pointer, which is followed. Behind the raw values stand what the routes lead to, by argument, and a bit for each that
 * leads nowhere (its value is then the hop, from 1).
 */
enum tg_from { TG_FROM_PARAM, TG_FROM_TASK, TG_FROM_REGISTERS };
#define TG_HOPS 11
struct tg_route {
	u8 hops;       /* 0: none */
	u8 from, param;
	u8 size_bytes; /* 0: the address is the value */
	u8 is_signed;
	u8 reserved[3];
	u32 offsets[TG_HOPS];
};
#define TG_ROUTED TG_ARGS
#define TG_FAILED (TG_ROUTED + TG_ARGS)
#define TG_RETURNED (TG_FAILED + 1) /* what the call returned, where it is read as an argument is */
#define TG_RAW (TG_RETURNED + 1)

/* `inode_first`: of the files that whole paths name, two numbers each, and how many there are */
struct tg_match { u8 arg; u8 op; u8 cls; u8 count; u16 first; u16 field; u16 inode_first, inode_count; };

/* values: inode numbers of namespaces, or one mask: of capabilities, of kinds of namespace */
struct tg_process_match {
	u8 kind;         /* enum tg_process_kind */
	u8 which;        /* enum tg_namespace or tg_capset */
	u8 negated;
	u8 outside_only; /* only processes outside of the initial user namespace */
	u16 count, first;
};

struct tg_selector {
	u8 match_first, match_count;
	u8 ret_first, ret_count;
	u8 pid_count, pid_negated, pid_namespaced, pid_follow;
	u8 bin_count, bin_negated, post, last_action;
	u16 pid_first, bin_first;
	s32 error;    /* -4095..-1: what an Override returns; 0: no override */
	u32 signal;   /* 0: none */
	u16 index;    /* in the policy */
	u8 paired;    /* the denial belongs to the kill: no kill, no denial */
	u8 process_first, process_count;
	u8 limit_scope;  /* enum tg_limit_scope */
	u8 bin_op;       /* enum tg_op, one of those on text that is not negative */
	u8 bin_follow;   /* what such a program started counts as well */
	u8 par_count, par_negated, par_op, par_follow; /* of the program that started this one, or of what started that */
	u16 par_first;
	u32 bin_list_low, bin_list_high, par_list_low, par_list_high; /* which list of programs it is, the same for all that name the same */
	u8 track_mask, untrack_mask; /* bit per argument: sockets that are tracked from now on, or no longer */
	u8 set_param;    /* 1-based raw value: where in the program's memory a number is overwritten; 0: nowhere */
	u8 stacks;       /* enum tg_stack, of its events */
	u8 hashes;       /* its events tell the file's digest */
	u8 workload;     /* enum tg_workload */
	u16 scope;       /* 1-based; 0: none */
	u32 limit_ms;    /* at most one equal event in this time; 0: no limit */
	u32 set_value;
};

struct tg_string { u16 word; u16 len; };

#define TG_QUICK 8
#define TG_DOORS 10

/* a syscall that enters the captured function, and in which register each raw value that is not handed on still lies */
struct tg_door {
	u16 nr;
	u8 compat;
	u8 registers[TG_ARGS]; /* 1-based, in the order of arguments, 6: the second and third as one number; + 16: a 16-bit id; 0: none */
};

/* what the first bytes are of: a string, a filename's, or the top component of a file's or path's text */
enum tg_quick { TG_Q_STRING, TG_Q_FILENAME, TG_Q_FILE, TG_Q_PATH, TG_Q_CHILD };

struct tg_hook_config {
	u32 hook_id;
	u32 policy_slot;
	u32 generation;
	u32 syscall_nr;   /* raw sys_enter: the number asked for */
	u32 sock_group;   /* whose tracked sockets these are; 0: the policy tracks none */
	u8 roles, source, nargs, nselectors;
	u8 needs_text, needs_exe, params_used;
	u8 has_cast; /* set when it is loaded: the kernel has bpf_rdonly_cast (6.2) */
	u8 ret_type, quick_count, quick_param, quick_kind;
	u8 family;        /* enum tg_family */
	u8 door_count;    /* 0: every call of the function counts */
	u8 door_uring;    /* calls made for io_uring count too */
	u8 open_param;    /* 1-based parameter that holds struct open_flags; 0: none */
	u8 open_flags_at, open_mode_at; /* the raw values that take its flags and mode */
	u8 fixed_mask;    /* raw values that a door implies */
	u8 user_name_param; /* 1-based parameter: only a file name that came from user space is meant; 0: any */
	u8 msg_param, msg_name_at; /* 1-based parameter that holds struct msghdr, 0: none; the raw value that takes its address */
	u8 msg_fast_open; /* only a message that opens a connection is meant */
	u8 tells_once;     /* changes of the process: an event of the hook makes what is then the new standard */
	u8 unspec_is_inet; /* an address without a family is an IPv4 one, as the kernel takes it */
	u8 params_asked;   /* those of params_used that the context does not show, and bpf_get_func_arg tells */
	u8 ret_follow;    /* enum tg_follow: what happens to the socket that is returned */
	u8 sets;          /* some selector overwrites a value of the program */
	u8 has_routes;    /* some argument is found by a route */
	u8 stacks;        /* enum tg_stack: those that some selector asks for */
	u8 canonical;     /* paths of arguments begin at the top of the mount namespace, whatever the root of the task */
	u8 quick_entry;   /* of TG_Q_CHILD: the parameter that holds the entry */
	u8 older_at, newer_at; /* of TG_SRC_WALK: the raw values that take the file names the call walked; 0: none */
	u8 walk_goes_on;  /* the hook is asked during the walk: it is about the name walked right now */
	u8 file_flags_at; /* 1-based raw value that takes the flags of the file in the first parameter; 0: none */
	u64 limit_seed[2]; /* what equal events are recognised by is hashed with this: drawn at each load */
	u8 workload;      /* enum tg_workload */
	u8 text_words;    /* of the longest of its texts: the verifier follows a comparison no further */
	u16 quick_inode_first, quick_inode_count; /* files that match whatever their path begins with */
	u8 hash_of;       /* enum tg_hash_of: what the first parameter of an LSM hook is, where some selector asks for a digest */
	u8 cgroup_throttled; /* set when it is loaded: the agent bounds what a cgroup may tell */
	u8 ret_object;    /* the last of the arguments is what the call returned */
	u8 whose;         /* some selector is about certain workloads: a bit each; the highest: the policy is */
	u32 joint_slot, joint_generation; /* of a joint program: the slot that says which one posts and kills, and which this is */
	u32 same_ms;      /* of events that are the same one is told in this time, the rest counted; 0: each is told */
	u32 throttle_events, throttle_ms; /* as many events may a cgroup tell of the hook in the time; 0: any number */
	u16 scope;        /* of the policy, 1-based; 0: none */
	u8 doubtful;      /* bit per selector: it also means those of whom it is not known whether they are in its scope */
	u8 has_scopes;    /* some of these are scopes */
	s32 fixed[TG_ARGS];
	struct tg_door doors[TG_DOORS];
	/* first bytes that any match begins with: when none fits, no selector can match and nothing else is looked at */
	u64 quick_mask[TG_QUICK], quick_value[TG_QUICK];
	struct tg_arg args[TG_VALUES];
	struct tg_route routes[TG_ARGS];
	struct tg_place places[TG_ARGS]; /* of the raw values, in hooks on programs */
	struct tg_selector selectors[TG_SELECTORS];
	struct tg_match matches[TG_MATCHES];
	struct tg_process_match process[TG_PROCESS_MATCHES];
	s64 numbers[TG_NUMBERS];
	struct tg_string strings[TG_STRINGS];
	u64 words[TG_WORDS];
};

/* one per policy, written by user space only */
struct tg_policy_control {
	u32 mode;               /* enum tg_mode */
	u32 kill_per_minute;    /* the bucket's size and refill */
	u32 generation_posting; /* during an update only this generation acts and posts; 0: any */
	u32 generation_past;    /* those before it do not deny any more; 0: all do, as while one takes over from another */
};

/* one per policy, written by the programs only: user space reads it, and sets it once when the slot is given out */
struct tg_policy_state {
	u64 tokens_milli;
	u64 refilled_ns;
	u64 posted, killed, denied, would_have, lost;
	u32 exhausted, reserved;
	u64 suppressed, throttled, aggregated; /* events that a rate limit held back; more than a cgroup may tell; the same as one told */
	u64 blind_until_ns;     /* a verdict could not be kept: until then every call of the hook is denied */
};

#include "layout_kept.h"

struct tg_control { u32 suspended; u32 reserved; u64 suspended_until_ns; };

struct tg_exe { u64 ino; u32 dev; u32 reserved; };

/* Which protected executables may be meant at all: a bit per hashed inode number, so that most calls need no look-up. */
#define TG_PROTECTED_WORDS 16
struct tg_protected_bits { u64 words[TG_PROTECTED_WORDS]; };

struct tg_stats { u64 lost, scratch_missed, read_failed, throttled /* exec and exit */; };

#include "layout_limits.h"
#include "layout_records.h"
#include "layout_culprit.h"
#include "layout_bpf.h"
#include "layout_gate.h"
#include "layout_scratch.h"
