// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Never loaded: its BTF is where the TypeScript side's layout is generated from (setup/build-layout.ts).
#include "../include/kernel_types.h"
#include "../include/layout.h"

struct tg_hook_config layout_hook_config;
struct tg_policy_control layout_policy_control;
struct tg_policy_state layout_policy_state;
struct tg_limit_key layout_limit_key;
struct tg_sock_key layout_sock_key;
struct tg_owner layout_owner;
enum tg_follow layout_follow;
enum tg_limit_scope layout_limit_scope;
struct tg_control layout_control;
struct tg_exe layout_exe;
struct tg_protected_bits layout_protected_bits;
struct tg_process layout_process;
struct tg_scratch layout_scratch;
struct tg_stats layout_stats;
struct tg_event layout_event;
struct tg_value layout_value;
struct tg_sock_value layout_sock_value;
struct tg_user_ns_value layout_user_ns_value;
struct tg_cred_value layout_cred_value;
struct tg_bpf_prog_value layout_bpf_prog_value;
struct tg_bpf_map_value layout_bpf_map_value;
struct tg_perf_event_value layout_perf_event_value;
struct tg_module_value layout_module_value;
struct tg_arg layout_arg;
struct tg_match layout_match;
struct tg_place layout_place;
struct tg_process_match layout_process_match;
struct tg_selector layout_selector;
struct tg_string layout_string;
struct tg_door layout_door;
struct tg_lefts layout_lefts;
struct tg_begun layout_begun;
struct tg_told_key layout_told_key;
struct tg_kin layout_kin;
enum tg_type layout_type;
enum tg_op layout_op;
enum tg_class layout_class;
enum tg_field layout_field;
enum tg_process_kind layout_process_kind;
enum tg_namespace layout_namespace;
enum tg_capset layout_capset;
enum tg_role layout_role;
enum tg_family layout_family;
enum tg_source layout_source;
enum tg_action layout_action;
enum tg_mode layout_mode;
enum tg_spared layout_spared;
enum tg_kind layout_kind;
enum tg_mark layout_mark;
enum tg_event_flag layout_event_flag;
enum tg_quick layout_quick;
enum tg_lies layout_lies;
