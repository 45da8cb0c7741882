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

export function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

export function guardedTargets({ organisation }: Ruleset): Map<number, number> {
  const { guardTargets = [], hidingTargets = [] } = (organisation?.bpf ?? {}) as Lists;
  const targets = new Map<number, number>();
  const btf = kernelBtf();
  for (const name of btf?.names(KIND.FUNC) ?? []) {
    if (targets.size === TARGETS_MAX) break;
    const guards = matches(name, guardTargets);
    if (!guards && !matches(name, hidingTargets)) continue;
    const { TG_GA_GUARD_TARGET, TG_GA_HIDING_TARGET } = TG_GATE_ASKED;
    targets.set(btf?.find(KIND.FUNC, name) as number, guards ? TG_GA_GUARD_TARGET : TG_GA_HIDING_TARGET);
  }
  return targets;
}
