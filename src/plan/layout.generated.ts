// SPDX-License-Identifier: Apache-2.0
// Generated from the BTF of bpf/include/layout.h by setup/build-layout.ts; do not edit.

export const STRUCTS = {
  tg_hook_config: {
    size: 22984,
    fields: {
      hook_id: { offset: 0, size: 4, count: 1, signed: false },
      policy_slot: { offset: 4, size: 4, count: 1, signed: false },
      generation: { offset: 8, size: 4, count: 1, signed: false },
      syscall_nr: { offset: 12, size: 4, count: 1, signed: false },
      sock_group: { offset: 16, size: 4, count: 1, signed: false },
      roles: { offset: 20, size: 1, count: 1, signed: false },
      source: { offset: 21, size: 1, count: 1, signed: false },
      nargs: { offset: 22, size: 1, count: 1, signed: false },
      nselectors: { offset: 23, size: 1, count: 1, signed: false },
      needs_text: { offset: 24, size: 1, count: 1, signed: false },
      needs_exe: { offset: 25, size: 1, count: 1, signed: false },
      params_used: { offset: 26, size: 1, count: 1, signed: false },
      has_cast: { offset: 27, size: 1, count: 1, signed: false },
      ret_type: { offset: 28, size: 1, count: 1, signed: false },
      quick_count: { offset: 29, size: 1, count: 1, signed: false },
      quick_param: { offset: 30, size: 1, count: 1, signed: false },
      quick_kind: { offset: 31, size: 1, count: 1, signed: false },
      family: { offset: 32, size: 1, count: 1, signed: false },
      door_count: { offset: 33, size: 1, count: 1, signed: false },
      door_uring: { offset: 34, size: 1, count: 1, signed: false },
      open_param: { offset: 35, size: 1, count: 1, signed: false },
      open_flags_at: { offset: 36, size: 1, count: 1, signed: false },
      open_mode_at: { offset: 37, size: 1, count: 1, signed: false },
      fixed_mask: { offset: 38, size: 1, count: 1, signed: false },
      user_name_param: { offset: 39, size: 1, count: 1, signed: false },
      msg_param: { offset: 40, size: 1, count: 1, signed: false },
      msg_name_at: { offset: 41, size: 1, count: 1, signed: false },
      msg_fast_open: { offset: 42, size: 1, count: 1, signed: false },
      tells_once: { offset: 43, size: 1, count: 1, signed: false },
      unspec_is_inet: { offset: 44, size: 1, count: 1, signed: false },
      params_asked: { offset: 45, size: 1, count: 1, signed: false },
      ret_follow: { offset: 46, size: 1, count: 1, signed: false },
      sets: { offset: 47, size: 1, count: 1, signed: false },
      has_routes: { offset: 48, size: 1, count: 1, signed: false },
      stacks: { offset: 49, size: 1, count: 1, signed: false },
      canonical: { offset: 50, size: 1, count: 1, signed: false },
      quick_entry: { offset: 51, size: 1, count: 1, signed: false },
      older_at: { offset: 52, size: 1, count: 1, signed: false },
      newer_at: { offset: 53, size: 1, count: 1, signed: false },
      walk_goes_on: { offset: 54, size: 1, count: 1, signed: false },
      file_flags_at: { offset: 55, size: 1, count: 1, signed: false },
      limit_seed: { offset: 56, size: 8, count: 2, signed: false },
      workload: { offset: 72, size: 1, count: 1, signed: false },
      text_words: { offset: 73, size: 1, count: 1, signed: false },
      quick_inode_first: { offset: 74, size: 2, count: 1, signed: false },
      quick_inode_count: { offset: 76, size: 2, count: 1, signed: false },
      hash_of: { offset: 78, size: 1, count: 1, signed: false },
      cgroup_throttled: { offset: 79, size: 1, count: 1, signed: false },
      ret_object: { offset: 80, size: 1, count: 1, signed: false },
      whose: { offset: 81, size: 1, count: 1, signed: false },
      joint_slot: { offset: 84, size: 4, count: 1, signed: false },
      joint_generation: { offset: 88, size: 4, count: 1, signed: false },
      same_ms: { offset: 92, size: 4, count: 1, signed: false },
      throttle_events: { offset: 96, size: 4, count: 1, signed: false },
      throttle_ms: { offset: 100, size: 4, count: 1, signed: false },
      scope: { offset: 104, size: 2, count: 1, signed: false },
      doubtful: { offset: 106, size: 1, count: 1, signed: false },
      has_scopes: { offset: 107, size: 1, count: 1, signed: false },
      fixed: { offset: 108, size: 4, count: 5, signed: true },
      doors: { offset: 128, size: 8, count: 10, signed: false },
      quick_mask: { offset: 208, size: 8, count: 8, signed: false },
      quick_value: { offset: 272, size: 8, count: 8, signed: false },
      args: { offset: 336, size: 14, count: 6, signed: false },
      routes: { offset: 420, size: 52, count: 5, signed: false },
      places: { offset: 680, size: 16, count: 5, signed: false },
      selectors: { offset: 760, size: 72, count: 5, signed: false },
      matches: { offset: 1120, size: 12, count: 30, signed: false },
      process: { offset: 1480, size: 8, count: 32, signed: false },
      numbers: { offset: 1736, size: 8, count: 512, signed: true },
      strings: { offset: 5832, size: 4, count: 192, signed: false },
      words: { offset: 6600, size: 8, count: 2048, signed: false },
    },
  },
  tg_door: {
    size: 8,
    fields: {
      nr: { offset: 0, size: 2, count: 1, signed: false },
      compat: { offset: 2, size: 1, count: 1, signed: false },
      registers: { offset: 3, size: 1, count: 5, signed: false },
    },
  },
  tg_arg: {
    size: 14,
    fields: {
      type: { offset: 0, size: 1, count: 1, signed: false },
      param: { offset: 1, size: 1, count: 1, signed: false },
      size_param: { offset: 2, size: 1, count: 1, signed: false },
      large: { offset: 3, size: 1, count: 1, signed: false },
      offset_bytes: { offset: 4, size: 2, count: 1, signed: false },
      size_bytes: { offset: 6, size: 2, count: 1, signed: false },
      length_offset_bytes: { offset: 8, size: 2, count: 1, signed: false },
      length_bytes: { offset: 10, size: 1, count: 1, signed: false },
      lies: { offset: 11, size: 1, count: 1, signed: false },
      until_returned: { offset: 12, size: 1, count: 1, signed: false },
      reserved: { offset: 13, size: 1, count: 1, signed: false },
    },
  },
  tg_route: {
    size: 52,
    fields: {
      hops: { offset: 0, size: 1, count: 1, signed: false },
      from: { offset: 1, size: 1, count: 1, signed: false },
      param: { offset: 2, size: 1, count: 1, signed: false },
      size_bytes: { offset: 3, size: 1, count: 1, signed: false },
      is_signed: { offset: 4, size: 1, count: 1, signed: false },
      reserved: { offset: 5, size: 1, count: 3, signed: false },
      offsets: { offset: 8, size: 4, count: 11, signed: false },
    },
  },
  tg_place: {
    size: 16,
    fields: {
      lies: { offset: 0, size: 1, count: 1, signed: false },
      base: { offset: 1, size: 1, count: 1, signed: false },
      index: { offset: 2, size: 1, count: 1, signed: false },
      scale: { offset: 3, size: 1, count: 1, signed: false },
      size_bytes: { offset: 4, size: 1, count: 1, signed: false },
      is_signed: { offset: 5, size: 1, count: 1, signed: false },
      reserved: { offset: 6, size: 2, count: 1, signed: false },
      offset: { offset: 8, size: 8, count: 1, signed: true },
    },
  },
  tg_selector: {
    size: 72,
    fields: {
      match_first: { offset: 0, size: 1, count: 1, signed: false },
      match_count: { offset: 1, size: 1, count: 1, signed: false },
      ret_first: { offset: 2, size: 1, count: 1, signed: false },
      ret_count: { offset: 3, size: 1, count: 1, signed: false },
      pid_count: { offset: 4, size: 1, count: 1, signed: false },
      pid_negated: { offset: 5, size: 1, count: 1, signed: false },
      pid_namespaced: { offset: 6, size: 1, count: 1, signed: false },
      pid_follow: { offset: 7, size: 1, count: 1, signed: false },
      bin_count: { offset: 8, size: 1, count: 1, signed: false },
      bin_negated: { offset: 9, size: 1, count: 1, signed: false },
      post: { offset: 10, size: 1, count: 1, signed: false },
      last_action: { offset: 11, size: 1, count: 1, signed: false },
      pid_first: { offset: 12, size: 2, count: 1, signed: false },
      bin_first: { offset: 14, size: 2, count: 1, signed: false },
      error: { offset: 16, size: 4, count: 1, signed: true },
      signal: { offset: 20, size: 4, count: 1, signed: false },
      index: { offset: 24, size: 2, count: 1, signed: false },
      paired: { offset: 26, size: 1, count: 1, signed: false },
      process_first: { offset: 27, size: 1, count: 1, signed: false },
      process_count: { offset: 28, size: 1, count: 1, signed: false },
      limit_scope: { offset: 29, size: 1, count: 1, signed: false },
      bin_op: { offset: 30, size: 1, count: 1, signed: false },
      bin_follow: { offset: 31, size: 1, count: 1, signed: false },
      par_count: { offset: 32, size: 1, count: 1, signed: false },
      par_negated: { offset: 33, size: 1, count: 1, signed: false },
      par_op: { offset: 34, size: 1, count: 1, signed: false },
      par_follow: { offset: 35, size: 1, count: 1, signed: false },
      par_first: { offset: 36, size: 2, count: 1, signed: false },
      bin_list_low: { offset: 40, size: 4, count: 1, signed: false },
      bin_list_high: { offset: 44, size: 4, count: 1, signed: false },
      par_list_low: { offset: 48, size: 4, count: 1, signed: false },
      par_list_high: { offset: 52, size: 4, count: 1, signed: false },
      track_mask: { offset: 56, size: 1, count: 1, signed: false },
      untrack_mask: { offset: 57, size: 1, count: 1, signed: false },
      set_param: { offset: 58, size: 1, count: 1, signed: false },
      stacks: { offset: 59, size: 1, count: 1, signed: false },
      hashes: { offset: 60, size: 1, count: 1, signed: false },
      workload: { offset: 61, size: 1, count: 1, signed: false },
      scope: { offset: 62, size: 2, count: 1, signed: false },
      limit_ms: { offset: 64, size: 4, count: 1, signed: false },
      set_value: { offset: 68, size: 4, count: 1, signed: false },
    },
  },
  tg_match: {
    size: 12,
    fields: {
      arg: { offset: 0, size: 1, count: 1, signed: false },
      op: { offset: 1, size: 1, count: 1, signed: false },
      cls: { offset: 2, size: 1, count: 1, signed: false },
      count: { offset: 3, size: 1, count: 1, signed: false },
      first: { offset: 4, size: 2, count: 1, signed: false },
      field: { offset: 6, size: 2, count: 1, signed: false },
      inode_first: { offset: 8, size: 2, count: 1, signed: false },
      inode_count: { offset: 10, size: 2, count: 1, signed: false },
    },
  },
  tg_process_match: {
    size: 8,
    fields: {
      kind: { offset: 0, size: 1, count: 1, signed: false },
      which: { offset: 1, size: 1, count: 1, signed: false },
      negated: { offset: 2, size: 1, count: 1, signed: false },
      outside_only: { offset: 3, size: 1, count: 1, signed: false },
      count: { offset: 4, size: 2, count: 1, signed: false },
      first: { offset: 6, size: 2, count: 1, signed: false },
    },
  },
  tg_string: {
    size: 4,
    fields: {
      word: { offset: 0, size: 2, count: 1, signed: false },
      len: { offset: 2, size: 2, count: 1, signed: false },
    },
  },
  tg_policy_control: {
    size: 16,
    fields: {
      mode: { offset: 0, size: 4, count: 1, signed: false },
      kill_per_minute: { offset: 4, size: 4, count: 1, signed: false },
      generation_posting: { offset: 8, size: 4, count: 1, signed: false },
      generation_past: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_policy_state: {
    size: 96,
    fields: {
      tokens_milli: { offset: 0, size: 8, count: 1, signed: false },
      refilled_ns: { offset: 8, size: 8, count: 1, signed: false },
      posted: { offset: 16, size: 8, count: 1, signed: false },
      killed: { offset: 24, size: 8, count: 1, signed: false },
      denied: { offset: 32, size: 8, count: 1, signed: false },
      would_have: { offset: 40, size: 8, count: 1, signed: false },
      lost: { offset: 48, size: 8, count: 1, signed: false },
      exhausted: { offset: 56, size: 4, count: 1, signed: false },
      reserved: { offset: 60, size: 4, count: 1, signed: false },
      suppressed: { offset: 64, size: 8, count: 1, signed: false },
      throttled: { offset: 72, size: 8, count: 1, signed: false },
      aggregated: { offset: 80, size: 8, count: 1, signed: false },
      blind_until_ns: { offset: 88, size: 8, count: 1, signed: false },
    },
  },
  tg_limit_key: {
    size: 24,
    fields: {
      hook_id: { offset: 0, size: 4, count: 1, signed: false },
      selector: { offset: 4, size: 4, count: 1, signed: false },
      who: { offset: 8, size: 8, count: 1, signed: false },
      hash: { offset: 16, size: 8, count: 1, signed: false },
    },
  },
  tg_would_key: {
    size: 8,
    fields: {
      hook_id: { offset: 0, size: 4, count: 1, signed: false },
      selector: { offset: 4, size: 4, count: 1, signed: false },
    },
  },
  tg_same_key: {
    size: 16,
    fields: {
      hook_id: { offset: 0, size: 4, count: 1, signed: false },
      interval: { offset: 4, size: 4, count: 1, signed: false },
      hash: { offset: 8, size: 8, count: 1, signed: false },
    },
  },
  tg_same: {
    size: 32,
    fields: {
      count: { offset: 0, size: 8, count: 1, signed: false },
      first_ns: { offset: 8, size: 8, count: 1, signed: false },
      last_ns: { offset: 16, size: 8, count: 1, signed: false },
      interval_ns: { offset: 24, size: 8, count: 1, signed: false },
    },
  },
  tg_rate: {
    size: 16,
    fields: {
      events: { offset: 0, size: 8, count: 1, signed: false },
      interval_ns: { offset: 8, size: 8, count: 1, signed: false },
    },
  },
  tg_rate_key: {
    size: 16,
    fields: {
      cgroup: { offset: 0, size: 8, count: 1, signed: false },
      of: { offset: 8, size: 4, count: 1, signed: false },
      generation: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_rate_use: {
    size: 168,
    fields: {
      began_ns: { offset: 0, size: 8, count: 1, signed: false },
      count: { offset: 8, size: 8, count: 1, signed: false },
      over_ns: { offset: 16, size: 8, count: 1, signed: false },
      over_since_ns: { offset: 24, size: 8, count: 1, signed: false },
      interval_ns: { offset: 32, size: 8, count: 1, signed: false },
      name: { offset: 40, size: 1, count: 128, signed: false },
    },
  },
  tg_sock_key: {
    size: 16,
    fields: {
      sock: { offset: 0, size: 8, count: 1, signed: false },
      group: { offset: 8, size: 4, count: 1, signed: false },
      reserved: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_owner: {
    size: 16,
    fields: {
      start_boot_ns: { offset: 0, size: 8, count: 1, signed: false },
      tgid: { offset: 8, size: 4, count: 1, signed: false },
      tid: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_control: {
    size: 16,
    fields: {
      suspended: { offset: 0, size: 4, count: 1, signed: false },
      reserved: { offset: 4, size: 4, count: 1, signed: false },
      suspended_until_ns: { offset: 8, size: 8, count: 1, signed: false },
    },
  },
  tg_exe: {
    size: 16,
    fields: {
      ino: { offset: 0, size: 8, count: 1, signed: false },
      dev: { offset: 8, size: 4, count: 1, signed: false },
      reserved: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_protected_bits: {
    size: 128,
    fields: {
      words: { offset: 0, size: 8, count: 16, signed: false },
    },
  },
  tg_process: {
    size: 24,
    fields: {
      parent_start_boot_ns: { offset: 0, size: 8, count: 1, signed: false },
      parent_tgid: { offset: 8, size: 4, count: 1, signed: false },
      auid: { offset: 12, size: 4, count: 1, signed: false },
      exit_code: { offset: 16, size: 4, count: 1, signed: true },
      reserved: { offset: 20, size: 4, count: 1, signed: false },
    },
  },
  tg_scratch: {
    size: 28016,
    fields: {
      busy: { offset: 0, size: 4, count: 1, signed: false },
      reserved: { offset: 4, size: 4, count: 1, signed: false },
      texts: { offset: 8, size: 72, count: 1, signed: false },
      limit: { offset: 80, size: 24, count: 1, signed: false },
      same: { offset: 104, size: 16, count: 1, signed: false },
      same_ns: { offset: 120, size: 8, count: 1, signed: false },
      gathering: { offset: 128, size: 40, count: 1, signed: false },
      walk: { offset: 168, size: 64, count: 1, signed: false },
      event: { offset: 232, size: 72, count: 1, signed: false },
      data: { offset: 304, size: 1, count: 23104, signed: false },
      path: { offset: 23408, size: 1, count: 4608, signed: false },
    },
  },
  tg_texts: {
    size: 72,
    fields: {
      len: { offset: 0, size: 4, count: 1, signed: false },
      bad: { offset: 4, size: 4, count: 1, signed: false },
      partial: { offset: 8, size: 4, count: 1, signed: false },
      off: { offset: 12, size: 4, count: 6, signed: false },
      size: { offset: 36, size: 4, count: 6, signed: false },
      exe_off: { offset: 60, size: 4, count: 1, signed: false },
      exe_size: { offset: 64, size: 4, count: 1, signed: false },
      exe_bad: { offset: 68, size: 4, count: 1, signed: false },
    },
  },
  tg_gathering: {
    size: 40,
    fields: {
      pieces: { offset: 0, size: 8, count: 1, signed: false },
      total: { offset: 8, size: 8, count: 1, signed: false },
      most: { offset: 16, size: 8, count: 1, signed: false },
      off: { offset: 24, size: 4, count: 1, signed: false },
      done: { offset: 28, size: 4, count: 1, signed: false },
      bad: { offset: 32, size: 4, count: 1, signed: false },
      reserved: { offset: 36, size: 4, count: 1, signed: false },
    },
  },
  tg_walk: {
    size: 64,
    fields: {
      dentry: { offset: 0, size: 8, count: 1, signed: false },
      mnt: { offset: 8, size: 8, count: 1, signed: false },
      root_dentry: { offset: 16, size: 8, count: 1, signed: false },
      root_mnt: { offset: 24, size: 8, count: 1, signed: false },
      pos: { offset: 32, size: 4, count: 1, signed: false },
      whole: { offset: 36, size: 4, count: 1, signed: false },
      mount: { offset: 40, size: 24, count: 1, signed: false },
    },
  },
  tg_mount_seen: {
    size: 24,
    fields: {
      parent: { offset: 0, size: 8, count: 1, signed: false },
      mountpoint: { offset: 8, size: 8, count: 1, signed: false },
      root: { offset: 16, size: 8, count: 1, signed: false },
    },
  },
  tg_event: {
    size: 72,
    fields: {
      size_bytes: { offset: 0, size: 4, count: 1, signed: false },
      kind: { offset: 4, size: 2, count: 1, signed: false },
      cpu: { offset: 6, size: 2, count: 1, signed: false },
      boot_ns: { offset: 8, size: 8, count: 1, signed: false },
      start_boot_ns: { offset: 16, size: 8, count: 1, signed: false },
      tgid: { offset: 24, size: 4, count: 1, signed: false },
      tid: { offset: 28, size: 4, count: 1, signed: false },
      uid: { offset: 32, size: 4, count: 1, signed: false },
      hook_id: { offset: 36, size: 4, count: 1, signed: false },
      policy_slot: { offset: 40, size: 4, count: 1, signed: false },
      generation: { offset: 44, size: 4, count: 1, signed: false },
      selector: { offset: 48, size: 1, count: 1, signed: false },
      action: { offset: 49, size: 1, count: 1, signed: false },
      spared: { offset: 50, size: 1, count: 1, signed: false },
      nargs: { offset: 51, size: 1, count: 1, signed: false },
      denied: { offset: 52, size: 1, count: 1, signed: false },
      killed: { offset: 53, size: 1, count: 1, signed: false },
      has_ret: { offset: 54, size: 1, count: 1, signed: false },
      flags: { offset: 55, size: 1, count: 1, signed: false },
      ret: { offset: 56, size: 8, count: 1, signed: true },
      seen_tgid: { offset: 64, size: 4, count: 1, signed: false },
      seen_tid: { offset: 68, size: 4, count: 1, signed: false },
    },
  },
  tg_stats: {
    size: 32,
    fields: {
      lost: { offset: 0, size: 8, count: 1, signed: false },
      scratch_missed: { offset: 8, size: 8, count: 1, signed: false },
      read_failed: { offset: 16, size: 8, count: 1, signed: false },
      throttled: { offset: 24, size: 8, count: 1, signed: false },
    },
  },
  tg_value: {
    size: 16,
    fields: {
      type: { offset: 0, size: 2, count: 1, signed: false },
      status: { offset: 2, size: 2, count: 1, signed: false },
      len: { offset: 4, size: 4, count: 1, signed: false },
      number: { offset: 8, size: 8, count: 1, signed: false },
    },
  },
  tg_sock_value: {
    size: 64,
    fields: {
      family: { offset: 0, size: 2, count: 1, signed: false },
      type: { offset: 2, size: 2, count: 1, signed: false },
      protocol: { offset: 4, size: 2, count: 1, signed: false },
      state: { offset: 6, size: 2, count: 1, signed: false },
      mark: { offset: 8, size: 4, count: 1, signed: false },
      priority: { offset: 12, size: 4, count: 1, signed: false },
      sport: { offset: 16, size: 2, count: 1, signed: false },
      dport: { offset: 18, size: 2, count: 1, signed: false },
      reserved: { offset: 20, size: 4, count: 1, signed: false },
      saddr: { offset: 24, size: 1, count: 16, signed: false },
      daddr: { offset: 40, size: 1, count: 16, signed: false },
      cookie: { offset: 56, size: 8, count: 1, signed: false },
    },
  },
  tg_user_ns_value: {
    size: 16,
    fields: {
      level: { offset: 0, size: 4, count: 1, signed: true },
      uid: { offset: 4, size: 4, count: 1, signed: false },
      gid: { offset: 8, size: 4, count: 1, signed: false },
      inum: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_cred_value: {
    size: 80,
    fields: {
      uid: { offset: 0, size: 4, count: 1, signed: false },
      gid: { offset: 4, size: 4, count: 1, signed: false },
      euid: { offset: 8, size: 4, count: 1, signed: false },
      egid: { offset: 12, size: 4, count: 1, signed: false },
      suid: { offset: 16, size: 4, count: 1, signed: false },
      sgid: { offset: 20, size: 4, count: 1, signed: false },
      fsuid: { offset: 24, size: 4, count: 1, signed: false },
      fsgid: { offset: 28, size: 4, count: 1, signed: false },
      permitted: { offset: 32, size: 8, count: 1, signed: false },
      effective: { offset: 40, size: 8, count: 1, signed: false },
      inheritable: { offset: 48, size: 8, count: 1, signed: false },
      user_ns: { offset: 56, size: 16, count: 1, signed: false },
      securebits: { offset: 72, size: 4, count: 1, signed: false },
      reserved: { offset: 76, size: 4, count: 1, signed: false },
    },
  },
  tg_bpf_prog_value: {
    size: 24,
    fields: {
      type: { offset: 0, size: 4, count: 1, signed: false },
      count: { offset: 4, size: 4, count: 1, signed: false },
      name: { offset: 8, size: 1, count: 16, signed: false },
    },
  },
  tg_bpf_map_value: {
    size: 32,
    fields: {
      type: { offset: 0, size: 4, count: 1, signed: false },
      key_size: { offset: 4, size: 4, count: 1, signed: false },
      value_size: { offset: 8, size: 4, count: 1, signed: false },
      max_entries: { offset: 12, size: 4, count: 1, signed: false },
      name: { offset: 16, size: 1, count: 16, signed: false },
    },
  },
  tg_perf_event_value: {
    size: 152,
    fields: {
      type: { offset: 0, size: 4, count: 1, signed: false },
      reserved: { offset: 4, size: 4, count: 1, signed: false },
      config: { offset: 8, size: 8, count: 1, signed: false },
      probe_offset: { offset: 16, size: 8, count: 1, signed: false },
      function: { offset: 24, size: 1, count: 128, signed: false },
    },
  },
  tg_module_value: {
    size: 80,
    fields: {
      taints: { offset: 0, size: 8, count: 1, signed: false },
      signature: { offset: 8, size: 1, count: 1, signed: false },
      reserved: { offset: 9, size: 1, count: 7, signed: false },
      name: { offset: 16, size: 1, count: 64, signed: false },
    },
  },
  tg_lefts: {
    size: 256,
    fields: {
      of: { offset: 0, size: 16, count: 16, signed: false },
    },
  },
  tg_left: {
    size: 16,
    fields: {
      family: { offset: 0, size: 1, count: 1, signed: false },
      reserved: { offset: 1, size: 1, count: 1, signed: false },
      policy_slot: { offset: 2, size: 2, count: 1, signed: false },
      hook_id: { offset: 4, size: 4, count: 1, signed: false },
      generation: { offset: 8, size: 4, count: 1, signed: false },
      error: { offset: 12, size: 4, count: 1, signed: true },
    },
  },
  tg_walks: {
    size: 24,
    fields: {
      older: { offset: 0, size: 8, count: 1, signed: false },
      newer: { offset: 8, size: 8, count: 1, signed: false },
      newer_dfd: { offset: 16, size: 4, count: 1, signed: true },
      reserved: { offset: 20, size: 4, count: 1, signed: false },
    },
  },
  tg_begun: {
    size: 80,
    fields: {
      since_ns: { offset: 0, size: 8, count: 1, signed: false },
      exec_id: { offset: 8, size: 8, count: 1, signed: false },
      capabilities: { offset: 16, size: 8, count: 3, signed: false },
      namespaces: { offset: 40, size: 4, count: 10, signed: false },
    },
  },
  tg_told_key: {
    size: 8,
    fields: {
      hook_id: { offset: 0, size: 4, count: 1, signed: false },
      tgid: { offset: 4, size: 4, count: 1, signed: false },
    },
  },
  tg_kin: {
    size: 344,
    fields: {
      begun: { offset: 0, size: 80, count: 1, signed: false },
      lists: { offset: 80, size: 16, count: 16, signed: false },
      full: { offset: 336, size: 4, count: 1, signed: false },
      reserved: { offset: 340, size: 4, count: 1, signed: false },
    },
  },
  tg_list: {
    size: 16,
    fields: {
      list: { offset: 0, size: 8, count: 1, signed: false },
      kinship: { offset: 8, size: 4, count: 1, signed: false },
      exec_id: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_cgroup: {
    size: 72,
    fields: {
      id: { offset: 0, size: 8, count: 1, signed: false },
      in: { offset: 8, size: 8, count: 4, signed: false },
      unknown: { offset: 40, size: 8, count: 4, signed: false },
    },
  },
  tg_culprit: {
    size: 168,
    fields: {
      start_boot_ns: { offset: 0, size: 8, count: 1, signed: false },
      parent_start_boot_ns: { offset: 8, size: 8, count: 1, signed: false },
      exe_ino: { offset: 16, size: 8, count: 1, signed: false },
      exe_ctime_ns: { offset: 24, size: 8, count: 1, signed: true },
      cgroup_id: { offset: 32, size: 8, count: 1, signed: false },
      cap_effective: { offset: 40, size: 8, count: 1, signed: false },
      exec_id: { offset: 48, size: 8, count: 1, signed: false },
      tgid: { offset: 56, size: 4, count: 1, signed: false },
      tid: { offset: 60, size: 4, count: 1, signed: false },
      parent_tgid: { offset: 64, size: 4, count: 1, signed: false },
      uid: { offset: 68, size: 4, count: 1, signed: false },
      euid: { offset: 72, size: 4, count: 1, signed: false },
      gid: { offset: 76, size: 4, count: 1, signed: false },
      loginuid: { offset: 80, size: 4, count: 1, signed: false },
      sessionid: { offset: 84, size: 4, count: 1, signed: false },
      exe_dev: { offset: 88, size: 4, count: 1, signed: false },
      exe_generation: { offset: 92, size: 4, count: 1, signed: false },
      exe_links: { offset: 96, size: 4, count: 1, signed: false },
      exe_magic: { offset: 100, size: 4, count: 1, signed: false },
      user_ns_level: { offset: 104, size: 4, count: 1, signed: false },
      flags: { offset: 108, size: 4, count: 1, signed: false },
      namespaces: { offset: 112, size: 4, count: 10, signed: false },
      comm: { offset: 152, size: 1, count: 16, signed: false },
    },
  },
  tg_bpf_record: {
    size: 888,
    fields: {
      size_bytes: { offset: 0, size: 4, count: 1, signed: false },
      kind: { offset: 4, size: 2, count: 1, signed: false },
      flags: { offset: 6, size: 2, count: 1, signed: false },
      boot_ns: { offset: 8, size: 8, count: 1, signed: false },
      result: { offset: 16, size: 8, count: 1, signed: true },
      command: { offset: 24, size: 4, count: 1, signed: false },
      attr_size: { offset: 28, size: 4, count: 1, signed: false },
      object: { offset: 32, size: 4, count: 1, signed: false },
      object_id: { offset: 36, size: 4, count: 1, signed: false },
      target_id: { offset: 40, size: 4, count: 1, signed: false },
      prog_id: { offset: 44, size: 4, count: 1, signed: false },
      target: { offset: 48, size: 8, count: 1, signed: false },
      ifindex: { offset: 56, size: 4, count: 1, signed: false },
      pin_dev: { offset: 60, size: 4, count: 1, signed: false },
      pin_ino: { offset: 64, size: 8, count: 1, signed: false },
      attr: { offset: 72, size: 1, count: 168, signed: false },
      prog: { offset: 240, size: 272, count: 1, signed: false },
      link: { offset: 512, size: 160, count: 1, signed: false },
      map: { offset: 672, size: 40, count: 1, signed: false },
      by: { offset: 712, size: 168, count: 1, signed: false },
      exe_len: { offset: 880, size: 2, count: 1, signed: false },
      text_len: { offset: 882, size: 2, count: 1, signed: false },
      reserved: { offset: 884, size: 4, count: 1, signed: false },
    },
  },
  tg_bpf_program: {
    size: 272,
    fields: {
      load_ns: { offset: 0, size: 8, count: 1, signed: false },
      id: { offset: 8, size: 4, count: 1, signed: false },
      type: { offset: 12, size: 4, count: 1, signed: false },
      attach_type: { offset: 16, size: 4, count: 1, signed: false },
      attach_btf_id: { offset: 20, size: 4, count: 1, signed: false },
      dst_id: { offset: 24, size: 4, count: 1, signed: false },
      insns: { offset: 28, size: 4, count: 1, signed: false },
      verified_insns: { offset: 32, size: 4, count: 1, signed: false },
      jited_bytes: { offset: 36, size: 4, count: 1, signed: false },
      btf_id: { offset: 40, size: 4, count: 1, signed: false },
      uid: { offset: 44, size: 4, count: 1, signed: false },
      map_count: { offset: 48, size: 4, count: 1, signed: false },
      map_ids: { offset: 52, size: 4, count: 32, signed: false },
      tag: { offset: 180, size: 1, count: 8, signed: false },
      name: { offset: 188, size: 1, count: 16, signed: false },
      attach_func: { offset: 204, size: 1, count: 64, signed: false },
    },
  },
  tg_bpf_link: {
    size: 160,
    fields: {
      target: { offset: 0, size: 8, count: 1, signed: false },
      id: { offset: 8, size: 4, count: 1, signed: false },
      type: { offset: 12, size: 4, count: 1, signed: false },
      prog_id: { offset: 16, size: 4, count: 1, signed: false },
      attach_type: { offset: 20, size: 4, count: 1, signed: false },
      ifindex: { offset: 24, size: 4, count: 1, signed: false },
      perf_kind: { offset: 28, size: 4, count: 1, signed: false },
      name: { offset: 32, size: 1, count: 128, signed: false },
    },
  },
  tg_bpf_map: {
    size: 40,
    fields: {
      id: { offset: 0, size: 4, count: 1, signed: false },
      type: { offset: 4, size: 4, count: 1, signed: false },
      key_size: { offset: 8, size: 4, count: 1, signed: false },
      value_size: { offset: 12, size: 4, count: 1, signed: false },
      max_entries: { offset: 16, size: 4, count: 1, signed: false },
      flags: { offset: 20, size: 4, count: 1, signed: false },
      name: { offset: 24, size: 1, count: 16, signed: false },
    },
  },
  tg_bpf_pending: {
    size: 888,
    fields: {
      command: { offset: 0, size: 4, count: 1, signed: false },
      attr_size: { offset: 4, size: 4, count: 1, signed: false },
      object: { offset: 8, size: 4, count: 1, signed: false },
      object_id: { offset: 12, size: 4, count: 1, signed: false },
      target_id: { offset: 16, size: 4, count: 1, signed: false },
      prog_id: { offset: 20, size: 4, count: 1, signed: false },
      target: { offset: 24, size: 8, count: 1, signed: false },
      ifindex: { offset: 32, size: 4, count: 1, signed: false },
      perf_kind: { offset: 36, size: 4, count: 1, signed: false },
      flags: { offset: 40, size: 2, count: 1, signed: false },
      open: { offset: 42, size: 1, count: 1, signed: false },
      said_any: { offset: 43, size: 1, count: 1, signed: false },
      reserved: { offset: 44, size: 4, count: 1, signed: false },
      queries: { offset: 48, size: 8, count: 1, signed: false },
      attr: { offset: 56, size: 1, count: 168, signed: false },
      told_ns: { offset: 224, size: 8, count: 1, signed: false },
      told_exec_id: { offset: 232, size: 8, count: 1, signed: false },
      told_ino: { offset: 240, size: 8, count: 1, signed: false },
      perf_name: { offset: 248, size: 1, count: 128, signed: false },
      said: { offset: 376, size: 1, count: 512, signed: false },
    },
  },
  tg_bpf_call: {
    size: 176,
    fields: {
      command: { offset: 0, size: 4, count: 1, signed: false },
      attr_size: { offset: 4, size: 4, count: 1, signed: false },
      attr: { offset: 8, size: 1, count: 168, signed: false },
    },
  },
  tg_bpf_ours_key: {
    size: 8,
    fields: {
      object: { offset: 0, size: 4, count: 1, signed: false },
      id: { offset: 4, size: 4, count: 1, signed: false },
    },
  },
  tg_bpf_stats: {
    size: 536,
    fields: {
      lost: { offset: 0, size: 8, count: 1, signed: false },
      unpaired: { offset: 8, size: 8, count: 1, signed: false },
      scratch_missed: { offset: 16, size: 8, count: 1, signed: false },
      commands: { offset: 24, size: 8, count: 64, signed: false },
    },
  },
  tg_bpf_seen: {
    size: 488,
    fields: {
      object: { offset: 0, size: 4, count: 1, signed: false },
      id: { offset: 4, size: 4, count: 1, signed: false },
      tgid: { offset: 8, size: 4, count: 1, signed: false },
      fd: { offset: 12, size: 4, count: 1, signed: false },
      prog: { offset: 16, size: 272, count: 1, signed: false },
      link: { offset: 288, size: 160, count: 1, signed: false },
      map: { offset: 448, size: 40, count: 1, signed: false },
    },
  },
  tg_gate_control: {
    size: 16,
    fields: {
      mode: { offset: 0, size: 4, count: 1, signed: false },
      bpffs_dev: { offset: 4, size: 4, count: 1, signed: false },
      successors: { offset: 8, size: 4, count: 1, signed: false },
      learns: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_gate_file: {
    size: 16,
    fields: {
      ino: { offset: 0, size: 8, count: 1, signed: false },
      dev: { offset: 8, size: 4, count: 1, signed: false },
      generation: { offset: 12, size: 4, count: 1, signed: false },
    },
  },
  tg_gate_loader: {
    size: 56,
    fields: {
      ctime_ns: { offset: 0, size: 8, count: 1, signed: true },
      number: { offset: 8, size: 4, count: 1, signed: false },
      uid_count: { offset: 12, size: 4, count: 1, signed: false },
      uids: { offset: 16, size: 4, count: 8, signed: false },
      held: { offset: 48, size: 4, count: 1, signed: false },
      successor: { offset: 52, size: 4, count: 1, signed: false },
    },
  },
  tg_gate_case: {
    size: 8,
    fields: {
      loader: { offset: 0, size: 4, count: 1, signed: false },
      place: { offset: 4, size: 1, count: 1, signed: false },
      other_user: { offset: 5, size: 1, count: 1, signed: false },
      reserved: { offset: 6, size: 2, count: 1, signed: false },
    },
  },
  tg_gate_verdict: {
    size: 64,
    fields: {
      rule: { offset: 0, size: 1, count: 64, signed: false },
    },
  },
  tg_gate_own: {
    size: 8,
    fields: {
      kind: { offset: 0, size: 4, count: 1, signed: false },
      id: { offset: 4, size: 4, count: 1, signed: false },
    },
  },
  tg_gate_stats: {
    size: 32,
    fields: {
      asked: { offset: 0, size: 8, count: 1, signed: false },
      denied: { offset: 8, size: 8, count: 1, signed: false },
      would_have: { offset: 16, size: 8, count: 1, signed: false },
      lost: { offset: 24, size: 8, count: 1, signed: false },
    },
  },
  tg_gate_event: {
    size: 136,
    fields: {
      boot_ns: { offset: 0, size: 8, count: 1, signed: false },
      start_boot_ns: { offset: 8, size: 8, count: 1, signed: false },
      cgroup: { offset: 16, size: 8, count: 1, signed: false },
      ino: { offset: 24, size: 8, count: 1, signed: false },
      ctime_ns: { offset: 32, size: 8, count: 1, signed: true },
      dev: { offset: 40, size: 4, count: 1, signed: false },
      generation: { offset: 44, size: 4, count: 1, signed: false },
      tgid: { offset: 48, size: 4, count: 1, signed: false },
      tid: { offset: 52, size: 4, count: 1, signed: false },
      uid: { offset: 56, size: 4, count: 1, signed: false },
      loader: { offset: 60, size: 4, count: 1, signed: false },
      command: { offset: 64, size: 4, count: 1, signed: false },
      prog_type: { offset: 68, size: 4, count: 1, signed: false },
      attach_type: { offset: 72, size: 4, count: 1, signed: false },
      target: { offset: 76, size: 4, count: 1, signed: false },
      object_id: { offset: 80, size: 4, count: 1, signed: false },
      path_bytes: { offset: 84, size: 4, count: 1, signed: false },
      kind: { offset: 88, size: 1, count: 1, signed: false },
      rule: { offset: 89, size: 1, count: 1, signed: false },
      denied: { offset: 90, size: 1, count: 1, signed: false },
      state: { offset: 91, size: 1, count: 1, signed: false },
      place: { offset: 92, size: 1, count: 1, signed: false },
      asked: { offset: 93, size: 1, count: 1, signed: false },
      other_user: { offset: 94, size: 1, count: 1, signed: false },
      essential: { offset: 95, size: 1, count: 1, signed: false },
      comm: { offset: 96, size: 1, count: 16, signed: false },
      name: { offset: 112, size: 1, count: 16, signed: false },
      reserved: { offset: 128, size: 4, count: 1, signed: false },
    },
  },
} as const;

export const TG_RATE_OF = {
  TG_R_POLICIES: 0,
  TG_R_PROCESSES: 2147483647,
} as const;

export const TG_FOLLOW = {
  TG_FOLLOW_NO: 0,
  TG_FOLLOW_TRACK: 1,
  TG_FOLLOW_UNTRACK: 2,
} as const;

export const TG_LIMIT_SCOPE = {
  TG_L_THREAD: 0,
  TG_L_PROCESS: 1,
  TG_L_GLOBAL: 2,
} as const;

export const TG_TYPE = {
  TG_T_NOP: 0,
  TG_T_S32: 1,
  TG_T_U32: 2,
  TG_T_S64: 3,
  TG_T_U64: 4,
  TG_T_S16: 5,
  TG_T_U16: 6,
  TG_T_S8: 7,
  TG_T_U8: 8,
  TG_T_STRING_KERNEL: 9,
  TG_T_STRING_USER: 10,
  TG_T_FILENAME: 11,
  TG_T_FILE: 12,
  TG_T_PATH: 13,
  TG_T_FD: 14,
  TG_T_SOCK: 15,
  TG_T_SOCKADDR: 16,
  TG_T_BUF_KERNEL: 17,
  TG_T_BUF_USER: 18,
  TG_T_STRING_DATA_LOC: 19,
  TG_T_SOCKET: 20,
  TG_T_SKB: 21,
  TG_T_SOCKADDR_USER: 22,
  TG_T_BINPRM: 23,
  TG_T_KIOCB: 24,
  TG_T_DENTRY: 25,
  TG_T_NET_DEVICE: 26,
  TG_T_IOV_ITER: 27,
  TG_T_CAPS: 28,
  TG_T_CRED: 29,
  TG_T_USER_NS: 30,
  TG_T_BPF_ATTR: 31,
  TG_T_BPF_PROG: 32,
  TG_T_BPF_MAP: 33,
  TG_T_PERF_EVENT: 34,
  TG_T_LOAD_INFO: 35,
  TG_T_MODULE: 36,
  TG_T_SYSCALL: 37,
  TG_T_STACK_KERNEL: 38,
  TG_T_STACK_USER: 39,
  TG_T_CHILD: 40,
  TG_T_MOUNT: 41,
  TG_T_SOCKADDR_UN: 42,
  TG_T_SOCKADDR_UN_USER: 43,
  TG_T_IOVEC: 44,
  TG_T_HASH: 45,
} as const;

export const TG_OP = {
  TG_OP_EQ: 0,
  TG_OP_NE: 1,
  TG_OP_PREFIX: 2,
  TG_OP_NOTPREFIX: 3,
  TG_OP_POSTFIX: 4,
  TG_OP_NOTPOSTFIX: 5,
  TG_OP_GT: 6,
  TG_OP_LT: 7,
  TG_OP_MASK: 8,
  TG_OP_RANGE: 9,
  TG_OP_NOTRANGE: 10,
  TG_OP_NET: 11,
  TG_OP_NOTNET: 12,
  TG_OP_GAINED: 13,
  TG_OP_CONTAINS: 14,
  TG_OP_CONTAINS_FOLDED: 15,
} as const;

export const TG_CLASS = {
  TG_C_SIGNED: 0,
  TG_C_UNSIGNED: 1,
  TG_C_TEXT: 2,
  TG_C_DIRECT: 3,
  TG_C_FIELD: 4,
  TG_C_ADDRESS: 5,
} as const;

export const TG_FIELD = {
  TG_F_NONE: 0,
  TG_F_FAMILY: 1,
  TG_F_STATE: 2,
  TG_F_PROTOCOL: 3,
  TG_F_SPORT: 4,
  TG_F_DPORT: 5,
  TG_F_SADDR: 6,
  TG_F_DADDR: 7,
  TG_F_FILE_TYPE: 8,
} as const;

export const TG_PROCESS_KIND = {
  TG_P_NAMESPACE: 0,
  TG_P_CAPABILITIES: 1,
  TG_P_NAMESPACE_CHANGES: 2,
  TG_P_CAPABILITY_CHANGES: 3,
} as const;

export const TG_NAMESPACE = {
  TG_NS_UTS: 0,
  TG_NS_IPC: 1,
  TG_NS_MNT: 2,
  TG_NS_PID: 3,
  TG_NS_PID_FOR_CHILDREN: 4,
  TG_NS_NET: 5,
  TG_NS_TIME: 6,
  TG_NS_TIME_FOR_CHILDREN: 7,
  TG_NS_CGROUP: 8,
  TG_NS_USER: 9,
} as const;

export const TG_CAPSET = {
  TG_CAP_PERMITTED: 0,
  TG_CAP_EFFECTIVE: 1,
  TG_CAP_INHERITABLE: 2,
} as const;

export const TG_ROLE = {
  TG_ROLE_POST: 1,
  TG_ROLE_KILL: 2,
  TG_ROLE_VERDICT: 4,
  TG_ROLE_COUNT: 8,
  TG_ROLE_LEAVE: 16,
  TG_ROLE_DELIVER: 32,
  TG_ROLE_WARY: 64,
  TG_ROLE_HINT: 128,
} as const;

export const TG_FAMILY = {
  TG_K_NONE: 0,
  TG_K_UNLINK: 1,
  TG_K_RMDIR: 2,
  TG_K_MKDIR: 3,
  TG_K_MKNOD: 4,
  TG_K_LINK: 5,
  TG_K_RENAME: 6,
  TG_K_OPEN: 7,
  TG_K_CHMOD: 8,
  TG_K_CHOWN: 9,
  TG_K_TRUNCATE: 10,
  TG_K_MOUNT: 11,
  TG_K_SETXATTR: 12,
  TG_K_UMOUNT: 13,
  TG_K_EXECVE: 14,
} as const;

export const TG_SOURCE = {
  TG_SRC_ARGS: 0,
  TG_SRC_SYSCALL_REGS: 1,
  TG_SRC_SYSCALL_REGS32: 2,
  TG_SRC_PROGRAM: 3,
  TG_SRC_PROGRAM_RETURN: 4,
  TG_SRC_WALK: 5,
} as const;

export const TG_ACTION = {
  TG_A_POST: 0,
  TG_A_NOPOST: 1,
  TG_A_SIGKILL: 2,
  TG_A_SIGNAL: 3,
  TG_A_OVERRIDE: 4,
  TG_A_TRACKSOCK: 5,
  TG_A_UNTRACKSOCK: 6,
  TG_A_SET: 7,
} as const;

export const TG_MODE = {
  TG_MODE_ENFORCE: 0,
  TG_MODE_MONITOR: 1,
  TG_MODE_OFF: 2,
} as const;

export const TG_SPARED = {
  TG_SPARED_NO: 0,
  TG_SPARED_MONITOR: 1,
  TG_SPARED_PROTECTED: 2,
  TG_SPARED_BUDGET: 3,
  TG_SPARED_SUSPENDED: 4,
  TG_SPARED_UNPLACED: 5,
} as const;

export const TG_KIND = {
  TG_K_HOOK: 1,
  TG_K_EXEC: 2,
  TG_K_EXIT: 3,
  TG_K_FORK: 4,
  TG_K_CGROUP: 5,
} as const;

export const TG_MARK = {
  TG_MAP_MARK: 1952935280,
} as const;

export const TG_EVENT_FLAG = {
  TG_E_TRACKED: 1,
  TG_E_SET: 2,
  TG_E_NOT_SET: 4,
  TG_E_THROTTLED: 8,
  TG_E_FIRST: 16,
  TG_E_UNPLACED: 32,
} as const;

export const TG_QUICK = {
  TG_Q_STRING: 0,
  TG_Q_FILENAME: 1,
  TG_Q_FILE: 2,
  TG_Q_PATH: 3,
  TG_Q_CHILD: 4,
} as const;

export const TG_LIES = {
  TG_L_NOWHERE: 0,
  TG_L_REGISTER: 1,
  TG_L_MEMORY: 2,
  TG_L_CONSTANT: 3,
  TG_L_ADDRESS: 4,
} as const;

export const TG_FROM = {
  TG_FROM_PARAM: 0,
  TG_FROM_TASK: 1,
  TG_FROM_REGISTERS: 2,
} as const;

export const TG_RECORD = {
  TG_R_VALUE: 0,
  TG_R_SIZED: 1,
  TG_R_INSIDE: 2,
  TG_R_BEHIND: 3,
  TG_R_BEHIND_FIELD: 4,
} as const;

export const TG_VALUE_STATUS = {
  TG_V_READ: 0,
  TG_V_BAD: 1,
  TG_V_PARTIAL: 2,
  TG_V_LOST: 16,
} as const;

export const TG_WORKLOAD = {
  TG_W_ANY: 0,
  TG_W_HOST: 1,
  TG_W_CONTAINERS: 2,
  TG_W_SCOPE: 3,
  TG_W_HOST_AND_SCOPE: 4,
} as const;

export const TG_STACK = {
  TG_STACK_KERNEL: 1,
  TG_STACK_USER: 2,
} as const;

export const TG_HASH_OF = {
  TG_HASH_OF_NOTHING: 0,
  TG_HASH_OF_FILE: 1,
  TG_HASH_OF_BINPRM: 2,
} as const;

export const TG_CULPRIT_FLAG = {
  TG_BY_KTHREAD: 1,
  TG_BY_IO_WORKER: 2,
} as const;

export const TG_BPF_KIND = {
  TG_B_COMMAND: 1,
  TG_B_LOAD: 2,
  TG_B_UNLOAD: 3,
  TG_B_LINK_FREE: 4,
  TG_B_PIN: 5,
  TG_B_UNPIN: 6,
  TG_B_RENAME: 7,
  TG_B_UMOUNT: 8,
  TG_B_PERF_ATTACH: 9,
  TG_B_PERF_DETACH: 10,
  TG_B_XDP: 11,
  TG_B_TC: 12,
  TG_B_TC_GONE: 13,
  TG_B_HANDED: 14,
} as const;

export const TG_BPF_OBJECT = {
  TG_O_NONE: 0,
  TG_O_PROG: 1,
  TG_O_MAP: 2,
  TG_O_LINK: 3,
  TG_O_BTF: 4,
  TG_O_TOKEN: 5,
  TG_O_OTHER: 6,
} as const;

export const TG_BPF_FLAG = {
  TG_BF_OURS: 1,
  TG_BF_BY_AGENT: 2,
  TG_BF_EXE_PARTIAL: 4,
  TG_BF_TEXT_PARTIAL: 8,
  TG_BF_STRUCT_OPS: 16,
  TG_BF_EXE_TOLD: 32,
} as const;

export const TG_PERF_KIND = {
  TG_PK_OTHER: 0,
  TG_PK_TRACEPOINT: 1,
  TG_PK_KPROBE: 2,
  TG_PK_UPROBE: 3,
} as const;

export const TG_GATE_MODE = {
  TG_GATE_OFF: 0,
  TG_GATE_MONITOR: 1,
  TG_GATE_ENFORCE: 2,
} as const;

export const TG_GATE_PLACE = {
  TG_GP_HOST: 0,
  TG_GP_CONTAINER: 1,
  TG_GP_USER_NS: 2,
} as const;

export const TG_GATE_ASKED = {
  TG_GA_LAST_TYPE: 47,
  TG_GA_GUARD_TARGET: 48,
  TG_GA_HIDING_TARGET: 49,
  TG_GA_OUR_NAME: 50,
  TG_GA_TOKEN: 51,
  TG_GA_OVERRIDING: 52,
  TG_GA_PIN: 53,
} as const;

export const TG_GATE_LOADER_STATE = {
  TG_GL_UNKNOWN: 0,
  TG_GL_KNOWN: 1,
  TG_GL_CHANGED: 2,
  TG_GL_TRACED: 3,
} as const;

export const TG_GATE_HELD = {
  TG_GH_READING: 0,
  TG_GH_KNOWN: 1,
  TG_GH_OPENED: 2,
} as const;

export const TG_GATE_KIND = {
  TG_GK_LOAD: 1,
  TG_GK_ATTACH: 2,
  TG_GK_PIN: 3,
  TG_GK_TOKEN: 4,
  TG_GK_LATE: 5,
  TG_GK_OURS_OPENED: 6,
  TG_GK_OURS_DETACHED: 7,
  TG_GK_OURS_UNPINNED: 8,
  TG_GK_OURS_UNMOUNTED: 9,
  TG_GK_OURS_TRACED: 10,
  TG_GK_EXE_SET: 11,
  TG_GK_TRACED_EXEC: 12,
  TG_GK_LOADER_TRACED: 13,
} as const;

export const TG_GATE_OBJECT = {
  TG_GO_PROG: 1,
  TG_GO_MAP: 2,
  TG_GO_LINK: 3,
} as const;

/** Of all of the above. */
export const LAYOUT = 'f17af7e89bc7';
