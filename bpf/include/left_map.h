/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What captures leave for LSM hooks, kept with each task. In a file of its own: the agent makes it from an object without more. */
#pragma once

struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct tg_lefts); } tg_left SEC(".maps");
