/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The gate for loads of BPF programs, and what guards our own: verdicts as user space compiled them, and records of what was asked. */
#pragma once

#define TG_GATE_ASKED 64
#define TG_GATE_UIDS 8
#define TG_GATE_DEFAULT 255 /* no verdict was compiled for such a request: as nobody knows it, it is denied */

enum tg_gate_mode { TG_GATE_OFF, TG_GATE_MONITOR, TG_GATE_ENFORCE };

enum tg_gate_place { TG_GP_HOST, TG_GP_CONTAINER, TG_GP_USER_NS };

/* What a verdict is about: a program's type is its own number, then come things that a request may have beside it. */
enum tg_gate_asked {
	TG_GA_LAST_TYPE = 47, TG_GA_GUARD_TARGET, TG_GA_HIDING_TARGET, TG_GA_OUR_NAME, TG_GA_TOKEN, TG_GA_OVERRIDING, TG_GA_PIN,
};

/* What is known of whoever asks, from its executable. */
enum tg_gate_loader_state { TG_GL_UNKNOWN, TG_GL_KNOWN, TG_GL_CHANGED, TG_GL_TRACED };

/* TG_GK_OURS_…: what is done to us and not to the rest of the host. */
enum tg_gate_kind {
	TG_GK_LOAD = 1, TG_GK_ATTACH, TG_GK_PIN, TG_GK_TOKEN, TG_GK_LATE,
	TG_GK_OURS_OPENED, TG_GK_OURS_DETACHED, TG_GK_OURS_UNPINNED, TG_GK_OURS_UNMOUNTED, TG_GK_OURS_TRACED,
	TG_GK_EXE_SET, TG_GK_TRACED_EXEC, TG_GK_LOADER_TRACED,
};

enum tg_gate_object { TG_GO_PROG = 1, TG_GO_MAP, TG_GO_LINK };

/* bpffs_dev: where our pins lie; successors: whether any file is one; learns: loads that are let in are told as well */
struct tg_gate_control { u32 mode; u32 bpffs_dev; u32 successors; u32 learns; };

struct tg_gate_file { u64 ino; u32 dev; u32 generation; };

/* How far a file is known: it is being read; as it was read; somebody has opened it for writing since. */
enum tg_gate_held { TG_GH_READING, TG_GH_KNOWN, TG_GH_OPENED };

/*
 * Whoever opens a file for writing, or changes its ctime, makes it unknown until it was read again. successor: an administrator said
 * that the next agent runs it.
 */
struct tg_gate_loader { s64 ctime_ns; u32 number; u32 uid_count; u32 uids[TG_GATE_UIDS]; u32 held; u32 successor; };

struct tg_gate_case { u32 loader; u8 place; u8 other_user; u16 reserved; };
struct tg_gate_verdict { u8 rule[TG_GATE_ASKED]; }; /* which rule forbids it; 0: none does */
struct tg_gate_own { u32 kind; u32 id; };
struct tg_gate_cgroups { u64 unified, own; };
struct tg_gate_stats { u64 asked, denied, would_have, lost; };

/* Behind it lies the path of the executable, where it is not one that user space knows. */
struct tg_gate_event {
	u64 boot_ns, start_boot_ns, cgroup, ino;
	s64 ctime_ns;
	u32 dev, generation, tgid, tid, uid, loader, command, prog_type, attach_type, target, object_id, path_bytes;
	u8 kind, rule, denied, state, place, asked, other_user, essential;
	u8 comm[16], name[16];
	u32 reserved;
};
