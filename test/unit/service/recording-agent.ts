// SPDX-License-Identifier: Apache-2.0
/** A host without a kernel: keeps every order, checks every receipt, shows what a real one would show. */
import type { KeyObject } from 'node:crypto';
import { type AuditLog, witnessHead } from '../../../src/audit/index.ts';
import { Fault } from '../../../src/errors.ts';
import type { AgentPort, PolicyOrder } from '../../../src/model/agent-port.ts';
import type { PruneRequest, SealRequest } from '../../../src/model/audit-keeping.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../../../src/model/audit-record.ts';
import type { BpfInventory } from '../../../src/model/bpf.ts';
import type { TraceEvent } from '../../../src/model/event.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { type Receipt, receiptProblem } from '../../../src/model/receipt.ts';
import type { HostPolicyStatus } from '../../../src/model/status.ts';
import type { ResumeRequest, SuspendRequest, Suspension } from '../../../src/model/suspension.ts';

export class RecordingAgent implements AgentPort {
  readonly orders: PolicyOrder[] = [];
  readonly retired: string[] = [];
  readonly shown = new Map<string, HostPolicyStatus>();
  /** keys whose next revisions this host's kernel does not take, and why */
  readonly refuses = new Map<string, string>();
  /** by policy, `*` for everything */
  readonly suspended = new Map<string, Suspension>();
  readonly listeners = new Set<(event: TraceEvent) => void>();
  /** what watches eBPF there; nobody unless a test says so */
  bpf: BpfInventory | undefined;
  away = false;
  readonly #trusted: () => KeyObject;
  readonly #log: AuditLog;

  constructor(trusted: () => KeyObject, log: AuditLog) {
    this.#trusted = trusted;
    this.#log = log;
  }

  async apply(order: PolicyOrder): Promise<HostPolicyStatus> {
    this.#mustBeThere();
    const { digest } = intakeObject(order.document);
    this.#check(order.receipt, { ...order, digest, operations: ['create', 'update'] as const });
    this.orders.push(order);
    const status = this.#outcome(order, digest);
    this.shown.set(order.key, status);
    return status;
  }

  async retire(key: string, receipt: Receipt): Promise<void> {
    this.#mustBeThere();
    const { revision, digest } = receipt.body;
    this.#check(receipt, { key, revision, digest, operations: ['delete'] });
    this.retired.push(key);
    this.shown.delete(key);
  }

  async bpfInventory(): Promise<BpfInventory> {
    this.#mustBeThere();
    if (this.bpf) return this.bpf;
    throw new Fault('not-found', 'nobody watches eBPF on this host');
  }

  async status(): Promise<HostPolicyStatus[]> {
    this.#mustBeThere();
    const why = (key: string) => this.suspended.get('*') ?? this.suspended.get(key);
    return [...this.shown.values()].map((status) =>
      why(status.key) ? { ...status, state: 'suspended', reason: why(status.key)?.reason ?? '' } : status,
    );
  }

  async sealAudit(request: SealRequest): Promise<AuditRecord> {
    this.#mustBeThere();
    return this.#log.seal(request);
  }

  async pruneAudit(request: PruneRequest): Promise<AuditRecord> {
    this.#mustBeThere();
    return this.#log.prune(request);
  }

  async auditRecords(filter: AuditFilter): Promise<AuditRecord[]> {
    this.#mustBeThere();
    return this.#log.read(filter);
  }

  async listSuspensions(): Promise<Suspension[]> {
    this.#mustBeThere();
    return [...this.suspended.values()];
  }

  async suspend({ policy, forSeconds, reason, by }: SuspendRequest): Promise<Suspension> {
    this.#mustBeThere();
    const since = new Date();
    const suspension = {
      ...{ id: `s-${this.suspended.size}-${since.getTime()}`, host: 'node-1', by, reason },
      since: since.toISOString(),
      ...(policy !== undefined && { policy }),
      ...(forSeconds !== undefined && {
        until: new Date(since.getTime() + forSeconds * 1000).toISOString(),
      }),
    };
    this.suspended.set(policy ?? '*', suspension);
    return suspension;
  }

  async resume({ policy }: ResumeRequest): Promise<Suspension> {
    this.#mustBeThere();
    const suspension = this.suspended.get(policy ?? '*');
    if (!suspension) throw new Fault('not-found', 'nothing of that is suspended on node-1');
    this.suspended.delete(policy ?? '*');
    return suspension;
  }

  facts(): Promise<never> {
    return Promise.reject(new Fault('agent-away', 'this host tells no facts'));
  }

  /** Whatever a test hands over, to whoever listens at that moment. */
  async *events(signal: AbortSignal): AsyncIterable<TraceEvent> {
    this.#mustBeThere();
    const waiting: TraceEvent[] = [];
    const take = (event: TraceEvent) => void waiting.push(event);
    this.listeners.add(take);
    try {
      while (!signal.aborted) {
        yield* waiting.splice(0);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      this.listeners.delete(take);
    }
  }

  async auditHead(): Promise<SignedHead> {
    return this.#log.head();
  }

  async witness(head: SignedHead): Promise<SignedHead> {
    this.#mustBeThere();
    return witnessHead(this.#log, head);
  }

  #outcome(order: PolicyOrder, digest: string): HostPolicyStatus {
    const { key, revision, mode, enabled } = order;
    const counters = {
      posted: 0,
      lost: 0,
      killed: 0,
      denied: 0,
      wouldHave: 0,
      suppressed: 0,
      throttled: 0,
      aggregated: 0,
    };
    const status = { key, host: 'node-1', revision, digest, effectiveMode: mode, hooks: [], counters };
    const reason = this.refuses.get(key);
    if (reason === undefined) return { ...status, state: enabled ? 'loaded' : 'disabled' };
    const before = this.shown.get(key);
    return before === undefined
      ? { ...status, state: 'refused', revision: 0, digest: '', reason }
      : { ...before, state: 'refused', reason };
  }

  #check(
    receipt: Receipt,
    expected: Pick<Receipt['body'], 'key' | 'digest' | 'revision'> & {
      operations: readonly ('create' | 'update' | 'delete')[];
    },
  ): void {
    const problem = receiptProblem(receipt, this.#trusted(), {
      ...expected,
      host: 'node-1',
      now: new Date(),
    });
    if (problem !== undefined) throw new Fault('forbidden', problem);
  }

  #mustBeThere(): void {
    if (this.away) throw new Fault('agent-away', 'the agent is away');
  }
}
