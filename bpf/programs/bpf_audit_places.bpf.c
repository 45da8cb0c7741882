// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What happens to programs past bpf(2): pins in its file system, perf events, traffic by netlink, sockets.
#include "../include/bpf_pending.h"

struct dentry___seen { struct super_block *d_sb; } KERNEL_TYPE;
struct vfsmount___seen { struct super_block *mnt_sb; } KERNEL_TYPE;

static __always_inline bool is_bpffs(struct super_block *sb) { return BPF_CORE_READ(sb, s_magic) == BPF_FS_MAGIC; }

/* Of an entry whose type the verifier knows. */
static __always_inline int tell_pin(u32 kind, struct dentry *entry)
{
	struct super_block *sb = ((struct dentry___seen *)entry)->d_sb;

	if (sb->s_magic != BPF_FS_MAGIC)
		return 0;
	struct tg_scratch *s = take_scratch();
	if (!s)
		return 0;
	struct tg_bpf_record *r = record_in(s, kind);
	r->pin_dev = sb->s_dev;
	r->pin_ino = entry->d_inode->i_ino;
	struct tg_bpf_pending *p = kind == TG_B_PIN ? pending() : NULL;
	if (p) {
		r->object = p->object;
		r->object_id = p->object_id;
		if (is_ours(p->object, p->object_id))
			r->flags |= TG_BF_OURS;
	}
	return finish_record(s, entry, true);
}

SEC("fexit/vfs_mkobj")
int tg_bpf_pinned(u64 *ctx)
{
	return (s32)ctx[4] == 0 ? tell_pin(TG_B_PIN, PARAMETER(dentry, ctx[0])) : 0;
}

SEC("fentry/simple_unlink")
int tg_bpf_unpinned(u64 *ctx) { return tell_pin(TG_B_UNPIN, PARAMETER(dentry, ctx[1])); }

/* Its old name; the new one is where the inode is found from now on. */
SEC("fentry/simple_rename")
int tg_bpf_renamed(u64 *ctx) { return tell_pin(TG_B_RENAME, PARAMETER(dentry, ctx[2])); }

SEC("fentry/security_sb_umount")
int tg_bpf_unmount(u64 *ctx)
{
	struct vfsmount *mnt = (void *)ctx[0];
	struct super_block *sb = BPF_CORE_READ((struct vfsmount___seen *)mnt, mnt_sb);

	if (!is_bpffs(sb))
		return 0;
	struct tg_scratch *s = take_scratch();
	if (!s)
		return 0;
	struct tg_bpf_record *r = record_in(s, TG_B_UMOUNT);
	r->pin_dev = BPF_CORE_READ(sb, s_dev);
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	return send_record(s, BPF_CORE_READ(mount, mnt_mountpoint));
}

/* The perf event that a thread last did something to: what the kernel then does with a program names no event. */
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 512); __type(key, u64); __type(value, u64); } tg_bpf_touched SEC(".maps");

static __always_inline int tell_perf(u32 kind, struct perf_event___seen *event, struct bpf_prog___seen *prog, s64 result)
{
	struct tg_scratch *s = take_scratch();

	if (!s)
		return 0;
	struct tg_bpf_record *r = record_in(s, kind);
	fill_prog(&r->prog, prog, false);
	r->object = TG_O_PROG;
	r->object_id = r->prog.id;
	r->result = result;
	r->link.perf_kind = event ? name_perf(r->link.name, event) : 0;
	if (is_ours(TG_O_PROG, r->prog.id))
		r->flags |= TG_BF_OURS;
	return send_record(s, NULL);
}

static __always_inline struct perf_event___seen *touched(void)
{
	u64 thread = bpf_get_current_pid_tgid(), *event = bpf_map_lookup_elem(&tg_bpf_touched, &thread);
	return event ? (void *)*event : NULL;
}

/* Asked before each ioctl on a perf event. */
SEC("fentry/security_perf_event_write")
int tg_bpf_touches(u64 *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), event = ctx[0];

	bpf_map_update_elem(&tg_bpf_touched, &thread, &event, BPF_ANY);
	return 0;
}

/* The programs of a trace event are others from now on: without the second argument, with the third. A link's are told with the link. */
SEC("fexit/bpf_prog_array_copy")
int tg_bpf_perf_set(u64 *ctx)
{
	struct bpf_prog___seen *without = (void *)ctx[1], *with = (void *)ctx[2];
	u64 ret = 0;

	if (pending())
		return 0;
	bpf_get_func_ret(ctx, &ret);
	if (with)
		return tell_perf(TG_B_PERF_ATTACH, touched(), with, (s32)ret);
	return without ? tell_perf(TG_B_PERF_DETACH, NULL, without, 0) : 0;
}

SEC("fexit/dev_change_xdp_fd")
int tg_bpf_xdp(u64 *ctx)
{
	void *object;
	s32 fd = (s32)ctx[2];
	u64 ret = 0;
	struct tg_scratch *s = take_scratch();

	if (!s)
		return 0;
	struct tg_bpf_record *r = record_in(s, TG_B_XDP);
	bpf_get_func_ret(ctx, &ret);
	r->result = (s32)ret;
	if (fd >= 0 && object_in(file_of_fd(fd), &object) == TG_O_PROG) {
		fill_prog(&r->prog, object, false);
		r->object = TG_O_PROG;
		r->object_id = r->prog.id;
	}
	name_device(&r->link, (void *)ctx[0]);
	r->ifindex = r->link.ifindex;
	return send_record(s, NULL);
}

struct tcmsg { u8 family, pad1; u16 pad2; s32 ifindex; u32 handle, parent, info; };
#define NLMSG_HEADER 16

/* A filter that is being made: whether of a program shows while it is. */
SEC("fentry/tc_new_tfilter")
int tg_bpf_tc_begins(u64 *ctx)
{
	struct tcmsg message = {};
	struct tg_bpf_pending *p = begin_pending(BY_NETLINK);

	if (!p)
		return 0;
	bpf_probe_read_kernel(&message, sizeof(message), (void *)ctx[1] + NLMSG_HEADER);
	p->ifindex = message.ifindex;
	p->target = message.parent;
	return 0;
}

SEC("fexit/tc_new_tfilter")
int tg_bpf_tc_ends(u64 *ctx)
{
	struct tg_bpf_pending *p = pending();

	if (!p || p->command != BY_NETLINK)
		return 0;
	struct tg_scratch *s = p->object_id ? take_scratch() : NULL;
	if (s) {
		struct tg_bpf_record *r = record_in(s, TG_B_TC);
		r->object = TG_O_PROG;
		r->object_id = p->object_id;
		r->ifindex = p->ifindex;
		r->target = p->target;
		r->result = (s32)ctx[3];
		send_record(s, NULL);
	}
	end_pending(p);
	return 0;
}

SEC("fexit/tc_del_tfilter")
int tg_bpf_tc_gone(u64 *ctx)
{
	struct tcmsg message = {};
	struct tg_scratch *s = take_scratch();

	if (!s)
		return 0;
	struct tg_bpf_record *r = record_in(s, TG_B_TC_GONE);
	bpf_probe_read_kernel(&message, sizeof(message), (void *)ctx[1] + NLMSG_HEADER);
	r->ifindex = message.ifindex;
	r->target = message.parent;
	r->result = (s32)ctx[3];
	return send_record(s, NULL);
}

enum { TYPE_XDP = 6, TYPE_PERF_EVENT = 7 };

static __always_inline int tell_handed(struct bpf_prog___seen *prog)
{
	struct tg_scratch *s = take_scratch();

	if (!s)
		return 0;
	struct tg_bpf_record *r = record_in(s, TG_B_HANDED);
	fill_prog(&r->prog, prog, false);
	r->object = TG_O_PROG;
	r->object_id = r->prog.id;
	return send_record(s, NULL);
}

/* Somebody who is not bpf(2) takes a program by its descriptor: a filter of traffic, a socket, a rule. */
SEC("fexit/bpf_prog_get_type_dev")
int tg_bpf_handed(u64 *ctx)
{
	u64 ret = 0;
	struct tg_bpf_pending *p = pending();

	bpf_get_func_ret(ctx, &ret);
	struct bpf_prog___seen *prog = (void *)ret;
	if (!is_pointer(ret) || (p && p->command != BY_NETLINK))
		return 0;
	if (p) {
		p->object_id = BPF_CORE_READ(prog, aux, id);
		return 0;
	}
	return BPF_CORE_READ(prog, type) == TYPE_XDP ? 0 /* told with its device */ : tell_handed(prog);
}

/* An event that is no tracepoint's, by ioctl: that it is about to be put there is all that shows. */
SEC("fexit/bpf_prog_get")
int tg_bpf_taken(u64 *ctx)
{
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	struct bpf_prog___seen *prog = (void *)ret;
	if (!is_pointer(ret) || pending() || BPF_CORE_READ(prog, type) != TYPE_PERF_EVENT)
		return 0;
	return tell_perf(TG_B_PERF_ATTACH, touched(), prog, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
