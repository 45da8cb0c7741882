// SPDX-License-Identifier: Apache-2.0
/** The functions of this kernel that programs of strangers are kept from, by their BTF id: no name is compared when one is loaded. */
import { KIND } from '../../kernel/btf.ts';
import { kernelBtf } from '../../kernel/facts.ts';
import type { Ruleset } from '../../model/judge.ts';
import { TG_GATE_ASKED } from '../../plan/layout.generated.ts';

const TARGETS_MAX = 4096;

interface Lists {
  guardTargets?: string[];
  hidingTargets?: string[];
}

/** Whether a name is among those; one that ends with a star stands for all that begin so. A kernel has 60 000 to be asked about. */
export function namedBy(patterns: readonly string[]): (name: string) => boolean {
  const beginnings = patterns.filter((one) => one.endsWith('*')).map((one) => one.slice(0, -1));
  const whole = new Set(patterns);
  return (name) => {
    if (whole.has(name)) return true;
    for (const beginning of beginnings) if (name.startsWith(beginning)) return true;
    return false;
  };
}

export function guardedTargets({ organisation }: Ruleset): Map<number, number> {
  const { guardTargets = [], hidingTargets = [] } = (organisation?.bpf ?? {}) as Lists;
  const targets = new Map<number, number>();
  const [guarded, hiding] = [namedBy(guardTargets), namedBy(hidingTargets)];
  const btf = kernelBtf();
  for (const name of btf?.names(KIND.FUNC) ?? []) {
    if (targets.size === TARGETS_MAX) break;
    const guards = guarded(name);
    if (!guards && !hiding(name)) continue;
    const { TG_GA_GUARD_TARGET, TG_GA_HIDING_TARGET } = TG_GATE_ASKED;
    targets.set(btf?.find(KIND.FUNC, name) as number, guards ? TG_GA_GUARD_TARGET : TG_GA_HIDING_TARGET);
  }
  return targets;
}
