/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

/* One load per case, at a constant offset: left alone, the compiler shares one load among them and the verifier refuses it. */
#define CTX_LOAD(into, ctx, i) asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(into) : "r"(ctx), "i"((i) * 8))
