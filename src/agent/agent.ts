// SPDX-License-Identifier: Apache-2.0
/**
 * The privileged half of a host. Order of an apply: receipt, document, judgement with this host's facts, plan; then the
 * audit log learns the intent, the kernel acts, the log learns the result.
 */
import { hostname } from 'node:os';
import type { AuditLog } from '../audit/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { AgentPort, PolicyOrder } from '../model/agent-port.ts';
import type { BpfInventory } from '../model/bpf.ts';
import type { Mode } from '../model/decision.ts';
import { intakeObject, type ValidIntake } from '../model/intake.ts';
import type { Ruleset } from '../model/judge.ts';
import type { Receipt } from '../model/receipt.ts';
import type { HostPolicyStatus } from '../model/status.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { symbolsOf } from '../plan/symbols.ts';
import type { LoadedPolicy } from '../runtime/loaded-policy.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { DriftWatch } from './drift-watch.ts';
import { HostAnswers } from './host-answers.ts';
import { hostStatus, type Refusal, refusedHooks } from './host-status.ts';
import { type AtEnd, askedMode, Lapses } from './lapses.ts';
import { type NodeKnowledge, NodeOrders, type NotHere } from './node-orders.ts';
import { checkedOrder } from './order-check.ts';
import { eachOf, OrdersInForce, type Taken } from './orders-in-force.ts';
import { refusedBefore } from './own-judgement.ts';
import type { ReceiptCheck } from './receipt-check.ts';
import { RevisionsSeen } from './revisions-seen.ts';
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
  /** where orders that stand on an exception outlive this process */
  ordersFile?: string;
  /** what becomes of a policy when such an exception ends; it watches unless told otherwise */
  atExceptionEnd?: AtEnd;
  /** what watches the eBPF of others */
  bpf?: () => BpfInventory;
}

export class Agent extends HostAnswers implements AgentPort {
  readonly host = hostname();
  readonly #deps: AgentDeps;
  readonly #refusals = new Map<string, Refusal>();
  readonly #seen: RevisionsSeen;
  readonly #inForce: OrdersInForce;
  readonly #lapses: Lapses;
  readonly #drift: DriftWatch;
  readonly #nodeOrders: NodeOrders;

  constructor(deps: AgentDeps) {
    const { runtime, audit, now = () => new Date() } = deps;
    super(deps, new Suspensions({ runtime, audit, now, host: hostname() }));
    this.#deps = deps;
    this.#drift = new DriftWatch(runtime, audit);
    this.#nodeOrders = new NodeOrders(deps.node);
    this.#inForce = new OrdersInForce(deps.ordersFile);
    const { ruleset, atExceptionEnd: atEnd = 'monitor' } = deps;
    this.#lapses = new Lapses({ ruleset, now, atEnd, planOf: ({ intake }) => this.#planOf(intake) });
    this.#seen = new RevisionsSeen(runtime.policies(), audit);
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
    if (this.#lapse({ order, intake: taken }) === 'unload') return this.#statusOf(order.key);
    const mode = this.#modeOf({ order, intake: taken });
    if (!order.enabled) return this.#disable(order, taken.digest);
    if (this.suspensions.unloaded()) return this.#hold(order, taken.digest);
    const notHere = this.#nodeOrders.notHere({ order, intake: taken });
    if (notHere) return this.#leaveOut(order, taken.digest, notHere);
    const asOrdered = loaded?.digest === taken.digest && loaded.mode === mode;
    if (asOrdered && runtime.isCurrent(loaded) && !this.#drift.of(order.key)) {
      if (loaded.revision !== order.revision) runtime.setMode(order.key, mode, order.revision);
      this.#inForce.set({ order, intake: taken });
      this.#refusals.delete(order.key);
      return this.#statusOf(order.key);
    }
    const plan = this.#planOf(taken);
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
    this.#inForce.set({ order, intake: taken });
    this.#drift.settled(order.key);
    const status = this.#statusOf(order.key);
    this.#record('load.done', order.key, { revision, digest, mode, hooks: status.hooks });
    return status;
  }

  #planOf({ normal }: ValidIntake): Plan {
    return makePlan(normal, this.#deps.runtime.facts(symbolsOf(normal)));
  }

  /** An exception can only end for what is in force: what is not yet is refused without it. */
  #modeOf(taken: Taken): Mode {
    const { key } = taken.order;
    if (this.#isInForce(taken)) return this.#lapses.modeOf(taken);
    this.#lapses.forget(key);
    return askedMode(taken);
  }

  #isInForce({ order, intake }: Taken): boolean {
    return this.#loaded(order.key)?.digest === intake.digest;
  }

  /** Every second: what stands on an exception that has ended, or was revoked, does not go on as it was. */
  lookForLapses(): void {
    eachOf(this.#inForce.all(), (taken) => this.#lapse(taken));
  }

  #lapse(taken: Taken): AtEnd | undefined {
    const { key, revision } = taken.order;
    const lapse = this.#isInForce(taken) ? this.#lapses.look(taken) : undefined;
    const watches = lapse?.becomes === 'monitor';
    if (lapse === undefined || (watches && this.#loaded(key)?.mode === 'monitor')) return lapse?.becomes;
    const { becomes, reason, exceptions, rules } = lapse;
    const { digest } = taken.intake;
    this.#record('exception.lapsed', key, { revision, digest, becomes, exceptions, rules, reason });
    if (watches) this.#deps.runtime.setMode(key, 'monitor', revision);
    else {
      const hooks = refusedHooks(this.#planOf(taken.intake), reason);
      this.#takeOut(key, revision, reason);
      this.#refusals.set(key, { revision, digest, reason, state: 'refused', hooks });
    }
    return becomes;
  }

  /** The document behind an order, once its receipt and its age have been checked. */
  #accept(order: PolicyOrder): ValidIntake {
    const taken = intakeObject(order.document);
    try {
      const highest = this.#seen.of(order.key);
      const valid = checkedOrder(order, taken, { receipts: this.#deps.receipts, highest });
      this.#seen.saw(order.key, order.revision);
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
    if (revision < this.#seen.of(key))
      throw new Fault(
        'conflict',
        `${key}: the deletion of revision ${revision} is older than what this host has had`,
      );
    this.#record('retire.intent', key, { revision, digest });
    if (this.#loaded(key)) this.#deps.runtime.unload(key);
    for (const memory of [this.#refusals, this.#inForce]) memory.delete(key);
    this.#lapses.forget(key);
    this.#nodeOrders.forget(key);
    this.#drift.settled(key);
    this.suspensions.retired(key);
    this.#seen.saw(key, revision);
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
      lapse: this.#lapses.of(key),
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
}
