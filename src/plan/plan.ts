// SPDX-License-Identifier: Apache-2.0
/** What a policy becomes on one host: per hook a mechanism, what it guarantees, and the programs to load. */
import type { NormalHook, NormalPolicy } from '../model/normal-policy.ts';
import type { Guarantee, MatchForm } from '../model/status.ts';
import type { HookConfig } from './hook-config.ts';

/** The object files of bpf/programs a copy can be made of. */
export type Template =
  | 'fentry'
  | 'fexit'
  | 'fmod_ret'
  | 'kin_exec'
  | 'kin_fork'
  | 'lsm'
  | 'lsm_hash'
  | 'tracepoint'
  | 'raw_tracepoint'
  | 'sys_enter'
  | 'sys_exit'
  | 'loader'
  | 'uprobe'
  | 'uprobe_multi'
  | 'walk';

/** What a program hangs on. */
export interface Attachment {
  template: Template;
  /** function, `subsystem/event` or raw tracepoint */
  target: string;
  /** what a tracing or LSM program attaches to; 0 for the others */
  btfId: number;
  /** what a program hook attaches to instead */
  file?: FilePlace;
}

export interface ProgramPlan extends Attachment {
  config: HookConfig;
}

/** A byte of a program's file, and whether what is meant is the return of the function that begins there. */
export interface FilePlace {
  path: string;
  /** tells whether the file is still the one that was looked at */
  identity: string;
  offset: number;
  refCtrOffset: number;
  atReturn: boolean;
}

/** How an event of the hook is told: Tetragon's names. */
export interface HookReport {
  functionName: string;
  /** `data`: it is told beside the arguments, not among them */
  args: { type: string; label?: string; data?: boolean }[];
  returnType?: string;
  program?: ProgramReport;
  /** its events are of mapped files */
  loader?: true;
  /** of its events that are the same one is told in this time */
  aggregateMs?: number;
}

/** A place in a program, as its events tell it. */
export interface ProgramReport {
  path: string;
  symbol?: string;
  /** a marker stands at several points: its events name it by these */
  marker?: { provider: string; name: string };
  offset: number;
  refCtrOffset: number;
}

export interface HookPlan {
  hook: NormalHook;
  mechanism: string;
  guarantee: Guarantee;
  racy: boolean;
  /** why, where it is not that it compares memory which user space can change */
  race?: string;
  /** the row of the lowering table that it is decided by */
  row?: string;
  /** a filter on a path is decided on the text of the call, or on the file itself */
  form?: MatchForm;
  /** what goes past the decision although it has the same effect */
  passes?: string;
  programs: ProgramPlan[];
  report: HookReport;
  /** why this host cannot do it as asked; then there are no programs */
  refused?: string;
  /** it is refused for the one reason that the policy says to do without it: there is no such function here */
  absent?: true;
}

export interface Plan {
  policy: NormalPolicy;
  host: string;
  hooks: HookPlan[];
}

/** The annotation that consents to deciding on memory which user space can change meanwhile. */
export const ALLOW_RACY = 'tracegate.io/allow-racy';

/** By what row and form a hook is decided and what goes past it, for those who show a plan. */
export function basisOf({ row, form, passes }: HookPlan): Pick<HookPlan, 'row' | 'form' | 'passes'> {
  return {
    ...(row !== undefined && { row }),
    ...(form !== undefined && { form }),
    ...(passes !== undefined && { passes }),
  };
}
