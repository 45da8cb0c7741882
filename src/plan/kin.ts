// SPDX-License-Identifier: Apache-2.0
/**
 * The programs on fork and exec that keep what a process began with (docs/adr/0013-what-a-process-began-with.md), for hooks
 * whose filters ask about it. They are of the policy: pinned, replaced and dropped with it.
 */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import type { HookConfig } from './hook-config.ts';
import { has, missing } from './hook-programs.ts';
import { TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { ProgramPlan } from './plan.ts';
import { asksForKin, NEW_TASK } from './process-filters.ts';
import { keptSelector, looksBackAtPrograms } from './program-filters.ts';

const EXEC = 'sched_process_exec';

const configOf = (hook: NormalHook): HookConfig => ({
  roles: 0,
  source: TG_SOURCE.TG_SRC_ARGS,
  syscallNumber: 0,
  args: [],
  returnType: TG_TYPE.TG_T_S64,
  selectors: hook.selectors.filter(looksBackAtPrograms).map(keptSelector),
});

/** What has to be in place before such a hook, or why this host cannot tell what a process was. */
export function kinPrograms(hook: NormalHook, facts: HostFacts): ProgramPlan[] | { reason: string } {
  if (!asksForKin(hook)) return [];
  const asked = (why: string) => ({ reason: `what a process began with cannot be kept: ${why}` });
  for (const feature of ['task_storage', 'fentry', 'raw_tracepoint'] as const)
    if (!has(facts, feature)) return asked(missing(facts, feature));
  const made = facts.functions[NEW_TASK];
  if (!made) return asked(`the kernel of ${facts.host} has no function ${NEW_TASK}`);
  const config = configOf(hook);
  return [
    { template: 'kin_fork', target: NEW_TASK, btfId: made.btfId, config },
    { template: 'kin_exec', target: EXEC, btfId: 0, config },
  ];
}
