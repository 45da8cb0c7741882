// SPDX-License-Identifier: Apache-2.0
/** A kernel function: fentry (fexit where the return is asked for), and a verdict in front of it where one can be. */
import type { FunctionPrototype, HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import { unsizedName, withAddressSizes } from './address-sizes.ts';
import {
  absence,
  capturePrograms,
  has,
  missing,
  type Place,
  plainReaders,
  refusal,
  reportOf,
  verdictProgram,
} from './hook-programs.ts';
import type { HookPlan } from './plan.ts';
import { paramsAsked, prototypeProblem } from './prototype-check.ts';
import { enforces } from './selectors.ts';
import { lsmFunction } from './symbols.ts';

function sameParameters(a: FunctionPrototype, b: FunctionPrototype): boolean {
  return a.params.length === b.params.length && a.params.every((p, i) => p.type === b.params[i]?.type);
}

/** LSM hooks that the kernel closes to BPF programs (bpf_lsm_disabled_hooks in kernel/bpf/bpf_lsm.c, 6.12). */
const CLOSED_TO_BPF = new Set([
  'vm_enough_memory',
  'inode_need_killpriv',
  'inode_getsecurity',
  'inode_listsecurity',
  'inode_copy_up_xattr',
  'getselfattr',
  'getprocattr',
  'setprocattr',
  'key_getsecurity',
  'audit_rule_match',
  'ismaclabel',
]);

/**
 * Where a call of the function can be refused: the LSM hook when it is handed the very same arguments (LSM programs
 * are never skipped), else fmod_ret.
 */
export function denialPlace(
  call: string,
  prototype: FunctionPrototype,
  facts: HostFacts,
): Place | { reason: string } {
  const security = call.startsWith('security_');
  const name = call.slice('security_'.length);
  if (security && !CLOSED_TO_BPF.has(name) && has(facts, 'lsm')) {
    const target = lsmFunction(name);
    const hook = facts.functions[target];
    if (hook && sameParameters(hook, prototype)) return { template: 'lsm', target, btfId: hook.btfId };
  }
  if (!security && !facts.injectable.includes(call)) {
    return {
      reason: `${call} cannot be made to fail: only security_* functions and those on the kernel's error-injection list can`,
    };
  }
  if (!has(facts, 'fmod_ret')) return { reason: missing(facts, 'fmod_ret') };
  return { template: 'fmod_ret', target: call, btfId: prototype.btfId };
}

export function planFunction(hook: NormalHook, facts: HostFacts): HookPlan {
  const { call } = hook;
  if (!has(facts, 'fentry')) return refusal(hook, `fentry/${call}`, missing(facts, 'fentry'));
  const prototype = facts.functions[call];
  if (!prototype) {
    const reason = `the kernel of ${facts.host} (${facts.kernelRelease}) has no function ${call}`;
    return absence(hook, `fentry/${call}`, reason);
  }
  const problem = prototypeProblem(hook, call, prototype);
  if (problem) return refusal(hook, `fentry/${call}`, problem);

  const acts = enforces(hook);
  const denial = acts.overrides || acts.kills ? denialPlace(call, prototype, facts) : undefined;
  if (acts.overrides && denial && 'reason' in denial) return refusal(hook, `fentry/${call}`, denial.reason);
  const verdict = denial && !('reason' in denial) ? denial : undefined;
  const sized = withAddressSizes(hook, prototype);
  const unsized = unsizedName(sized);
  if (unsized) return refusal(hook, `fentry/${call}`, unsized);
  const readers = { ...plainReaders(sized, 'kernel'), asked: paramsAsked(hook, prototype) };
  const entry: Place = { template: 'fentry', target: call, btfId: prototype.btfId };
  const exit: Place = { template: 'fexit', target: call, btfId: prototype.btfId };
  const programs = capturePrograms(hook, readers, entry, exit, verdict !== undefined);
  // the verdict first: once an event says "denied", the denial is in place
  if (verdict) programs.unshift(verdictProgram(hook, readers, verdict));
  const shown = [
    `${hook.return ? 'fexit' : 'fentry'}/${call}`,
    ...(verdict ? [`${verdict.template}/${verdict.target.replace(/^bpf_lsm_/, '')}`] : []),
  ];
  return {
    hook,
    programs,
    racy: false,
    report: reportOf(hook, call),
    mechanism: shown.join(' + '),
    guarantee: verdict ? 'denied-before-effect' : acts.signals ? 'killed-after-effect' : 'observed',
  };
}
