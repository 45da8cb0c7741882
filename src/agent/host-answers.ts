// SPDX-License-Identifier: Apache-2.0
/** What a host answers beside what is ordered of it: its facts, events, log and suspensions. */
import { type AuditLog, witnessHead } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { PruneRequest, SealRequest } from '../model/audit-keeping.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { BpfInventory } from '../model/bpf.ts';
import type { TraceEvent } from '../model/event.ts';
import type { FactsQuery, HostFacts } from '../model/facts.ts';
import type { ResumeRequest, SuspendRequest, Suspension } from '../model/suspension.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { EventBus } from './event-bus.ts';
import type { Suspensions } from './suspensions.ts';

interface Told {
  runtime: Runtime;
  audit: AuditLog;
  bpf?: () => BpfInventory;
}

export class HostAnswers implements Omit<AgentPort, 'apply' | 'retire' | 'status'> {
  readonly bus = new EventBus();
  readonly suspensions: Suspensions;
  readonly #told: Told;

  constructor(told: Told, suspensions: Suspensions) {
    this.#told = told;
    this.suspensions = suspensions;
  }

  async facts(query: FactsQuery): Promise<HostFacts> {
    return this.#told.runtime.facts(query);
  }

  events(signal: AbortSignal): AsyncIterable<TraceEvent> {
    return this.bus.subscribe(signal);
  }

  async auditHead(): Promise<SignedHead> {
    return this.#told.audit.head();
  }

  async witness(head: SignedHead): Promise<SignedHead> {
    return witnessHead(this.#told.audit, head);
  }

  async auditRecords(filter: AuditFilter): Promise<AuditRecord[]> {
    return this.#told.audit.read(filter);
  }

  async sealAudit({ by, ...request }: SealRequest): Promise<AuditRecord> {
    return this.#told.audit.seal({ ...request, ...(by && { actor: by }) });
  }

  async pruneAudit({ by, ...request }: PruneRequest): Promise<AuditRecord> {
    return this.#told.audit.prune({ ...request, ...(by && { actor: by }) });
  }

  async bpfInventory(): Promise<BpfInventory> {
    const { bpf } = this.#told;
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
