/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a command of bpf(2) is about: the objects that it names by descriptors, while these still lead to them; and whether it is told. */
#pragma once
#include "bpf_pending.h"

static __always_inline u32 word_at(const struct tg_bpf_pending *p, u32 at) { return *(u32 *)&p->attr[at]; }

static __always_inline u32 object_of_fd(u32 fd, u32 *id)
{
	void *object;
	u32 kind = object_in(file_of_fd(fd), &object);

	*id = id_of(kind, object);
	return kind;
}

/* A map's number; a cgroup's folder, by its descriptor; or what else there is behind a target's. */
static __always_inline u64 target_of_fd(u32 fd)
{
	void *object;
	struct file *file = file_of_fd(fd);

	if (object_in(file, &object) == TG_O_MAP)
		return id_of(TG_O_MAP, object);
	return BPF_CORE_READ(file, f_inode, i_ino);
}

/* A map whose one entry, once it is set, has the kernel call the programs in it; and no longer, once it is deleted. */
static __always_inline bool is_struct_ops(u32 fd)
{
	void *object;

	if (object_in(file_of_fd(fd), &object) != TG_O_MAP)
		return false;
	return BPF_CORE_READ((struct bpf_map___seen *)object, map_type) == MAP_STRUCT_OPS;
}

/* Who lists what hangs where asks a thousand times: one a second is told, with the number of those before it. */
static __always_inline bool is_query_told(struct tg_bpf_pending *p)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	u64 now = bpf_ktime_get_boot_ns();
	struct tg_bpf_queries first = { .told_ns = now }, *known = bpf_map_lookup_elem(&tg_bpf_queriers, &tgid);

	p->queries = 1;
	p->target_id = word_at(p, 0);
	p->target = target_of_fd(p->target_id);
	if (!known)
		return bpf_map_update_elem(&tg_bpf_queriers, &tgid, &first, BPF_ANY), true;
	u64 since = __sync_fetch_and_add(&known->since, 1) + 1;
	if (now - known->told_ns < TG_BPF_QUERY_NS)
		return false;
	known->told_ns = now;
	known->since = 0;
	p->queries = since;
	return true;
}

/* Of a command that is told only where it is about what is ours, or changes what the kernel calls. */
static __always_inline bool is_told(struct tg_bpf_pending *p)
{
	u64 bit = BIT(p->command & 63);

	if (p->command == PROG_QUERY)
		return is_query_told(p);

	if (bit & BY_IDS) {
		p->object = p->command == PROG_BY_ID ? TG_O_PROG : p->command == MAP_BY_ID ? TG_O_MAP : TG_O_LINK;
		p->object_id = word_at(p, 0);
	} else {
		p->object = object_of_fd(bit & OF_BATCHES ? word_at(p, AT_BATCH_MAP_FD) : word_at(p, 0), &p->object_id);
		if (bit & OF_MAPS && p->object == TG_O_MAP && is_struct_ops(word_at(p, 0)))
			p->flags |= TG_BF_STRUCT_OPS;
	}
	return p->flags & TG_BF_STRUCT_OPS || is_ours(p->object, p->object_id);
}

/* The objects that a command names by descriptors, while these still lead to them. */
static __always_inline void note_objects(struct tg_bpf_pending *p)
{
	switch (p->command) {
	case OBJ_PIN:
		p->object = object_of_fd(word_at(p, AT_PIN_FD), &p->object_id);
		break;
	case PROG_ATTACH:
		p->object = object_of_fd(word_at(p, AT_ATTACH_FD), &p->object_id);
		p->target_id = word_at(p, 0);
		p->target = target_of_fd(word_at(p, 0));
		break;
	case PROG_DETACH:
		p->target_id = word_at(p, 0);
		p->target = target_of_fd(word_at(p, 0));
		if (word_at(p, AT_ATTACH_FD))
			p->object = object_of_fd(word_at(p, AT_ATTACH_FD), &p->object_id);
		break;
	case RAW_TRACEPOINT_OPEN:
		object_of_fd(word_at(p, AT_TRACEPOINT_PROG_FD), &p->prog_id);
		break;
	case LINK_CREATE:
		if (word_at(p, AT_ATTACH_TYPE) == ATTACH_STRUCT_OPS)
			p->object = object_of_fd(word_at(p, 0), &p->object_id);
		else
			object_of_fd(word_at(p, 0), &p->prog_id);
		p->target = target_of_fd(word_at(p, AT_ATTACH_FD));
		break;
	case LINK_UPDATE:
		p->object = object_of_fd(word_at(p, 0), &p->object_id);
		object_of_fd(word_at(p, AT_ATTACH_FD), &p->prog_id);
		break;
	case LINK_DETACH: case MAP_FREEZE:
		p->object = object_of_fd(word_at(p, 0), &p->object_id);
		break;
	case PROG_BIND_MAP:
		p->object = object_of_fd(word_at(p, AT_ATTACH_FD), &p->object_id);
		object_of_fd(word_at(p, 0), &p->prog_id);
		break;
	}
}
