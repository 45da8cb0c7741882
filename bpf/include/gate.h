/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who asks for something of BPF, and what the verdicts that user space compiled say of it. A loader is known by the inode and the
 * ctime of its executable as the kernel sees them: no name is believed, and whoever opens the file for writing makes it unknown.
 */
#pragma once
#include "act.h"
#include "culprit.h"
#include "gate_place.h"

#define TG_GATE_LOADERS 1024
#define TG_GATE_CASES 8192
#define TG_GATE_TARGETS 4096
#define TG_GATE_DIRS 64
#define TG_GATE_OWN 16384
#define TG_GATE_RING (4 << 20)

struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_gate_control); } tg_gate_control SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, TG_GATE_LOADERS); __type(key, struct tg_gate_file); __type(value, struct tg_gate_loader); } tg_gate_loaders SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, TG_GATE_CASES); __type(key, struct tg_gate_case); __type(value, struct tg_gate_verdict); } tg_gate_cases SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, TG_GATE_TARGETS); __type(key, u32); __type(value, u32); } tg_gate_targets SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, TG_GATE_DIRS); __type(key, struct tg_gate_file); __type(value, u32); } tg_gate_dirs SEC(".maps");
/* the least used make room: what is ours is also written down again by user space */
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, TG_GATE_OWN); __type(key, struct tg_gate_own); __type(value, u32); } tg_gate_own SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_gate_stats); } tg_gate_stats SEC(".maps");
/* what user space knows of a file that it is about to admit */
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct tg_gate_loader); } tg_gate_draft SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, TG_GATE_RING); } tg_gate_events SEC(".maps");

/* What one request comes to; `number` 0: nobody who is known. No pointers, and no gaps: it is handed to functions that are verified alone. */
struct request {
	struct tg_gate_file file;
	s64 ctime_ns;
	u64 name; /* where it lies in the kernel's memory */
	u32 number, mode, command, kind, type, attach_type, target, object_id, asked, rule;
	u8 state, place, other_user, essential;
	u32 reserved;
};

static __always_inline struct tg_gate_stats *gate_stats(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&tg_gate_stats, &zero);
}

/* What is suspended goes on telling, and denies nothing. */
static __always_inline u32 gate_mode(void)
{
	u32 zero = 0;
	struct tg_gate_control *c = bpf_map_lookup_elem(&tg_gate_control, &zero);

	if (!c)
		return TG_GATE_OFF;
	return c->mode == TG_GATE_ENFORCE && is_suspended() ? TG_GATE_MONITOR : c->mode;
}

/* By plain loads: of an inode whose type the verifier knows. */
static __always_inline void file_key(struct tg_gate_file *key, struct inode *inode)
{
	key->ino = inode->i_ino;
	key->dev = inode->i_sb->s_dev;
	key->generation = inode->i_generation;
}

/* Of one that was found by a descriptor. */
static __always_inline void found_file_key(struct tg_gate_file *key, struct inode *inode)
{
	key->ino = BPF_CORE_READ(inode, i_ino);
	key->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	key->generation = BPF_CORE_READ(inode, i_generation);
}

/* An executable that is among the known ones, as it was when it was looked at. */
static __always_inline struct tg_gate_loader *loader_by_key(struct request *r)
{
	struct tg_gate_file key = r->file; /* on the stack: a map takes no key out of what a function alone was handed */
	struct tg_gate_loader *found = bpf_map_lookup_elem(&tg_gate_loaders, &key);
	if (!found) {
		r->state = TG_GL_UNKNOWN;
		return NULL;
	}
	if (found->held == TG_GH_KNOWN && found->ctime_ns == r->ctime_ns) {
		r->state = TG_GL_KNOWN;
		return found;
	}
	r->state = TG_GL_CHANGED;
	return NULL;
}

static __always_inline struct tg_gate_loader *loader_of(struct inode *inode, struct request *r)
{
	file_key(&r->file, inode);
	r->ctime_ns = typed_ctime_ns_of(inode);
	return loader_by_key(r);
}

static __always_inline bool is_other_user(const struct tg_gate_loader *loader, u32 uid)
{
	if (!loader)
		return uid != 0;
	NO_UNROLL
	for (u32 k = 0; k < TG_GATE_UIDS; k++)
		if (k < loader->uid_count && loader->uids[k] == uid)
			return false;
	return true;
}

/*
 * Whoever is being traced may be doing what its tracer wants. Not static: the verifier goes through it once for each program, and not
 * once for each way that leads here and from here on.
 */
__noinline int know_who_asks(struct request *r)
{
	struct task_struct *task = current_task();

	if (!r)
		return 0;
	struct tg_gate_loader *loader = loader_of(task->mm->exe_file->f_inode, r);
	if (loader && task->ptrace) {
		r->state = TG_GL_TRACED;
		loader = NULL;
	}
	r->number = loader ? loader->number : 0;
	r->other_user = is_other_user(loader, task->cred->uid.val);
	r->place = place_of(task);
	return 0;
}

/* The verdicts on whoever asks; NULL: none were made for such a case. */
static __always_inline struct tg_gate_verdict *who_asks(struct request *r)
{
	struct tg_gate_case key = {};

	know_who_asks(r);
	key.loader = r->number;
	key.place = r->place;
	key.other_user = r->other_user;
	return bpf_map_lookup_elem(&tg_gate_cases, &key);
}

/* Another thing that the request has beside what was asked so far; the first that is forbidden is told. */
static __always_inline void ask(struct request *r, const struct tg_gate_verdict *verdict, u32 asked)
{
	if (r->rule)
		return;
	asm volatile("" : "+r"(asked)); /* the compiler knows that it is small, and would leave out what shows that to the verifier */
	r->rule = verdict ? verdict->rule[asked & (TG_GATE_ASKED - 1)] : TG_GATE_DEFAULT;
	r->asked = asked;
}

static __always_inline u32 type_asked(u32 type) { return type > TG_GA_LAST_TYPE ? TG_GA_LAST_TYPE : type; }

static __always_inline void fill_gate_event(struct tg_gate_event *e, const struct request *r, bool denied)
{
	struct task_struct *task = current_task();
	u64 id = bpf_get_current_pid_tgid();

	e->boot_ns = bpf_ktime_get_boot_ns();
	e->start_boot_ns = task->group_leader->start_boottime;
	e->cgroup = bpf_get_current_cgroup_id();
	e->ino = r->file.ino;
	e->dev = r->file.dev;
	e->generation = r->file.generation;
	e->ctime_ns = r->ctime_ns;
	e->tgid = id >> 32;
	e->tid = (u32)id;
	e->uid = task->cred->uid.val;
	e->loader = r->number;
	e->command = r->command;
	e->prog_type = r->type;
	e->attach_type = r->attach_type;
	e->target = r->target;
	e->object_id = r->object_id;
	e->kind = r->kind;
	e->rule = r->rule;
	e->denied = denied;
	e->state = r->state;
	e->place = r->place;
	e->asked = r->asked;
	e->other_user = r->other_user;
	e->essential = r->essential;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	__builtin_memset(e->name, 0, sizeof(e->name));
	if (r->name)
		bpf_probe_read_kernel_str(e->name, sizeof(e->name), (void *)r->name);
	e->reserved = 0;
}

/* The agent reads often; a wake-up costs more than the rest of a record, so only a filling ring asks for one. */
static __always_inline u64 wake_flags(void)
{
	return bpf_ringbuf_query(&tg_gate_events, BPF_RB_AVAIL_DATA) > TG_WAKE_BYTES ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

__noinline int tell_request(struct request *r, u32 denied)
{
	struct tg_gate_stats *st = gate_stats();
	struct tg_scratch *s;
	bool sent = false;

	if (!r)
		return 0;
	denied = denied != 0;
	s = scratch_take();

	if (s) {
		struct tg_gate_event *e = (void *)s->data;
		u32 whole, len = r->state == TG_GL_KNOWN ? 0 : put_exe_path(s, sizeof(*e), &whole); /* of those known user space knows it */
		if (len > TG_TEXT_MAX)
			len = TG_TEXT_MAX;
		fill_gate_event(e, r, denied);
		e->path_bytes = len;
		sent = !bpf_ringbuf_output(&tg_gate_events, s->data, sizeof(*e) + (len & (2 * TG_TEXT_MAX - 1)), wake_flags());
		scratch_give(s);
	}
	if (!st)
		return 0;
	st->asked++;
	st->denied += denied;
	st->would_have += r->rule && !denied;
	st->lost += !sent;
	return 0;
}

/* By a branch: a number that was computed is none of those that the verifier takes for an LSM hook's answer. */
static __always_inline long error_if(bool denied)
{
	long error = 0;

	if (denied)
		asm volatile("%0 = -1" : "=r"(error)); /* EPERM */
	return error;
}

/* Nobody wants to know of what was let in where no baseline is learned or kept: it is counted, which costs a tenth of a record. */
static __always_inline long let_in(struct request *r)
{
	u32 zero = 0;
	struct tg_gate_control *c = bpf_map_lookup_elem(&tg_gate_control, &zero);

	if (c && c->learns) {
		tell_request(r, false);
		return 0;
	}
	struct tg_gate_stats *st = gate_stats();
	if (st)
		st->asked++;
	return 0;
}

/* Tells, and answers the kernel. The host's init, its kernel threads and what is ours are never denied. */
static __always_inline long answer(struct request *r)
{
	bool denied = r->rule && r->mode == TG_GATE_ENFORCE && !r->essential;

	tell_request(r, denied);
	return error_if(denied);
}
