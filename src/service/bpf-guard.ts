// SPDX-License-Identifier: Apache-2.0
/** The gate's part in the guard of BPF programs: it writes down who asked for what, and hands it to the agent. */
import type { AuditLog } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import type {
  Baseline,
  BaselineRequest,
  BpfGatePort,
  GateRequest,
  GateStatus,
  SuccessorRequest,
} from '../model/bpf-gate.ts';

export class BpfGuard {
  readonly #audit: AuditLog;
  readonly #port: BpfGatePort | undefined;

  constructor(audit: AuditLog, port: BpfGatePort | undefined) {
    this.#audit = audit;
    this.#port = port;
  }

  #agent(): BpfGatePort {
    if (this.#port) return this.#port;
    throw new Fault('agent-away', 'this gate has no agent: nobody guards BPF programs');
  }

  #note(type: string, { by, ...body }: GateRequest | BaselineRequest | SuccessorRequest): void {
    const actor = { user: by.user, groups: by.groups, door: by.door };
    this.#audit.append([{ type, actor, body: { ...body } }]);
  }

  status(): Promise<GateStatus> {
    return this.#agent().gateStatus();
  }

  async set(request: GateRequest): Promise<GateStatus> {
    const agent = this.#agent();
    this.#note('bpf_gate_asked', request);
    return agent.setGate(request);
  }

  async admitSuccessor(request: SuccessorRequest): Promise<GateStatus> {
    const agent = this.#agent();
    this.#note('bpf_gate_successor_asked', request);
    return agent.admitSuccessor(request);
  }

  baseline(): Promise<Baseline> {
    return this.#agent().baseline();
  }

  async changeBaseline(request: BaselineRequest): Promise<Baseline> {
    const agent = this.#agent();
    this.#note('bpf_gate_baseline_asked', request);
    return agent.changeBaseline(request);
  }
}
