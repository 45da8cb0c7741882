// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is there: each program, map and link that the kernel holds, and who holds a descriptor of one. Read by the agent.
#include "../include/bpf_objects.h"

struct seq_file;
struct bpf_iter_meta { struct seq_file *seq; } KERNEL_TYPE;
struct bpf_iter__bpf_prog { struct bpf_iter_meta *meta; struct bpf_prog *prog; } KERNEL_TYPE;
struct bpf_iter__bpf_map { struct bpf_iter_meta *meta; struct bpf_map *map; } KERNEL_TYPE;
struct bpf_link;
struct bpf_iter__bpf_link { struct bpf_iter_meta *meta; struct bpf_link *link; } KERNEL_TYPE;
struct bpf_iter__task_file { struct bpf_iter_meta *meta; struct task_struct *task; u32 fd; struct file *file; } KERNEL_TYPE;

static __always_inline struct tg_bpf_seen *seen_in(struct tg_scratch *s, u32 object)
{
	struct tg_bpf_seen *seen = (void *)s->data;

	__builtin_memset(seen, 0, sizeof(*seen));
	seen->object = object;
	return seen;
}

SEC("iter/bpf_prog")
int tg_list_progs(struct bpf_iter__bpf_prog *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct bpf_prog *prog = ctx->prog;
	struct tg_scratch *s = prog ? scratch_take() : NULL;

	if (!s)
		return 0;
	struct tg_bpf_seen *seen = seen_in(s, TG_O_PROG);
	fill_prog(&seen->prog, (void *)prog, false);
	seen->id = seen->prog.id;
	bpf_seq_write(seq, seen, sizeof(*seen));
	scratch_give(s);
	return 0;
}

SEC("iter/bpf_map")
int tg_list_maps(struct bpf_iter__bpf_map *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct bpf_map *map = ctx->map;
	struct tg_scratch *s = map ? scratch_take() : NULL;

	if (!s)
		return 0;
	struct tg_bpf_seen *seen = seen_in(s, TG_O_MAP);
	fill_map(&seen->map, (void *)map);
	seen->id = seen->map.id;
	bpf_seq_write(seq, seen, sizeof(*seen));
	scratch_give(s);
	return 0;
}

SEC("iter/bpf_link")
int tg_list_links(struct bpf_iter__bpf_link *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct bpf_link *link = ctx->link;
	struct tg_scratch *s = link ? scratch_take() : NULL;

	if (!s)
		return 0;
	struct tg_bpf_seen *seen = seen_in(s, TG_O_LINK);
	fill_link(&seen->link, (void *)link);
	seen->id = seen->link.id;
	bpf_seq_write(seq, seen, sizeof(*seen));
	scratch_give(s);
	return 0;
}

SEC("iter/task_file")
int tg_list_holders(struct bpf_iter__task_file *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	void *object;

	if (!task || !file)
		return 0;
	u32 kind = object_in((struct file *)(u64)file, &object);
	if (kind == TG_O_NONE || kind == TG_O_OTHER)
		return 0;
	struct tg_scratch *s = scratch_take();
	if (!s)
		return 0;
	struct tg_bpf_seen *seen = seen_in(s, kind);
	seen->id = id_of(kind, object);
	seen->tgid = task->tgid;
	seen->fd = ctx->fd;
	bpf_seq_write(seq, seen, sizeof(*seen));
	scratch_give(s);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
