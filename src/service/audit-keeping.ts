// SPDX-License-Identifier: Apache-2.0
/** Sealing and pruning of either log, each done by its one writer. */
import type { AuditLog } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { LogName, PruneRequest, SealRequest } from '../model/audit-keeping.ts';
import type { AuditRecord } from '../model/audit-record.ts';

export class AuditKeeping {
  readonly #own: AuditLog;
  readonly #agent: AgentPort | undefined;

  constructor(own: AuditLog, agent: AgentPort | undefined) {
    this.#own = own;
    this.#agent = agent;
  }

  /** The next segment, in the folder of the log; answers with the record that names it. */
  async seal(log: LogName, { by, ...request }: SealRequest): Promise<AuditRecord> {
    if (log === 'agent') return agentWithLog(this.#agent).sealAudit({ ...request, ...(by && { by }) });
    return this.#own.seal({ ...request, ...(by && { actor: by }) });
  }

  /** Answers with the record that says so; the records go behind what else is written. */
  async prune(log: LogName, { by, ...request }: PruneRequest): Promise<AuditRecord> {
    if (log === 'agent') return agentWithLog(this.#agent).pruneAudit({ ...request, ...(by && { by }) });
    return this.#own.prune({ ...request, ...(by && { actor: by }) });
  }
}

/** Throws Fault `agent-away` where there is none. */
export function agentWithLog(agent: AgentPort | undefined): AgentPort {
  if (agent) return agent;
  throw new Fault('agent-away', 'this gate has no agent, so there is no log of one');
}
