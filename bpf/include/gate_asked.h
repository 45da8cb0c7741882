/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a command of bpf(2) asks for, and what the verdicts on whoever asks say of it. */
#pragma once
#include "gate_own.h"

enum command {
	MAP_UPDATE = 2, PROG_LOAD = 5, OBJ_PIN = 6, PROG_ATTACH = 8, RAW_TRACEPOINT_OPEN = 17, LINK_CREATE = 28, LINK_UPDATE = 29,
	LINK_GET_FD_BY_ID = 30, LINK_DETACH = 34, TOKEN_CREATE = 36,
};
enum { TYPE_TRACING = 26, TYPE_STRUCT_OPS = 27, TYPE_EXT = 28, TYPE_LSM = 29, ATTACH_STRUCT_OPS = 44, MAP_STRUCT_OPS = 26 };

/* Places in union bpf_attr, whose members never move. */
enum place_in_attr {
	LOAD_NAME = 48, LOAD_ATTACH_TYPE = 68, LOAD_BTF_ID = 108, LOAD_TARGET_FD = 112, LOAD_ASKED = 116,
	LINK_TARGET_FD = 4, LINK_ATTACH_TYPE = 8, RAW_FD = 8, PIN_FD = 8, ATTACH_FD = 4, UPDATED_FD = 4,
};

struct bpf_link { u32 id; } KERNEL_TYPE;

static __always_inline u32 attr_word(const void *attr, u32 at)
{
	u32 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), attr + at);
	return word;
}

static __always_inline void *object_of_fd(u32 fd)
{
	struct file *file = file_of_fd(fd);

	return file ? BPF_CORE_READ(file, private_data) : NULL;
}

static __always_inline u32 prog_id(struct bpf_prog *prog)
{
	return prog ? BPF_CORE_READ(prog, aux, id) : 0;
}

/* A function of the kernel that is none of a stranger's, or a program of ours. */
static __always_inline void ask_target(struct request *r, const struct tg_gate_verdict *v, u32 target_fd, u32 btf_id)
{
	if (r->type != TYPE_TRACING && r->type != TYPE_LSM && r->type != TYPE_EXT)
		return;
	r->target = btf_id;
	if (target_fd) {
		if (is_own(TG_GO_PROG, prog_id(object_of_fd(target_fd))))
			ask(r, v, TG_GA_GUARD_TARGET);
		return;
	}
	u32 *class = bpf_map_lookup_elem(&tg_gate_targets, &btf_id);
	if (class)
		ask(r, v, *class);
}

static __always_inline void ask_load(struct request *r, const struct tg_gate_verdict *v, const void *attr)
{
	u32 asked[LOAD_ASKED / 4] = {};

	bpf_probe_read_kernel(asked, sizeof(asked), attr); /* at once: each read costs as much as all of it */
	r->kind = TG_GK_LOAD;
	r->type = asked[0];
	r->attach_type = asked[LOAD_ATTACH_TYPE / 4];
	r->name = (u64)attr + LOAD_NAME;
	ask(r, v, type_asked(r->type));
	ask_target(r, v, asked[LOAD_TARGET_FD / 4], asked[LOAD_BTF_ID / 4]);
	if ((asked[LOAD_NAME / 4] & 0xffffff) == 0x5f6774) /* "tg_", as ours are called */
		ask(r, v, TG_GA_OUR_NAME);
}

/* Putting a program somewhere is judged as loading one of its type: whoever may not load it is not handed it either. */
static __always_inline void ask_attach(struct request *r, const struct tg_gate_verdict *v, u32 fd)
{
	struct bpf_prog *prog = object_of_fd(fd);

	r->kind = TG_GK_ATTACH;
	r->type = r->attach_type == ATTACH_STRUCT_OPS ? TYPE_STRUCT_OPS : prog ? BPF_CORE_READ(prog, type) : 0;
	r->object_id = prog_id(prog);
	r->name = prog ? (u64)BPF_CORE_READ(prog, aux) + bpf_core_field_offset(struct bpf_prog_aux, name) : 0;
	ask(r, v, type_asked(r->type));
}

/* The kernel calls what is in such a map once its entry is set. */
static __always_inline bool is_struct_ops(u32 fd)
{
	struct bpf_map *map = object_of_fd(fd);

	return map && BPF_CORE_READ(map, map_type) == MAP_STRUCT_OPS;
}

static __always_inline void ask_struct_ops(struct request *r, const struct tg_gate_verdict *v)
{
	r->kind = TG_GK_ATTACH;
	r->type = TYPE_STRUCT_OPS;
	r->attach_type = ATTACH_STRUCT_OPS;
	ask(r, v, type_asked(TYPE_STRUCT_OPS));
}

static __always_inline long asked_for(u32 command, const void *attr)
{
	struct request r = { .command = command, .mode = gate_mode() };

	if (r.mode == TG_GATE_OFF)
		return 0;
	const struct tg_gate_verdict *v = who_asks(&r);
	switch (command) {
	case PROG_LOAD:
		ask_load(&r, v, attr);
		break;
	case MAP_UPDATE:
		ask_struct_ops(&r, v);
		break;
	case LINK_CREATE:
		r.attach_type = attr_word(attr, LINK_ATTACH_TYPE);
		ask_attach(&r, v, attr_word(attr, 0));
		break;
	case PROG_ATTACH:
		r.attach_type = attr_word(attr, LINK_ATTACH_TYPE);
		ask_attach(&r, v, attr_word(attr, ATTACH_FD));
		break;
	case RAW_TRACEPOINT_OPEN:
		ask_attach(&r, v, attr_word(attr, RAW_FD));
		break;
	case LINK_UPDATE:
		ask_attach(&r, v, attr_word(attr, UPDATED_FD));
		break;
	case OBJ_PIN:
		r.kind = TG_GK_PIN;
		ask(&r, v, TG_GA_PIN);
		break;
	default:
		r.kind = TG_GK_TOKEN;
		ask(&r, v, TG_GA_TOKEN);
	}
	if (!r.rule)
		return r.kind == TG_GK_LOAD ? let_in(&r) : 0;
	r.essential = is_hosts();
	return answer(&r);
}
