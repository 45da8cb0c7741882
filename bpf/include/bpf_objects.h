/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel knows of programs, maps and links. The structures go by names of their own: those of a policy's hooks are cut shorter. */
#pragma once
#include "culprit.h"

enum bpf_attach_type { SOME_ATTACH_TYPE };
enum bpf_link_type { SOME_LINK_TYPE };
struct user_struct { kuid_t uid; } KERNEL_TYPE;
struct btf___seen { u32 id; } KERNEL_TYPE;
struct bpf_map___seen { u32 id, key_size, value_size, max_entries, map_flags; enum bpf_map_type map_type; char name[16]; } KERNEL_TYPE;
struct bpf_prog___seen;
struct bpf_prog_aux___seen {
	u32 id, used_map_cnt, attach_btf_id, verified_insns;
	struct bpf_map___seen **used_maps;
	char name[16];
	u64 load_time;
	struct user_struct *user;
	const char *attach_func_name;
	struct bpf_prog___seen *dst_prog;
	struct btf___seen *btf;
} KERNEL_TYPE;
struct bpf_prog___seen {
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	u32 len, jited_len;
	u8 tag[8];
	struct bpf_prog_aux___seen *aux;
} KERNEL_TYPE;
struct bpf_link___seen { u32 id; enum bpf_link_type type; struct bpf_prog___seen *prog; enum bpf_attach_type attach_type; } KERNEL_TYPE;
struct file___seen { void *private_data; } KERNEL_TYPE;

struct tracepoint___seen { const char *name; } KERNEL_TYPE;
struct bpf_raw_event_map___seen { struct tracepoint___seen *tp; } KERNEL_TYPE;
struct bpf_raw_tp_link___seen { struct bpf_link___seen link; struct bpf_raw_event_map___seen *btp; } KERNEL_TYPE;
struct bpf_cgroup_link___seen { struct bpf_link___seen link; struct cgroup *cgroup; enum bpf_attach_type type; } KERNEL_TYPE;
struct net_device___seen { char name[16]; int ifindex; } KERNEL_TYPE;
struct bpf_xdp_link___seen { struct bpf_link___seen link; struct net_device___seen *dev; } KERNEL_TYPE;
struct tcx_link___seen { struct bpf_link___seen link; struct net_device___seen *dev; u32 location; } KERNEL_TYPE;
struct netkit_link___seen { struct bpf_link___seen link; struct net_device___seen *dev; u32 location; } KERNEL_TYPE;
struct bpf_netns_link___seen { struct bpf_link___seen link; enum bpf_attach_type type; struct net *net; } KERNEL_TYPE;
struct bpf_kprobe_multi_link___seen { struct bpf_link___seen link; unsigned long *addrs; u32 cnt; } KERNEL_TYPE;
struct bpf_struct_ops_link___seen { struct bpf_link___seen link; struct bpf_map___seen *map; } KERNEL_TYPE;
struct nf_hook_ops___seen { u8 pf; u32 hooknum; int priority; } KERNEL_TYPE;
struct bpf_nf_link___seen { struct bpf_link___seen link; struct nf_hook_ops___seen hook_ops; } KERNEL_TYPE;
struct bpf_uprobe_multi_link___seen { struct bpf_link___seen link; struct path path; u32 cnt; } KERNEL_TYPE;
struct bpf_perf_link___seen { struct bpf_link___seen link; struct file *perf_file; } KERNEL_TYPE;
struct trace_event_call___seen { union { char *name; struct tracepoint___seen *tp; }; void *filter; int flags; } KERNEL_TYPE;
struct perf_event___seen { struct perf_event_attr attr; struct trace_event_call___seen *tp_event; struct bpf_prog___seen *prog; } KERNEL_TYPE;
struct list_head___seen { struct list_head___seen *next; } KERNEL_TYPE;
struct trace_probe_event___seen { struct trace_event_call___seen call; struct list_head___seen probes; } KERNEL_TYPE;
struct trace_probe___seen { struct list_head___seen list; } KERNEL_TYPE;
struct trace_uprobe___seen { char *filename; struct trace_probe___seen tp; } KERNEL_TYPE;
/* as they were while one of them, below all of these, told that the event is filtered */
enum { TRACEPOINT_BIT = 1 << 4, KPROBE_BIT = 1 << 6, UPROBE_BIT = 1 << 7 };

enum link_type { LINK_RAW_TRACEPOINT = 1, LINK_TRACING, LINK_CGROUP, LINK_ITER, LINK_NETNS, LINK_XDP, LINK_PERF_EVENT, LINK_KPROBE_MULTI, LINK_STRUCT_OPS,
	LINK_NETFILTER, LINK_TCX, LINK_UPROBE_MULTI, LINK_NETKIT };
enum { ATTACH_STRUCT_OPS = 44 };

/* A field of what the verifier knows the type of is a plain load; of what a descriptor led to, it takes the helper. */
#define OF(p, ...) (typed ? LOADS(p, __VA_ARGS__) : BPF_CORE_READ(p, __VA_ARGS__))

static __always_inline void copy_eight(void *to, const void *from, bool typed)
{
	if (typed)
		*(u64 *)to = *(u64 *)from;
	else
		bpf_probe_read_kernel(to, 8, from);
}

/* The maps that it uses: their numbers, up to so many. */
static __always_inline void fill_maps(struct tg_bpf_program *p, struct bpf_map___seen **maps)
{
	NO_UNROLL
	for (u32 i = 0; i < TG_BPF_MAPS && i < p->map_count; i++) {
		struct bpf_map___seen *map = NULL;
		bpf_probe_read_kernel(&map, sizeof(map), &maps[i]);
		p->map_ids[i] = BPF_CORE_READ(map, id);
	}
}

static __always_inline void fill_prog(struct tg_bpf_program *p, struct bpf_prog___seen *prog, bool typed)
{
	struct bpf_prog_aux___seen *aux = OF(prog, aux);
	const char *func = OF(aux, attach_func_name);

	p->id = OF(aux, id);
	p->type = OF(prog, type);
	p->attach_type = OF(prog, expected_attach_type);
	p->insns = OF(prog, len);
	p->jited_bytes = OF(prog, jited_len);
	p->verified_insns = OF(aux, verified_insns);
	p->attach_btf_id = OF(aux, attach_btf_id);
	p->dst_id = OF(aux, dst_prog, aux, id);
	p->btf_id = OF(aux, btf, id);
	p->load_ns = OF(aux, load_time);
	p->uid = OF(aux, user, uid.val);
	copy_eight(p->tag, (void *)prog + bpf_core_field_offset(struct bpf_prog___seen, tag), typed);
	copy_eight(p->name, (void *)aux + bpf_core_field_offset(struct bpf_prog_aux___seen, name), typed);
	copy_eight(p->name + 8, (void *)aux + bpf_core_field_offset(struct bpf_prog_aux___seen, name) + 8, typed);
	p->attach_func[0] = 0;
	if (func)
		bpf_probe_read_kernel_str(p->attach_func, sizeof(p->attach_func), func);
	p->map_count = OF(aux, used_map_cnt);
	fill_maps(p, OF(aux, used_maps));
}

static __always_inline void fill_map(struct tg_bpf_map *m, struct bpf_map___seen *map)
{
	m->id = BPF_CORE_READ(map, id);
	m->type = BPF_CORE_READ(map, map_type);
	m->key_size = BPF_CORE_READ(map, key_size);
	m->value_size = BPF_CORE_READ(map, value_size);
	m->max_entries = BPF_CORE_READ(map, max_entries);
	m->flags = BPF_CORE_READ(map, map_flags);
	BPF_CORE_READ_INTO(&m->name, map, name);
}

/* Where a perf event comes from: the tracepoint, the function, or the file. */
static __always_inline u32 name_perf(u8 *name, struct perf_event___seen *event)
{
	struct trace_event_call___seen *call = BPF_CORE_READ(event, tp_event);
	int flags = BPF_CORE_READ(call, flags);
	const char *text = BPF_CORE_READ(call, name);
	u32 kind = TG_PK_OTHER;

	name[0] = 0;
	if (!call)
		return kind;
	if (!bpf_core_field_exists(call->filter))
		flags <<= 1;
	if (flags & UPROBE_BIT) {
		kind = TG_PK_UPROBE;
		if (bpf_core_type_exists(struct trace_uprobe___seen)) {
			void *list = BPF_CORE_READ((struct trace_probe_event___seen *)((void *)call - bpf_core_field_offset(struct trace_probe_event___seen, call)), probes.next);
			void *probe = list - bpf_core_field_offset(struct trace_probe___seen, list) - bpf_core_field_offset(struct trace_uprobe___seen, tp);
			text = BPF_CORE_READ((struct trace_uprobe___seen *)probe, filename);
		}
	} else if (flags & KPROBE_BIT) {
		kind = TG_PK_KPROBE;
	} else if (flags & TRACEPOINT_BIT) {
		kind = TG_PK_TRACEPOINT;
		text = BPF_CORE_READ(call, tp, name);
	}
	bpf_probe_read_kernel_str(name, TG_BPF_TEXT, text);
	return kind;
}

static __always_inline void name_device(struct tg_bpf_link *l, struct net_device___seen *dev)
{
	l->ifindex = dev ? BPF_CORE_READ(dev, ifindex) : 0;
	if (dev)
		bpf_probe_read_kernel_str(l->name, 16, (void *)dev + bpf_core_field_offset(struct net_device___seen, name));
}

static const char symbol_format[] = "%ps";

static __always_inline void fill_link(struct tg_bpf_link *l, struct bpf_link___seen *link)
{
	struct bpf_prog___seen *prog = BPF_CORE_READ(link, prog);
	const char *text = NULL;

	l->id = BPF_CORE_READ(link, id);
	l->type = BPF_CORE_READ(link, type);
	l->prog_id = BPF_CORE_READ(prog, aux, id);
	l->attach_type = BPF_CORE_READ(prog, expected_attach_type);
	l->target = 0;
	l->ifindex = l->perf_kind = 0;
	l->name[0] = 0;
	switch (l->type) {
	case LINK_RAW_TRACEPOINT:
		text = BPF_CORE_READ((struct bpf_raw_tp_link___seen *)link, btp, tp, name);
		break;
	case LINK_TRACING: case LINK_ITER:
		text = BPF_CORE_READ(prog, aux, attach_func_name);
		break;
	case LINK_CGROUP:
		if (bpf_core_type_exists(struct bpf_cgroup_link___seen)) {
			l->target = BPF_CORE_READ((struct bpf_cgroup_link___seen *)link, cgroup, kn, id);
			if (bpf_core_field_exists(struct bpf_cgroup_link___seen, type))
				l->attach_type = BPF_CORE_READ((struct bpf_cgroup_link___seen *)link, type);
		}
		break;
	case LINK_NETNS:
		if (bpf_core_type_exists(struct bpf_netns_link___seen)) {
			l->target = BPF_CORE_READ((struct bpf_netns_link___seen *)link, net, ns.inum);
			if (bpf_core_field_exists(struct bpf_netns_link___seen, type))
				l->attach_type = BPF_CORE_READ((struct bpf_netns_link___seen *)link, type);
		}
		break;
	case LINK_XDP:
		if (bpf_core_type_exists(struct bpf_xdp_link___seen))
			name_device(l, BPF_CORE_READ((struct bpf_xdp_link___seen *)link, dev));
		break;
	case LINK_TCX:
		if (bpf_core_type_exists(struct tcx_link___seen)) {
			if (bpf_core_field_exists(struct tcx_link___seen, location))
				l->attach_type = BPF_CORE_READ((struct tcx_link___seen *)link, location);
			name_device(l, BPF_CORE_READ((struct tcx_link___seen *)link, dev));
		}
		break;
	case LINK_NETKIT:
		if (bpf_core_type_exists(struct netkit_link___seen)) {
			if (bpf_core_field_exists(struct netkit_link___seen, location))
				l->attach_type = BPF_CORE_READ((struct netkit_link___seen *)link, location);
			name_device(l, BPF_CORE_READ((struct netkit_link___seen *)link, dev));
		}
		break;
	case LINK_KPROBE_MULTI:
		if (bpf_core_type_exists(struct bpf_kprobe_multi_link___seen)) {
			u64 first = 0;
			l->target = BPF_CORE_READ((struct bpf_kprobe_multi_link___seen *)link, cnt);
			bpf_probe_read_kernel(&first, sizeof(first), BPF_CORE_READ((struct bpf_kprobe_multi_link___seen *)link, addrs));
			bpf_snprintf((char *)l->name, 64, symbol_format, &first, sizeof(first));
		}
		break;
	case LINK_UPROBE_MULTI:
		if (bpf_core_type_exists(struct bpf_uprobe_multi_link___seen)) {
			struct bpf_uprobe_multi_link___seen *whole = (void *)link - bpf_core_field_offset(struct bpf_uprobe_multi_link___seen, link);
			l->target = BPF_CORE_READ(whole, cnt);
			text = (const char *)BPF_CORE_READ(whole, path.dentry, d_name.name);
		}
		break;
	case LINK_STRUCT_OPS:
		if (bpf_core_type_exists(struct bpf_struct_ops_link___seen)) {
			struct bpf_map___seen *map = BPF_CORE_READ((struct bpf_struct_ops_link___seen *)link, map);
			l->target = BPF_CORE_READ(map, id);
			l->attach_type = ATTACH_STRUCT_OPS;
			bpf_probe_read_kernel_str(l->name, 16, (void *)map + bpf_core_field_offset(struct bpf_map___seen, name));
		}
		break;
	case LINK_NETFILTER:
		if (bpf_core_type_exists(struct bpf_nf_link___seen)) {
			l->target = BPF_CORE_READ((struct bpf_nf_link___seen *)link, hook_ops.pf) | (u64)BPF_CORE_READ((struct bpf_nf_link___seen *)link, hook_ops.hooknum) << 8;
			l->ifindex = BPF_CORE_READ((struct bpf_nf_link___seen *)link, hook_ops.priority);
		}
		break;
	case LINK_PERF_EVENT:
		if (bpf_core_type_exists(struct bpf_perf_link___seen)) {
			struct file___seen *file = (void *)BPF_CORE_READ((struct bpf_perf_link___seen *)link, perf_file);
			l->perf_kind = name_perf(l->name, BPF_CORE_READ(file, private_data));
		}
		break;
	}
	if (bpf_core_field_exists(link->attach_type)) /* kept with every link since 6.17 */
		l->attach_type = BPF_CORE_READ(link, attach_type);
	if (text)
		bpf_probe_read_kernel_str(l->name, sizeof(l->name), text);
}

/* What a descriptor's file is: by the name that only the kernel gives. */
static __always_inline u32 object_in(struct file *file, void **object)
{
	const unsigned char *name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	u64 word = 0;

	*object = NULL;
	if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != 0x09041934 /* anonymous */ || bpf_probe_read_kernel(&word, sizeof(word), name))
		return TG_O_NONE;
	*object = BPF_CORE_READ((struct file___seen *)file, private_data);
	switch (word) {
	case 0x676f72702d667062ULL: return TG_O_PROG; /* bpf-prog */
	case 0x6b6e696c5f667062ULL: return TG_O_LINK; /* bpf_link */
	case 0x656b6f742d667062ULL: return TG_O_TOKEN; /* bpf-token */
	}
	if ((word & 0xffffffffffffffULL) == 0x70616d2d667062ULL) /* bpf-map, and what follows its end */
		return TG_O_MAP;
	return (u32)word == 0x00667462 ? TG_O_BTF : TG_O_OTHER; /* btf */
}

static __always_inline u32 id_of(u32 kind, void *object)
{
	switch (kind) {
	case TG_O_PROG: return BPF_CORE_READ((struct bpf_prog___seen *)object, aux, id);
	case TG_O_MAP: return BPF_CORE_READ((struct bpf_map___seen *)object, id);
	case TG_O_LINK: return BPF_CORE_READ((struct bpf_link___seen *)object, id);
	case TG_O_BTF: return BPF_CORE_READ((struct btf___seen *)object, id);
	}
	return 0;
}
