// SPDX-License-Identifier: Apache-2.0
/** One generation of one policy in the kernel: what is pinned where. Kept as JSON beside the pins, to adopt by. */
import type { LabelRequirement } from '../model/labels.ts';
import type { HookStatus } from '../model/status.ts';
import type { SomeWorkloads } from '../model/workloads.ts';
import type { HookReport } from '../plan/plan.ts';

export interface LoadedHook {
  hookId: number;
  status: HookStatus;
  report: HookReport;
  message?: string;
  tags: string[];
}

/** Containers that programs tell from others by this number. */
export interface NumberedScope {
  number: number;
  scope: SomeWorkloads;
}

export interface LoadedPolicy {
  key: string;
  name: string;
  namespace?: string;
  digest: string;
  /** which version's programs they are, and by the maps of which layout; none: from before this was noted */
  programs?: string;
  layout?: string;
  revision: number;
  decisionId: string;
  slot: number;
  generation: number;
  /** under which its tracked sockets are kept, from one generation to the next */
  sockGroup?: number;
  mode: 'enforce' | 'monitor' | 'off';
  /** its own suspension: whatever its mode, it does not act */
  suspended?: boolean;
  /** the containers that it tells from others, as its programs know them */
  scopes?: NumberedScope[];
  /** the labels of the nodes that it is for; absent: every host */
  nodes?: LabelRequirement[];
  /** its own bound of kills; the host's holds beside it */
  killsPerMinute?: number;
  hooks: LoadedHook[];
  /** link pins, relative to the runtime's folder on bpffs */
  pins: string[];
  /** kernel functions that copies of it are attached to alone, one entry a copy */
  alone?: string[];
  /** how many of its copies are in joint programs */
  joint?: number;
}
