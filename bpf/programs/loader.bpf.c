// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Each executable file that a process maps, with its build id: on what the kernel tells the perf events that ask for both. The
// agent holds one such event on each CPU; those of others pass here too, and are known by not having our mark.
#include "../include/hook.h"

#define PROT_EXEC 4

/* Beside the path: the process is in the middle of an exec, and not yet what it will be. */
static __always_inline bool is_in_exec(void)
{
	struct task_struct___in_exec *task = (void *)bpf_get_current_task();

	return bpf_core_field_exists(task->in_execve) && BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}

static __always_inline u32 append(struct tg_scratch *s, u32 off, u32 type, u32 len, u32 status, u64 number)
{
	struct tg_value *head = (void *)&s->data[off & (TG_DATA_MAX - 1) & ~7u];

	head->type = type;
	head->status = status;
	head->len = len;
	head->number = number;
	return (off + sizeof(*head) + len + 7) & ~7u;
}

static __always_inline void tell_of(struct tg_scratch *s, struct file *file, struct perf_mmap_event *mapped, struct policy *p)
{
	u32 size = BPF_CORE_READ(mapped, build_id_size), whole = 0, len, off;
	const void *id = (void *)mapped + bpf_core_field_offset(struct perf_mmap_event, build_id);
	struct outcome o = {};

	len = put_path(s, sizeof(struct tg_value), (struct path *)((void *)file + bpf_core_field_offset(struct file, f_path)), &whole);
	off = append(s, 0, TG_T_PATH, len, whole ? 0 : 2, is_in_exec());
	if (size > TG_BUILD_ID)
		size = TG_BUILD_ID;
	if (bpf_probe_read_kernel(&s->data[(off + sizeof(struct tg_value)) & (TG_DATA_MAX - 1)], size, id))
		size = 0;
	off = append(s, off, TG_T_BUF_KERNEL, size, 0, size);
	if (!is_throttled(s, p))
		post(s, 0, off, p, &o, false, 0);
}

static __noinline long slow(u64 *ctx, u64 word)
{
	struct perf_mmap_event *mapped = (void *)ctx[1];
	struct file *file = BPF_CORE_READ(mapped, vma, vm_file);
	struct policy p = {};

	if (!file || !(BPF_CORE_READ(mapped, prot) & PROT_EXEC) || !policy_of(&p))
		return 0;
	if (p.control->generation_posting && p.control->generation_posting != cfg.generation)
		return 0;
	struct tg_scratch *s = scratch_take();
	if (!s) {
		__sync_fetch_and_add(&p.state->lost, 1);
		return 0;
	}
	tell_of(s, file, mapped, &p);
	scratch_give(s);
	return 0;
}

SEC("template.fentry")
int tg_loader(u64 *ctx)
{
	struct perf_event *event = (void *)ctx[0];

	return event->attr.wakeup_events == TG_MAP_MARK ? (int)slow(ctx, 0) : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
