// SPDX-License-Identifier: Apache-2.0
/**
 * What is suspended on this host. The kernel programs go by a pinned map, this host's audit log says who wanted it and
 * until when, and `look` holds the two together: an end in time, a restart, and whatever was done past the agent.
 */
import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import type { ResumeRequest, Suspender, SuspendRequest, Suspension } from '../model/suspension.ts';
import type { HostSuspension } from '../runtime/host-switch.ts';
import type { Runtime } from '../runtime/runtime.ts';
import {
  openSuspensions,
  SUSPENSION_BEGUN,
  SUSPENSION_ENDED,
  SUSPENSION_ENDING,
  SUSPENSION_FOUND,
  scopeOf,
} from '../service/open-suspensions.ts';

export interface SuspensionsDeps {
  runtime: Runtime;
  audit: AuditLog;
  host: string;
  now: () => Date;
}

type How = 'resumed' | 'its time is over' | 'its policy is gone' | 'ended on the host, past the agent';

/** Nobody can tell who it was: it needs root on the host. */
const SOMEBODY: Suspender = { user: 'root', groups: [], door: 'host' };

export class Suspensions {
  readonly #deps: SuspensionsDeps;
  readonly #open: Map<string, Suspension>;

  /** Takes up what was suspended before: it outlives the agent and, if it is for longer, a reboot. */
  constructor(deps: SuspensionsDeps) {
    this.#deps = deps;
    this.#open = openSuspensions(deps.audit);
    for (const suspension of this.#open.values()) if (!this.#isOver(suspension)) this.#restore(suspension);
    deps.runtime.host.restored();
    // an agent that died between the act and its record: what no log knows of must not last
    for (const { key, suspended } of deps.runtime.policies())
      if (suspended && !this.#open.has(key)) deps.runtime.suspendPolicy(key, false);
    this.look();
  }

  list(): Suspension[] {
    return [...this.#open.values()].filter((suspension) => !this.#isOver(suspension));
  }

  /** Why a policy does not act now: all of the host is suspended, or it alone. */
  of(key: string): Suspension | undefined {
    const found = this.#open.get('*') ?? this.#open.get(key);
    return found !== undefined && !this.#isOver(found) ? found : undefined;
  }

  /** The policy has a suspension of its own. */
  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** Everything was taken out of the kernel: why nothing is loaded. */
  unloaded(): Suspension | undefined {
    const all = this.#open.get('*');
    return all?.unloaded ? all : undefined;
  }

  suspend(request: SuspendRequest): Suspension {
    const { runtime } = this.#deps;
    const { policy, forSeconds, reason, by } = request;
    if (policy !== undefined && !runtime.policies().some(({ key }) => key === policy))
      throw new Fault('not-found', `no policy ${policy} is loaded on ${this.#deps.host}: nothing to suspend`);
    this.look();
    const since = this.#deps.now();
    const forMs = forSeconds === undefined ? undefined : forSeconds * 1000;
    const suspension: Suspension = {
      ...{ id: newId(), host: this.#deps.host, by, reason, since: since.toISOString() },
      ...(policy !== undefined && { policy }),
      ...(forMs !== undefined && { until: new Date(since.getTime() + forMs).toISOString() }),
      ...(policy === undefined && this.unloaded() && { unloaded: true as const }),
    };
    this.#note('suspension.intent', suspension, { suspension }, by);
    if (policy === undefined) this.#suspendAll(suspension, forMs);
    else runtime.suspendPolicy(policy, true);
    this.#note(SUSPENSION_BEGUN, suspension, { suspension }, by);
    this.#open.set(scopeOf(suspension), suspension);
    return suspension;
  }

  #suspendAll(suspension: Suspension, forMs: number | undefined): void {
    this.#deps.runtime.host.suspend(forMs);
    suspension.kernelUntilNs = this.#deps.runtime.host.state().untilNs;
  }

  resume(request: ResumeRequest): Suspension {
    this.look();
    const suspension = this.#open.get(scopeOf(request));
    if (suspension === undefined) throw new Fault('not-found', this.#nothingTo(request));
    this.#end(suspension, 'resumed', request);
    return suspension;
  }

  #nothingTo({ policy }: ResumeRequest): string {
    const others = [...this.#open.values()].map((one) => one.policy ?? 'everything');
    const what = policy === undefined ? 'the host as a whole is' : `${policy} by itself is`;
    const hint = others.length === 0 ? 'nothing is' : `suspended are: ${others.join(', ')}`;
    return `${what} not suspended on ${this.#deps.host}: ${hint}`;
  }

  /** Of a policy that was retired nothing is left to suspend. */
  retired(key: string): void {
    const suspension = this.#open.get(key);
    if (suspension) this.#close(suspension, 'its policy is gone');
  }

  /** Once a second. Ends what is over, and writes down what was done past the agent. */
  look(): void {
    const kernel = this.#deps.runtime.host.state();
    const inForce = kernel.suspended || kernel.unloaded;
    if (inForce && this.#isNews(kernel)) this.#found(kernel);
    const timeIsOver = kernel.suspended && (kernel.leftMs ?? 1) <= 0;
    for (const suspension of [...this.#open.values()]) {
      const isAll = suspension.policy === undefined;
      if (this.#isOver(suspension) || (isAll && timeIsOver)) this.#end(suspension, 'its time is over');
      else if (isAll && !inForce) this.#close(suspension, 'ended on the host, past the agent');
    }
  }

  #isNews({ suspended, untilNs, unloaded }: HostSuspension): boolean {
    const known = this.#open.get('*');
    if (known === undefined || (unloaded && !known.unloaded)) return true;
    return suspended && untilNs !== known.kernelUntilNs;
  }

  #found({ leftMs, unloaded, untilNs }: HostSuspension): void {
    const { now, host, runtime } = this.#deps;
    const suspension: Suspension = {
      ...{ id: newId(), host, by: SOMEBODY, since: now().toISOString(), kernelUntilNs: untilNs },
      reason: unloaded
        ? 'everything was taken out of the kernel on the host, past the agent (tracegate-off --unload)'
        : 'set on the host, past the agent (tracegate-off)',
      ...(leftMs !== undefined && { until: new Date(now().getTime() + leftMs).toISOString() }),
      ...(unloaded && { unloaded: true as const }),
    };
    const dropped = unloaded ? [...runtime.forgetUnpinned(), ...this.#unloadRest()] : [];
    this.#note(SUSPENSION_FOUND, suspension, { suspension, dropped });
    this.#open.set('*', suspension);
  }

  /** What the agent pinned while it was being unloaded. */
  #unloadRest(): string[] {
    const { runtime } = this.#deps;
    const keys = runtime.policies().map(({ key }) => key);
    for (const key of keys) runtime.unload(key);
    return keys;
  }

  /** Nothing to do after a mere restart of the agent; after a reboot, the kernel knows of nothing. */
  #restore(suspension: Suspension): void {
    const { policy, until, unloaded } = suspension;
    const { runtime, now } = this.#deps;
    if (policy !== undefined) {
      if (runtime.policies().some(({ key, suspended }) => key === policy && !suspended))
        runtime.suspendPolicy(policy, true);
    } else if (runtime.host.state().fresh) {
      if (unloaded) runtime.host.markUnloaded();
      this.#suspendAll(suspension, until === undefined ? undefined : Date.parse(until) - now().getTime());
      this.#note(SUSPENSION_BEGUN, suspension, { suspension, restored: true });
    }
  }

  /** What is over acts again even when the log takes no record: then `look` comes back to write it down. */
  #end(suspension: Suspension, how: How, request?: ResumeRequest): void {
    const { runtime } = this.#deps;
    const { id, policy } = suspension;
    if (request) this.#note(SUSPENSION_ENDING, suspension, { id, how, reason: request.reason }, request.by);
    if (policy === undefined) runtime.host.resume();
    else if (runtime.policies().some(({ key }) => key === policy)) runtime.suspendPolicy(policy, false);
    this.#close(suspension, how, request);
  }

  #close(suspension: Suspension, how: How, request?: ResumeRequest): void {
    const { id, since, until } = suspension;
    const body = { id, how, since, until, reason: request?.reason };
    this.#note(SUSPENSION_ENDED, suspension, body, request?.by);
    this.#open.delete(scopeOf(suspension));
  }

  #isOver({ until }: Suspension): boolean {
    return until !== undefined && Date.parse(until) <= this.#deps.now().getTime();
  }

  #note(type: string, about: Suspension, body: Record<string, unknown>, by?: Suspender): void {
    const object = about.policy === undefined ? {} : { object: about.policy };
    this.#deps.audit.append([{ type, ...object, ...(by && { actor: by }), body }]);
  }
}

function newId(): string {
  return `s-${randomBytes(8).toString('hex')}`;
}
