// SPDX-License-Identifier: Apache-2.0
/**
 * The privileged half of a host. Order of an apply: receipt, document, judgement with this host's facts, plan; then the
 * audit log learns the intent, the kernel acts, the log learns the result.
 */
import { hostname } from 'node:os';
import { type AuditLog, witnessHead } from '../audit/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { AgentPort, PolicyOrder } from '../model/agent-port.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { BpfInventory } from '../model/bpf.ts';
import type { TraceEvent } from '../model/event.ts';
import type { FactsQuery, HostFacts } from '../model/facts.ts';
import { intakeObject, type ValidIntake } from '../model/intake.ts';
import type { Ruleset } from '../model/judge.ts';
import type { Receipt } from '../model/receipt.ts';
import type { HostPolicyStatus } from '../model/status.ts';
import type { ResumeRequest, SuspendRequest, Suspension } from '../model/suspension.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { symbolsOf } from '../plan/symbols.ts';
import type { LoadedPolicy } from '../runtime/loaded-policy.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { DriftWatch, type Taken } from './drift-watch.ts';
import { EventBus } from './event-bus.ts';
import { hostStatus, type Refusal, refusedHooks } from './host-status.ts';
import { type NodeKnowledge, NodeOrders, type NotHere } from './node-orders.ts';
import { checkedOrder } from './order-check.ts';
import { milderMode, refusedBefore } from './own-judgement.ts';
import type { ReceiptCheck } from './receipt-check.ts';
import { Suspensions } from './suspensions.ts';

export interface AgentDeps {
  runtime: Runtime;
  audit: AuditLog;
  /** from the agent's own root-owned bundle */
  ruleset: Ruleset;
  receipts: ReceiptCheck;
  /** the node of a cluster that this host is */
  node?: NodeKnowledge;
  now?: () => Date;
  /** what watches the eBPF of others */
  bpf?: () => BpfInventory;
}

export class Agent implements AgentPort {
  readonly host = hostname();
  readonly bus = new EventBus();
  readonly suspensions: Suspensions;
  readonly #deps: AgentDeps;
  readonly #refusals = new Map<string, Refusal>();
  /** the highest revision seen of each policy, deleted ones included: an older one is refused */
  readonly #highest = new Map<string, number>();
  /** the order behind what is in force of each policy, to load it again by */
  readonly #inForce = new Map<string, Taken>();
  readonly #drift: DriftWatch;
  readonly #nodeOrders: NodeOrders;

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    const { runtime, audit, now = () => new Date() } = deps;
    this.#drift = new DriftWatch(runtime, audit);
    this.#nodeOrders = new NodeOrders(deps.node);
    this.suspensions = new Suspensions({ runtime, audit, now, host: this.host });
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
    return this.#put(order, this.#accept(order));
  }

  #put(order: PolicyOrder, taken: ValidIntake): HostPolicyStatus {
    const { runtime } = this.#deps;
    const loaded = this.#loaded(order.key);
    const mode = milderMode(taken.normal.mode, order.mode);
    if (!order.enabled) return this.#disable(order, taken.digest);
    if (this.suspensions.unloaded()) return this.#hold(order, taken.digest);
    const notHere = this.#nodeOrders.notHere({ order, intake: taken });
    if (notHere) return this.#leaveOut(order, taken.digest, notHere);
    const asOrdered = loaded?.digest === taken.digest && loaded.mode === mode;
    if (asOrdered && runtime.isCurrent(loaded) && !this.#drift.of(order.key)) {
      if (loaded.revision !== order.revision) runtime.setMode(order.key, mode, order.revision);
      this.#inForce.set(order.key, { order, intake: taken });
      this.#refusals.delete(order.key);
      return this.#statusOf(order.key);
    }
    const plan = makePlan(taken.normal, runtime.facts(symbolsOf(taken.normal)));
    const { ruleset, now = () => new Date() } = this.#deps;
    const refused = refusedBefore(ruleset, { order, plan, mode, now: now(), object: taken.document });
    const { revision, receipt } = order;
    const { digest } = taken;
    const { decisionId } = receipt.body;
    this.#record('load.intent', order.key, { revision, digest, mode, decisionId });
    if (refused) return this.#refuse(order, taken.digest, plan, refused);
    try {
      runtime.load({
        plan,
        ...{ key: order.key, revision, decisionId, mode },
        suspended: this.suspensions.has(order.key),
      });
    } catch (thrown) {
      return this.#refuse(order, taken.digest, plan, asFault(thrown).message);
    }
    this.#refusals.delete(order.key);
    this.#inForce.set(order.key, { order, intake: taken });
    this.#drift.settled(order.key);
    const status = this.#statusOf(order.key);
    this.#record('load.done', order.key, { revision, digest, mode, hooks: status.hooks });
    return status;
  }

  /** The document behind an order, once its receipt and its age have been checked. */
  #accept(order: PolicyOrder): ValidIntake {
    const taken = intakeObject(order.document);
    try {
      const highest = this.#highest.get(order.key) ?? 0;
      const valid = checkedOrder(order, taken, { receipts: this.#deps.receipts, highest });
      this.#sawRevision(order.key, order.revision);
      return valid;
    } catch (thrown) {
      const { revision } = order;
      const reason = asFault(thrown).message;
      this.#record('order.refused', order.key, { revision, digest: taken.digest, reason });
      throw thrown;
    }
  }

  #refuse(order: PolicyOrder, digest: string, plan: Plan, reason: string): HostPolicyStatus {
    this.#refusals.set(order.key, {
      revision: order.revision,
      digest,
      reason,
      state: 'refused',
      hooks: refusedHooks(plan, reason),
    });
    this.#record('load.refused', order.key, {
      revision: order.revision,
      digest,
      reason,
      inForce: this.#loaded(order.key)?.revision ?? null,
    });
    return this.#statusOf(order.key);
  }

  /** While somebody wants nothing of it in the kernel, nothing is loaded, and the order is asked for again later. */
  #hold({ key, revision }: PolicyOrder, digest: string): HostPolicyStatus {
    this.#refusals.set(key, { revision, digest, reason: '', state: 'suspended', hooks: [] });
    return this.#statusOf(key);
  }

  #disable({ key, revision }: PolicyOrder, digest: string): HostPolicyStatus {
    this.#nodeOrders.forget(key);
    this.#takeOut(key, revision, 'disabled');
    const reason = 'disabled by its record';
    this.#refusals.set(key, { revision, digest, reason, state: 'disabled', hooks: [] });
    return this.#statusOf(key);
  }

  #takeOut(key: string, revision: number, reason: string): void {
    if (!this.#loaded(key)) return;
    this.#record('unload.intent', key, { revision, reason });
    this.#deps.runtime.unload(key);
    this.#inForce.delete(key);
    this.#drift.settled(key);
    this.#record('unload.done', key, { revision, reason });
  }

  /** It is for other nodes; or what it hangs on is not known yet: then its predecessor stays. */
  #leaveOut({ key, revision }: Pick<PolicyOrder, 'key' | 'revision'>, digest: string, notHere: NotHere) {
    if (notHere.state === 'skipped') this.#takeOut(key, revision, notHere.reason);
    this.#refusals.set(key, { revision, digest, hooks: [], ...notHere });
    return this.#statusOf(key);
  }

  /** The labels of the node are others, or its pods have become known. */
  nodeChanged(): void {
    for (const { order, intake } of this.#nodeOrders.all()) this.#put(order, intake);
    for (const policy of this.#deps.runtime.policies()) {
      const reason = this.#nodeOrders.unfit(policy);
      if (reason === undefined) continue;
      this.#takeOut(policy.key, policy.revision, reason); // pending: the gate orders it again, and that is kept
      this.#leaveOut(policy, policy.digest, { state: 'pending', reason });
    }
  }

  async retire(key: string, receipt: Receipt): Promise<void> {
    const digest = this.#loaded(key)?.digest ?? this.#refusals.get(key)?.digest ?? receipt?.body?.digest;
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
    if (this.#loaded(key)) this.#deps.runtime.unload(key);
    for (const memory of [this.#refusals, this.#inForce]) memory.delete(key);
    this.#nodeOrders.forget(key);
    this.#drift.settled(key);
    this.suspensions.retired(key);
    this.#sawRevision(key, revision);
    this.#record('retire.done', key, { revision, digest });
  }

  /** Every few seconds; what is found stands in the audit log, and is put right where this agent knows how. */
  lookForDrift(): void {
    this.#drift.look((key) => {
      const taken = this.#inForce.get(key);
      if (!taken) return;
      const refusal = this.#refusals.get(key); // of a newer revision: it goes on standing beside its predecessor
      this.#put(taken.order, taken.intake);
      if (refusal) this.#refusals.set(key, refusal);
    });
  }

  #loaded(key: string): LoadedPolicy | undefined {
    return this.#deps.runtime.policies().find((p) => p.key === key);
  }

  #statusOf(key: string): HostPolicyStatus {
    const loaded = this.#loaded(key);
    return hostStatus(key, {
      host: this.host,
      loaded,
      refusal: this.#refusals.get(key),
      ...(loaded && this.#deps.runtime.countsOf(key)),
      suspension: this.suspensions.of(key),
      drifted: this.#drift.of(key),
      outdated: loaded !== undefined && !this.#deps.runtime.isCurrent(loaded),
      members: loaded && this.#deps.runtime.cgroups.members(loaded),
    });
  }

  async status(): Promise<HostPolicyStatus[]> {
    // what was held back while nothing was to be loaded is the gate's to order again
    if (!this.suspensions.unloaded())
      for (const [key, { state }] of this.#refusals) if (state === 'suspended') this.#refusals.delete(key);
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

  async auditRecords(filter: AuditFilter): Promise<AuditRecord[]> {
    return this.#deps.audit.read(filter);
  }

  async bpfInventory(): Promise<BpfInventory> {
    const { bpf } = this.#deps;
    if (bpf) return bpf();
    throw new Fault('not-found', 'nobody watches eBPF on this host: its agent runs with bpf.audit off');
  }

  async listSuspensions(): Promise<Suspension[]> {
    return this.suspensions.list();
  }

  async suspend(request: SuspendRequest): Promise<Suspension> {
    return this.suspensions.suspend(request);
  }

  async resume(request: ResumeRequest): Promise<Suspension> {
    return this.suspensions.resume(request);
  }
}
