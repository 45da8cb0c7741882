// SPDX-License-Identifier: Apache-2.0
/**
 * The privileged half of a host. Order of an apply: receipt, document, judgement with this host's facts, plan; then the
 * audit log learns the intent, the kernel acts, the log learns the result.
 */
import { hostname } from 'node:os';
import { type AuditLog, witnessHead } from '../audit/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { AgentPort, PolicyOrder } from '../model/agent-port.ts';
import type { SignedHead } from '../model/audit-record.ts';
import type { Mode } from '../model/decision.ts';
import { policyKey } from '../model/document.ts';
import type { TraceEvent } from '../model/event.ts';
import type { FactsQuery, HostFacts } from '../model/facts.ts';
import { type Intake, intakeObject, type ValidIntake } from '../model/intake.ts';
import type { Ruleset } from '../model/judge.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import type { Receipt } from '../model/receipt.ts';
import type { HostPolicyStatus, HostState } from '../model/status.ts';
import { makePlan, plannedHooks } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { symbolsOf } from '../plan/symbols.ts';
import type { LoadedPolicy } from '../runtime/loaded-policy.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { EventBus } from './event-bus.ts';
import type { ReceiptCheck } from './receipt-check.ts';

export interface AgentDeps {
  runtime: Runtime;
  audit: AuditLog;
  /** from the agent's own root-owned bundle */
  ruleset: Ruleset;
  receipts: ReceiptCheck;
  now?: () => Date;
}

/** Why a policy is not in force as ordered; kept until it is. */
interface Refusal {
  revision: number;
  digest: string;
  reason: string;
  state: HostState;
  hooks: HostPolicyStatus['hooks'];
}

const NO_COUNTERS = { posted: 0, lost: 0, killed: 0, denied: 0, wouldHave: 0, exhausted: false };

/** The subject of the agent's own judgement: who may do it was decided at the gate, and the receipt says so. */
const SELF = { user: 'tracegate-agent', groups: ['tracegate:platform', 'tracegate:enforcers'] };

export function milderMode(document: Mode | undefined, record: Mode): Mode {
  return document === 'monitor' || record === 'monitor' ? 'monitor' : 'enforce';
}

export class Agent implements AgentPort {
  readonly host = hostname();
  readonly bus = new EventBus();
  readonly #deps: AgentDeps;
  readonly #refusals = new Map<string, Refusal>();
  /** the highest revision seen of each policy, deleted ones included: an older one is refused */
  readonly #highest = new Map<string, number>();

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    for (const policy of deps.runtime.policies()) this.#highest.set(policy.key, policy.revision);
    for (const record of deps.audit.read({ type: 'retire.done' }))
      this.#sawRevision(record.object ?? '', Number(record.body.revision));
  }

  #sawRevision(key: string, revision: number): void {
    this.#highest.set(key, Math.max(this.#highest.get(key) ?? 0, revision));
  }

  #record(type: string, key: string, body: Record<string, unknown>): void {
    this.#deps.audit.append([{ type, object: key, body }]);
  }

  async apply(order: PolicyOrder): Promise<HostPolicyStatus> {
    const taken = this.#accept(order);
    const { runtime } = this.#deps;
    const loaded = this.#loaded(order.key);
    const mode = milderMode(taken.normal.mode, order.mode);
    if (!order.enabled) return this.#disable(order, taken.digest);
    if (loaded?.digest === taken.digest && loaded.mode === mode) {
      if (loaded.revision !== order.revision) runtime.setMode(order.key, mode, order.revision);
      this.#refusals.delete(order.key);
      return this.#statusOf(order.key);
    }
    const plan = makePlan(taken.normal, runtime.facts(symbolsOf(taken.normal)));
    const refused = this.#refusedBefore(plan, mode);
    this.#record('load.intent', order.key, {
      revision: order.revision,
      digest: taken.digest,
      mode,
      decisionId: order.receipt.body.decisionId,
    });
    if (refused) return this.#refuse(order, taken.digest, plan, refused);
    try {
      runtime.load({
        plan,
        key: order.key,
        revision: order.revision,
        decisionId: order.receipt.body.decisionId,
        mode,
      });
    } catch (thrown) {
      return this.#refuse(order, taken.digest, plan, asFault(thrown).message);
    }
    this.#refusals.delete(order.key);
    const status = this.#statusOf(order.key);
    this.#record('load.done', order.key, {
      revision: order.revision,
      digest: taken.digest,
      mode,
      hooks: status.hooks,
    });
    return status;
  }

  /** The document behind an order, once its receipt and its age have been checked. */
  #accept(order: PolicyOrder): ValidIntake {
    const taken = intakeObject(order.document);
    try {
      const valid = this.#checked(order, taken);
      this.#sawRevision(order.key, order.revision);
      return valid;
    } catch (thrown) {
      const { revision } = order;
      const reason = asFault(thrown).message;
      this.#record('order.refused', order.key, { revision, digest: taken.digest, reason });
      throw thrown;
    }
  }

  #checked(order: PolicyOrder, taken: Intake): ValidIntake {
    const { key, revision } = order;
    if (!taken.valid)
      throw new Fault('invalid', `${key} is not a valid policy: ${taken.findings[0]?.message ?? ''}`);
    const named = policyKey(taken.document);
    if (named !== key) throw new Fault('invalid', `the order is for ${key}, its document is ${named}`);
    this.#deps.receipts.demand(order.receipt, {
      ...{ key, revision, digest: taken.digest },
      operations: ['create', 'update'],
    });
    const highest = this.#highest.get(key) ?? 0;
    if (revision < highest)
      throw new Fault(
        'conflict',
        `${key}: revision ${revision} is older than ${highest}, which this host has had`,
      );
    return taken;
  }

  /** What speaks against loading before the kernel is asked: a hook that cannot be done here, or a rule. */
  #refusedBefore(plan: Plan, mode: Mode): string | undefined {
    const hook = plan.hooks.find((h) => h.refused !== undefined && !h.hook.ignoreMissing);
    if (hook) return `${hook.hook.call}: ${hook.refused}`;
    return this.#denied(plan.policy, plan, mode);
  }

  #denied(policy: NormalPolicy, plan: Plan, mode: Mode): string | undefined {
    const verdict = this.#deps.ruleset.judge({
      operation: 'create',
      door: 'agent',
      subject: SELF,
      policy,
      effectiveMode: mode,
      planned: plannedHooks(plan),
      time: (this.#deps.now?.() ?? new Date()).toISOString(),
      reason: 'loading what the gate allowed',
    });
    if (verdict.allowed) return undefined;
    return verdict.findings
      .filter((f) => f.severity === 'deny')
      .map((f) => `${f.rule}: ${f.message}`)
      .join('; ');
  }

  #refuse(order: PolicyOrder, digest: string, plan: Plan, reason: string): HostPolicyStatus {
    const hooks = plan.hooks.map((h) => ({
      hook: h.hook.call,
      state: h.refused === undefined ? ('loaded' as const) : ('refused' as const),
      mechanism: h.mechanism,
      guarantee: h.guarantee,
      racy: h.racy,
      reason: h.refused ?? reason,
    }));
    this.#refusals.set(order.key, {
      revision: order.revision,
      digest,
      reason,
      state: 'refused',
      hooks: hooks.map((h) => ({ ...h, state: 'refused' })),
    });
    this.#record('load.refused', order.key, {
      revision: order.revision,
      digest,
      reason,
      inForce: this.#loaded(order.key)?.revision ?? null,
    });
    return this.#statusOf(order.key);
  }

  #disable(order: PolicyOrder, digest: string): HostPolicyStatus {
    if (this.#loaded(order.key)) {
      this.#record('unload.intent', order.key, { revision: order.revision, reason: 'disabled' });
      this.#deps.runtime.unload(order.key);
      this.#record('unload.done', order.key, { revision: order.revision, reason: 'disabled' });
    }
    this.#refusals.set(order.key, {
      revision: order.revision,
      digest,
      reason: 'disabled by its record',
      state: 'disabled',
      hooks: [],
    });
    return this.#statusOf(order.key);
  }

  async retire(key: string, receipt: Receipt): Promise<void> {
    const loaded = this.#loaded(key);
    const digest = loaded?.digest ?? this.#refusals.get(key)?.digest ?? receipt?.body?.digest;
    try {
      this.#deps.receipts.demand(receipt, {
        key,
        digest: receipt?.body?.digest ?? digest,
        revision: receipt?.body?.revision ?? 0,
        operations: ['delete'],
      });
    } catch (thrown) {
      this.#record('order.refused', key, { operation: 'delete', reason: asFault(thrown).message });
      throw thrown;
    }
    const { revision } = receipt.body;
    if (revision < (this.#highest.get(key) ?? 0))
      throw new Fault(
        'conflict',
        `${key}: the deletion of revision ${revision} is older than what this host has had`,
      );
    this.#record('retire.intent', key, { revision, digest });
    if (loaded) this.#deps.runtime.unload(key);
    this.#refusals.delete(key);
    this.#sawRevision(key, revision);
    this.#record('retire.done', key, { revision, digest });
  }

  #loaded(key: string): LoadedPolicy | undefined {
    return this.#deps.runtime.policies().find((p) => p.key === key);
  }

  #statusOf(key: string): HostPolicyStatus {
    const loaded = this.#loaded(key);
    const refusal = this.#refusals.get(key);
    const { exhausted, ...counts } = loaded ? this.#deps.runtime.counters(key) : NO_COUNTERS;
    const partial = loaded?.hooks.some((h) => h.status.state !== 'loaded');
    // what is disabled is as it was ordered, at that revision
    const asOrdered = loaded ?? (refusal?.state === 'disabled' ? refusal : undefined);
    return {
      key,
      host: this.host,
      state: refusal?.state ?? (loaded?.mode === 'off' ? 'suspended' : partial ? 'partial' : 'loaded'),
      revision: asOrdered?.revision ?? 0,
      digest: asOrdered?.digest ?? '',
      effectiveMode: loaded?.mode === 'monitor' ? 'monitor' : 'enforce',
      ...(refusal && {
        reason: loaded
          ? `revision ${refusal.revision}: ${refusal.reason}; revision ${loaded.revision} stays in force`
          : refusal.reason,
      }),
      hooks: refusal && refusal.hooks.length > 0 ? refusal.hooks : (loaded?.hooks.map((h) => h.status) ?? []),
      counters: counts,
      ...(exhausted && { budgetExhausted: true }),
    };
  }

  async status(): Promise<HostPolicyStatus[]> {
    const keys = new Set([...this.#deps.runtime.policies().map((p) => p.key), ...this.#refusals.keys()]);
    return [...keys].sort().map((key) => this.#statusOf(key));
  }

  async facts(query: FactsQuery): Promise<HostFacts> {
    return this.#deps.runtime.facts(query);
  }

  events(signal: AbortSignal): AsyncIterable<TraceEvent> {
    return this.bus.subscribe(signal);
  }

  async auditHead(): Promise<SignedHead> {
    return this.#deps.audit.head();
  }

  async witness(head: SignedHead): Promise<SignedHead> {
    return witnessHead(this.#deps.audit, head);
  }
}
