// SPDX-License-Identifier: Apache-2.0
/** Mapped executable files: seen where the kernel would write them to a perf event, behind all its ways to map a file. */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import { argConfig, has, hookConfig, missing, refusal, reportOf } from './hook-programs.ts';
import { TG_ROLE, TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { HookPlan } from './plan.ts';
import { LOADER_FUNCTION } from './symbols.ts';

/** As its programs write them: the path, and the build id. */
const TOLD = [argConfig(TG_TYPE.TG_T_PATH, 0), argConfig(TG_TYPE.TG_T_BUF_KERNEL, 1)];

export function planLoader(hook: NormalHook, facts: HostFacts): HookPlan {
  const mechanism = `fentry/${LOADER_FUNCTION}`;
  if (!has(facts, 'fentry')) return refusal(hook, mechanism, missing(facts, 'fentry'));
  const prototype = facts.functions[LOADER_FUNCTION];
  if (!prototype) {
    const reason = `the kernel of ${facts.host} (${facts.kernelRelease}) has no function ${LOADER_FUNCTION}, where mapped files are seen`;
    return refusal(hook, mechanism, reason);
  }
  const readers = { args: TOLD, source: TG_SOURCE.TG_SRC_ARGS };
  const config = hookConfig(hook, readers, TG_ROLE.TG_ROLE_POST, false);
  return {
    hook,
    mechanism,
    racy: false,
    programs: [{ template: 'loader', target: LOADER_FUNCTION, btfId: prototype.btfId, config }],
    report: { ...reportOf(hook, hook.call), loader: true },
    guarantee: 'observed',
  };
}
