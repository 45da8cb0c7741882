// SPDX-License-Identifier: Apache-2.0
/**
 * The gate's part in suspensions: who may ask is for the doors; here it is written down before and after, handed to the
 * agent, and what began or ended without the gate is written down when it is seen.
 */
import type { AuditLog } from '../audit/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { ResumeRequest, SuspendRequest, Suspension } from '../model/suspension.ts';
import {
  openSuspensions,
  SUSPENSION_BEGUN,
  SUSPENSION_ENDED,
  SUSPENSION_ENDING,
  SUSPENSION_FOUND,
} from './open-suspensions.ts';

export interface SuspensionsDeps {
  audit: AuditLog;
  agent: AgentPort | undefined;
  now: () => Date;
  /** told when hosts show something else now */
  onChange: () => void;
}

export class Suspensions {
  readonly #deps: SuspensionsDeps;
  /** by id, as this gate's log has them */
  readonly #known: Map<string, Suspension>;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(deps: SuspensionsDeps) {
    this.#deps = deps;
    this.#known = new Map([...openSuspensions(deps.audit).values()].map((one) => [one.id, one]));
  }

  /** As the hosts have them now. */
  list(): Promise<Suspension[]> {
    return this.#agent().listSuspensions();
  }

  suspend(request: SuspendRequest): Promise<Suspension> {
    return this.#inTurn(async () => {
      const { policy, forSeconds, reason } = request;
      this.#note('suspension.asked', request, { policy, forSeconds, reason });
      const suspension = await this.#handedOver(request, (agent) => agent.suspend(request));
      this.#note(SUSPENSION_BEGUN, request, { suspension });
      for (const [id, before] of this.#known) if (before.policy === policy) this.#known.delete(id);
      this.#known.set(suspension.id, suspension);
      this.#deps.onChange();
      return suspension;
    });
  }

  resume(request: ResumeRequest): Promise<Suspension> {
    return this.#inTurn(async () => {
      this.#note(SUSPENSION_ENDING, request, { policy: request.policy, reason: request.reason });
      const suspension = await this.#handedOver(request, (agent) => agent.resume(request));
      const { id } = suspension;
      this.#note(SUSPENSION_ENDED, request, { id, how: 'resumed', reason: request.reason });
      this.#known.delete(id);
      this.#deps.onChange();
      return suspension;
    });
  }

  /** Compares what the hosts have with what this log knows. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      const shown = await this.list();
      for (const suspension of shown) {
        if (this.#known.has(suspension.id)) continue;
        this.#note(SUSPENSION_FOUND, { policy: suspension.policy }, { suspension });
        this.#known.set(suspension.id, suspension);
      }
      const ids = new Set(shown.map(({ id }) => id));
      for (const known of [...this.#known.values()]) if (!ids.has(known.id)) this.#noteEnd(known);
    });
  }

  #noteEnd({ id, policy, until }: Suspension): void {
    const isOver = until !== undefined && Date.parse(until) <= this.#deps.now().getTime();
    const how = isOver ? 'its time is over' : "ended on the host: the agent's log says by whom";
    this.#note(SUSPENSION_ENDED, { policy }, { id, how, until });
    this.#known.delete(id);
  }

  async #handedOver(
    request: SuspendRequest | ResumeRequest,
    call: (agent: AgentPort) => Promise<Suspension>,
  ): Promise<Suspension> {
    try {
      return await call(this.#agent());
    } catch (thrown) {
      const { code, message } = asFault(thrown);
      this.#note('suspension.failed', request, { code, message });
      throw thrown;
    }
  }

  #agent(): AgentPort {
    if (this.#deps.agent) return this.#deps.agent;
    throw new Fault('agent-away', 'this gate has no agent: nothing is enforced, so nothing can be suspended');
  }

  #note(type: string, about: Partial<SuspendRequest>, body: Record<string, unknown>): void {
    const { policy, by } = about;
    const object = policy === undefined ? {} : { object: policy };
    this.#deps.audit.append([{ type, ...object, ...(by && { actor: by }), body }]);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
