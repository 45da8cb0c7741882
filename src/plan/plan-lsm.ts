// SPDX-License-Identifier: Apache-2.0
/**
 * An LSM hook: seen at the entry of the function that stands behind it, so that its events do not depend on which
 * policy denies first, and denied by an LSM program on the same function. Reached only when no other LSM has refused.
 */
import type { FunctionPrototype, HostFacts } from '../model/facts.ts';
import { HASHED_HOOKS } from '../model/language/hashes.ts';
import { type NormalHook, tellsHash } from '../model/normal-policy.ts';
import { unsizedName, withAddressSizes } from './address-sizes.ts';
import {
  capturePrograms,
  has,
  hashProgram,
  missing,
  type Place,
  plainReaders,
  refusal,
  reportOf,
  verdictProgram,
} from './hook-programs.ts';
import { TG_HASH_OF } from './layout.generated.ts';
import type { HookPlan } from './plan.ts';
import { paramsAsked, prototypeProblem, spellPrototype } from './prototype-check.ts';
import { enforces } from './selectors.ts';
import { IMA_FUNCTION, lsmFunctionOf } from './symbols.ts';

/** Their answer is a truth value: an error number would be taken for "yes". */
const ANSWERS_YES_OR_NO: readonly string[] = [
  'audit_rule_match',
  'ismaclabel',
  'inode_xattr_skipcap',
  'xfrm_state_pol_flow_match',
];

/** Why the hook cannot refuse a call; undefined when it can. */
function cannotRefuse(name: string, target: string, prototype: FunctionPrototype): string | undefined {
  if (prototype.returns !== 'int')
    return `the LSM hook ${name} is told, not asked: the kernel has \`${spellPrototype(target, prototype)}\``;
  return ANSWERS_YES_OR_NO.includes(name)
    ? `the LSM hook ${name} answers yes or no, it refuses nothing`
    : undefined;
}

const HASH_OF = { file: TG_HASH_OF.TG_HASH_OF_FILE, linux_binprm: TG_HASH_OF.TG_HASH_OF_BINPRM } as const;

function noIma({ host, kernelRelease }: HostFacts): string {
  return `the kernel of ${host} (${kernelRelease}) has no integrity measurement (CONFIG_IMA) to ask for the digest of a file`;
}

export function planLsm(hook: NormalHook, facts: HostFacts): HookPlan {
  const name = hook.call.slice('security_'.length);
  const target = lsmFunctionOf(hook);
  const mechanism = `fentry/${target}`;
  const refused = (reason: string) => refusal(hook, mechanism, reason);
  for (const feature of ['lsm', 'fentry'] as const)
    if (!has(facts, feature)) return refused(missing(facts, feature));
  const prototype = facts.functions[target];
  if (!prototype)
    return refused(
      `the kernel of ${facts.host} (${facts.kernelRelease}) has no LSM hook ${name} (no function ${target})`,
    );
  const problem = prototypeProblem(hook, target, prototype);
  if (problem) return refused(problem);

  const acts = enforces(hook);
  const cannot = cannotRefuse(name, target, prototype);
  if (acts.overrides && cannot) return refused(cannot);
  const denies = (acts.overrides || acts.kills) && cannot === undefined;
  const sized = withAddressSizes(hook, prototype);
  const unsized = unsizedName(sized);
  if (unsized) return refused(unsized);
  const readers = { ...plainReaders(sized, 'kernel'), asked: paramsAsked(hook, prototype) };
  const entry: Place = { template: 'fentry', target, btfId: prototype.btfId };
  const guarantee = denies ? 'denied-before-effect' : acts.signals ? 'killed-after-effect' : 'observed';
  if (tellsHash(hook)) {
    if (!facts.functions[IMA_FUNCTION]) return refused(noIma(facts));
    const programs = [
      hashProgram(
        hook,
        readers,
        { ...entry, template: 'lsm_hash' },
        HASH_OF[HASHED_HOOKS[name] ?? 'file'],
        denies,
      ),
    ];
    return {
      hook,
      programs,
      racy: false,
      report: reportOf(hook, target),
      mechanism: `lsm.s/${name}`,
      guarantee,
    };
  }
  const programs = capturePrograms(hook, readers, entry, entry, denies);
  // the verdict first: once an event says "denied", the denial is in place
  if (denies) programs.unshift(verdictProgram(hook, readers, { ...entry, template: 'lsm' }));
  return {
    hook,
    programs,
    racy: false,
    report: reportOf(hook, target),
    mechanism: denies ? `${mechanism} + lsm/${name}` : mechanism,
    guarantee,
  };
}
