// SPDX-License-Identifier: Apache-2.0
import type { Mode } from './decision.ts';

/** skipped: it is for other nodes of the cluster */
export type HostState = 'loaded' | 'partial' | 'pending' | 'refused' | 'disabled' | 'suspended' | 'skipped';

/** Of a policy about certain pods: how many containers of the host it is about, and of how many that is not known yet. */
export interface Members {
  containers: number;
  unknown: number;
}
export type Guarantee = 'denied-before-effect' | 'killed-before-return' | 'killed-after-effect' | 'observed';

/** A filter on a path is decided on the text of the call, or on the file itself. */
export type MatchForm = 'text' | 'object';

/** Counted from 0 as in the document. */
export interface SelectorCount {
  selector: number;
  count: number;
}

export interface HookStatus {
  /** as in the normal form: `sys_symlinkat`, `tcp_connect`, `sched/sched_switch` */
  hook: string;
  state: 'loaded' | 'refused' | 'missing';
  reason?: string;
  /** e.g. `fentry/do_symlinkat + lsm/path_symlink` */
  mechanism: string;
  guarantee: Guarantee;
  racy: boolean;
  /** the row of the lowering table that a syscall is decided by */
  row?: string;
  form?: MatchForm;
  /** what goes past the decision although it has the same effect */
  passes?: string;
  /** how often each selector would have acted since the hook was loaded; absent: none has */
  wouldHave?: SelectorCount[];
}

/** What one host's kernel shows of one policy. */
export interface HostPolicyStatus {
  key: string;
  host: string;
  state: HostState;
  /** the revision in force on the host: the predecessor's, where a newer one was refused */
  revision: number;
  digest: string;
  effectiveMode: Mode;
  reason?: string;
  hooks: HookStatus[];
  counters: {
    posted: number;
    lost: number;
    killed: number;
    denied: number;
    /** in all, over all revisions */
    wouldHave: number;
    /** events that a rate limit held back */
    suppressed: number;
    /** events that were more than a cgroup may tell */
    throttled: number;
    /** events that were the same as one told: another says how many they were */
    aggregated: number;
  };
  /** the kill budget is empty: it only watches until the bucket fills */
  budgetExhausted?: boolean;
  members?: Members;
}

export interface PolicyStatus {
  name: string;
  namespace?: string;
  revision: number;
  mode: Mode;
  enabled: boolean;
  state: HostState;
  effectiveMode: Mode;
  hosts: {
    host: string;
    state: HostState;
    reason?: string;
    hooks: HookStatus[];
    counters: HostPolicyStatus['counters'];
    members?: Members;
  }[];
}
