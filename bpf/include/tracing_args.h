/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The raw values of a function that a tracing or LSM program hangs on (ctx is the array of its arguments). */
#pragma once
#include "hook.h"

#define USED(i) (cfg.params_used & (1u << (i)))

static __always_inline void syscall_args(u64 *raw, const struct pt_regs *regs)
{
	if (cfg.source == TG_SRC_SYSCALL_REGS32) {
		if (USED(0)) raw[0] = (u32)regs->bx;
		if (USED(1)) raw[1] = (u32)regs->cx;
		if (USED(2)) raw[2] = (u32)regs->dx;
		if (USED(3)) raw[3] = (u32)regs->si;
		if (USED(4)) raw[4] = (u32)regs->di;
		return;
	}
	if (USED(0)) raw[0] = regs->di;
	if (USED(1)) raw[1] = regs->si;
	if (USED(2)) raw[2] = regs->dx;
	if (USED(3)) raw[3] = regs->r10;
	if (USED(4)) raw[4] = regs->r8;
}

/* ctx may only be read at constant offsets, and only as many words as the function has parameters */
static __always_inline void tracing_args(u64 *raw, u64 *ctx)
{
	if (cfg.source != TG_SRC_ARGS) {
		syscall_args(raw, (const struct pt_regs *)ctx[0]);
		return;
	}
	if (USED(0)) raw[0] = ctx[0];
	if (USED(1)) raw[1] = ctx[1];
	if (USED(2)) raw[2] = ctx[2];
	if (USED(3)) raw[3] = ctx[3];
	if (USED(4)) raw[4] = ctx[4];
}
