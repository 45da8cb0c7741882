/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is kept with each task: what captures leave for LSM hooks, what is known of its life. The agent makes these maps
 * from an object that has nothing else. */
#pragma once

struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct tg_lefts); } tg_left SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct tg_kin); } tg_kin SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct tg_walks); } tg_walks SEC(".maps");
