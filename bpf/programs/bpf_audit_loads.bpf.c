// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where tasks are stopped in the middle of programs, what watches functions is left out for all others on that processor
// (docs/adr/0031-stopped-in-a-program.md); an LSM hook never is. A load that was not told is told here, as its descriptor is made.
#include "../include/bpf_load.h"

struct bpf_prog_aux___counted { struct { s64 counter; } refcnt; } KERNEL_TYPE;

/* Nobody else holds it: it is being loaded, or the last one who held it let go this moment, of which the agent knows. */
static __always_inline bool is_new(struct bpf_prog___seen *prog)
{
	return BPF_CORE_READ((struct bpf_prog_aux___counted *)prog->aux, refcnt.counter) == 1;
}

SEC("lsm/bpf_prog")
int tg_bpf_handed_out(u64 *ctx)
{
	struct bpf_prog___seen *prog = (void *)PARAMETER(bpf_prog, ctx[0]);
	struct tg_bpf_pending *p = if_open(kept());

	if (is_new(prog) && !(p && p->object == TG_O_PROG && p->object_id == prog->aux->id))
		tell_whole(prog, TG_B_LOAD, p);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
