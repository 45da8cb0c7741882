// SPDX-License-Identifier: Apache-2.0
/**
 * The port between gate and agent. Over the wire it is HTTP with JSON bodies on a Unix socket that the agent
 * serves (paths in AGENT_ROUTES); errors are problem+json with the catalogue's codes.
 */

import type { PruneRequest, SealRequest } from './audit-keeping.ts';
import type { AuditFilter, AuditRecord, SignedHead } from './audit-record.ts';
import type { BpfInventory } from './bpf.ts';
import type { Mode } from './decision.ts';
import type { PolicyDocument } from './document.ts';
import type { TraceEvent } from './event.ts';
import type { FactsQuery, HostFacts } from './facts.ts';
import type { Receipt } from './receipt.ts';
import type { HostPolicyStatus } from './status.ts';
import type { ResumeRequest, SuspendRequest, Suspension } from './suspension.ts';

/** One policy as it should be on the host. The agent re-checks `receipt` against `document` before anything else. */
export interface PolicyOrder {
  key: string;
  revision: number;
  document: PolicyDocument;
  /** what it replaced when it was judged, where that was another document: the rules look at both */
  old?: PolicyDocument;
  /** the record's mode; what runs is the milder of it and the document's */
  mode: Mode;
  enabled: boolean;
  receipt: Receipt;
}

export interface AgentPort {
  /** Loads or updates one policy; resolves with what the kernel shows now (state `refused` with the reason is no error). */
  apply(order: PolicyOrder): Promise<HostPolicyStatus>;
  /** Unloads one policy; the receipt is of the decision that allowed its deletion. */
  retire(key: string, receipt: Receipt): Promise<void>;
  status(): Promise<HostPolicyStatus[]>;
  facts(query: FactsQuery): Promise<HostFacts>;
  /** Events from now on, until `signal` aborts. */
  events(signal: AbortSignal): AsyncIterable<TraceEvent>;
  /** The agent log's newest signed head. */
  auditHead(): Promise<SignedHead>;
  /** Hands the gate log's head over, to be written into the agent's log; answers with the agent's. */
  witness(head: SignedHead): Promise<SignedHead>;
  /** Records of the agent's log. */
  auditRecords(filter: AuditFilter): Promise<AuditRecord[]>;
  /** Seals what no segment of the agent's log holds yet; Fault `conflict` during another. */
  sealAudit(request: SealRequest): Promise<AuditRecord>;
  /** Takes out of the agent's log what segments in its folder hold. */
  pruneAudit(request: PruneRequest): Promise<AuditRecord>;
  /** What eBPF there is on the host, whoever brought it; Fault `not-found` where nobody watches it. */
  bpfInventory(): Promise<BpfInventory>;
  /** What is suspended on the host, whoever did it. */
  listSuspensions(): Promise<Suspension[]>;
  /** Needs no receipt: it takes force away, and must work when nobody can give one. Takes the place of an earlier one. */
  suspend(request: SuspendRequest): Promise<Suspension>;
  /** Ends one; Fault `not-found` when there is none. */
  resume(request: ResumeRequest): Promise<Suspension>;
}

export const AGENT_ROUTES = {
  apply: 'PUT /v1/policies/:key',
  retire: 'DELETE /v1/policies/:key',
  status: 'GET /v1/status',
  facts: 'POST /v1/facts',
  events: 'GET /v1/events',
  auditHead: 'GET /v1/audit/head',
  witness: 'POST /v1/audit/witness',
  auditRecords: 'POST /v1/audit/records',
  sealAudit: 'POST /v1/audit/segments',
  pruneAudit: 'POST /v1/audit/prunings',
  bpfInventory: 'GET /v1/bpf/inventory',
  listSuspensions: 'GET /v1/suspensions',
  suspend: 'POST /v1/suspensions',
  resume: 'POST /v1/suspensions/end',
} as const;
