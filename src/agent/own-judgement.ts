// SPDX-License-Identifier: Apache-2.0
/** The agent's own judgement of what the gate allowed, by its own rules and this host's facts. */
import type { Mode } from '../model/decision.ts';
import type { Ruleset } from '../model/judge.ts';
import { plannedHooks } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';

/** Who may do it was decided at the gate, and the receipt says so. */
const SELF = { user: 'tracegate-agent', groups: ['tracegate:platform', 'tracegate:enforcers'] };

interface Asked {
  plan: Plan;
  mode: Mode;
  now: Date;
  /** the document as it was ordered */
  object: object;
}

/** What speaks against loading before the kernel is asked: a hook that cannot be done here, or a rule. */
export function refusedBefore(ruleset: Ruleset, asked: Asked): string | undefined {
  const hook = asked.plan.hooks.find((h) => h.refused !== undefined && !h.hook.ignoreMissing);
  return hook ? `${hook.hook.call}: ${hook.refused}` : denial(ruleset, asked);
}

/** Undefined, or the rules that speak against loading it here. */
function denial(ruleset: Ruleset, { plan, mode, now, object }: Asked): string | undefined {
  const verdict = ruleset.judge({
    operation: 'create',
    door: 'agent',
    subject: SELF,
    policy: plan.policy,
    effectiveMode: mode,
    planned: plannedHooks(plan),
    time: now.toISOString(),
    documents: { object },
    reason: 'loading what the gate allowed',
  });
  if (verdict.allowed) return undefined;
  return verdict.findings
    .filter((f) => f.severity === 'deny')
    .map((f) => `${f.rule}: ${f.message}`)
    .join('; ');
}

export function milderMode(document: Mode | undefined, record: Mode): Mode {
  return document === 'monitor' || record === 'monitor' ? 'monitor' : 'enforce';
}
