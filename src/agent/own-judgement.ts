// SPDX-License-Identifier: Apache-2.0
/** The agent's own judgement of what the gate allowed, by its own rules and this host's facts. */
import type { PolicyOrder } from '../model/agent-port.ts';
import type { Mode } from '../model/decision.ts';
import { intakeObject } from '../model/intake.ts';
import type { Ruleset, Verdict } from '../model/judge.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import type { JudgedFor, ReceiptBody } from '../model/receipt.ts';
import { plannedHooks } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { storedNormal } from '../service/index.ts';

/** Who asks where the receipt does not say: that somebody may do it was decided at the gate. */
const SELF = { user: 'tracegate-agent', groups: ['tracegate:platform', 'tracegate:enforcers'] };

export interface Asked {
  order: Pick<PolicyOrder, 'receipt' | 'document' | 'old'>;
  plan: Plan;
  mode: Mode;
  now: Date;
  /** the document as it was ordered */
  object: object;
}

/** What speaks against loading before the kernel is asked: a hook that cannot be done here, or a rule. */
export function refusedBefore(ruleset: Ruleset, asked: Asked): string | undefined {
  const hook = asked.plan.hooks.find((h) => h.refused !== undefined && !h.absent);
  return hook ? `${hook.hook.call}: ${hook.refused}` : denial(ruleset, asked);
}

/** Undefined, or what speaks against loading it here. */
function denial(ruleset: Ruleset, asked: Asked): string | undefined {
  const replaced = replacedIn(asked.order);
  if (typeof replaced === 'string') return replaced;
  const verdict = ownVerdict(ruleset, asked, replaced);
  if (verdict.allowed) return undefined;
  return verdict.findings
    .filter((f) => f.severity === 'deny')
    .map((f) => `${f.rule}: ${f.message}`)
    .join('; ');
}

/** What an update took the place of: its normal form, and where it is valid the document itself. */
export interface Replaced {
  oldPolicy?: NormalPolicy;
  oldObject?: object;
}

/** The same question that the gate was asked, by this host's rules, facts and clock. */
export function ownVerdict(
  ruleset: Ruleset,
  { order, plan, mode, now, object }: Asked,
  replaced: Replaced,
): Verdict {
  const { operation, judged } = order.receipt.body;
  const here = { policy: plan.policy, effectiveMode: mode, planned: plannedHooks(plan) };
  if (judged === undefined) {
    const asSelf = { operation: 'create', door: 'agent', subject: SELF, time: now.toISOString() } as const;
    return ruleset.judge({
      ...asSelf,
      ...here,
      documents: { object },
      reason: 'loading what the gate allowed',
    });
  }
  const { oldDigest: _, ...attested } = judged;
  const { oldPolicy, ...oldObject } = replaced;
  const before = oldPolicy === undefined ? {} : { oldPolicy };
  const documents = { object, ...oldObject };
  return ruleset.judge({ operation, ...attested, ...here, ...before, clock: now.toISOString(), documents });
}

/** What the document replaced, checked against the receipt; or why it cannot be shown to the rules. */
export function replacedIn({ receipt, document, old }: Asked['order']): Replaced | string {
  const { operation, digest, judged }: ReceiptBody = receipt.body;
  if (operation !== 'update' || judged === undefined) return {};
  const taken = intakeObject(replacedDocument({ digest, judged, document, old }));
  if (taken.digest === judged.oldDigest)
    return { oldPolicy: storedNormal(taken), ...(taken.valid && { oldObject: taken.document }) };
  return 'the order does not bring the document that this one replaced, which the rules have to see';
}

interface Replacing {
  digest: string;
  judged: JudgedFor;
  document: object;
  old: object | undefined;
}

function replacedDocument({ digest, judged, document, old }: Replacing): object {
  return judged.oldDigest === digest ? document : (old ?? {});
}

export function milderMode(document: Mode | undefined, record: Mode): Mode {
  return document === 'monitor' || record === 'monitor' ? 'monitor' : 'enforce';
}
