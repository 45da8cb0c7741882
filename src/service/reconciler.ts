// SPDX-License-Identifier: Apache-2.0
/**
 * Brings what a host runs to what is asked for. It looks at both sides anew each time and sends what differs, so that
 * nothing depends on having seen every change: a restart of either side, or a lost answer, heals by itself.
 */
import { type AuditLog, witnessHead } from '../audit/index.ts';
import { asFault, type Fault } from '../errors.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { PolicyDocument } from '../model/document.ts';
import type { HostPolicyStatus } from '../model/status.ts';
import type { PolicyRecord, Store, Tombstone } from '../store/index.ts';
import type { ReceiptSigner } from './receipt-signer.ts';

export interface ReconcilerDeps {
  store: Store;
  audit: AuditLog;
  agent: AgentPort;
  sign: ReceiptSigner;
  /** looked at with everything else */
  suspensions?: { look(): Promise<void> };
  /** between two looks when nothing happens */
  intervalMs?: number;
  /** heads are exchanged at least this often */
  witnessIntervalMs?: number;
  onTrouble?: (fault: Fault) => void;
}

export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #intervalMs: number;
  readonly #witnessIntervalMs: number;
  /** the last revision each host gave an answer to, so that a refusal is not asked for again and again */
  #answered = new Map<string, { revision: number; fault?: Fault }>();
  /** revoked exceptions that the host knows of, by policy */
  #toldRevoked = new Map<string, string>();
  #known = new Map<string, HostPolicyStatus>();
  #trouble: Fault | undefined;
  #contradiction: Fault | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #witnessedAtMs = Number.NEGATIVE_INFINITY;
  #sizeAfterWitness = 0;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#intervalMs = deps.intervalMs ?? 5_000;
    this.#witnessIntervalMs = deps.witnessIntervalMs ?? 60_000;
  }

  start(): void {
    this.#state = 'running';
    this.kick();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks soon; asked for during a look, it looks once more. */
  kick(): void {
    if (this.#state !== 'running') return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#pass().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.kick();
      } else if (this.#state === 'running') {
        this.#timer = setTimeout(() => this.kick(), this.#intervalMs);
      }
    });
  }

  /** What hosts last showed of a policy. */
  statusesOf(key: string): HostPolicyStatus[] {
    return [...this.#known.values()].filter((status) => status.key === key);
  }

  /** The agent would not take this revision at all, and said why. */
  faultOf(key: string, revision: number): Fault | undefined {
    const answer = this.#answered.get(key);
    return answer?.revision === revision ? answer.fault : undefined;
  }

  /** Undefined while the agent answers. */
  trouble(): Fault | undefined {
    return this.#trouble;
  }

  /** The agent's log contradicts what this gate saw of it. */
  contradiction(): Fault | undefined {
    return this.#contradiction;
  }

  async #pass(): Promise<void> {
    try {
      const statuses = await this.#deps.agent.status();
      // an agent that was away may be another process with another memory: ask it again for what it refused
      if (this.#trouble !== undefined) this.#answered.clear();
      this.#trouble = undefined;
      this.#learn(statuses);
      await this.#deps.suspensions?.look();
      for (const record of this.#deps.store.all()) await this.#align(record);
      for (const tombstone of this.#deps.store.tombstones()) await this.#bury(tombstone);
      await this.#exchangeHeads();
    } catch (thrown) {
      this.#fail(asFault(thrown));
    }
  }

  #learn(statuses: HostPolicyStatus[]): void {
    const before = this.#known;
    this.#known = new Map(statuses.map((status) => [idOf(status), status]));
    for (const [id, status] of this.#known) this.#noteIfNew(before.get(id), status);
    for (const [id, status] of before) {
      if (!this.#known.has(id))
        this.#note('load.gone', status.key, { host: status.host, revision: status.revision });
    }
  }

  async #align(record: PolicyRecord): Promise<void> {
    const shown = this.statusesOf(record.key);
    const settled = shown.length > 0 && shown.every((status) => isAsAsked(status, record));
    const refusedAlready = shown.some(
      (status) => status.state === 'refused' || status.revision < record.revision,
    );
    const revoked = this.#revokedFor(record);
    const isTold = (this.#toldRevoked.get(record.key) ?? '') === revoked;
    const isAnswered = refusedAlready && this.#answered.get(record.key)?.revision === record.revision;
    if (isTold && (settled || isAnswered)) return;
    const { key, revision, document, mode, enabled } = record;
    const old = this.#replacedBy(record);
    const receipt = this.#deps.sign({ ...record, ...this.#attested(record) }, record.operation);
    try {
      this.#answered.set(key, { revision });
      const status = await this.#deps.agent.apply({
        ...{ key, revision, document, mode, enabled, receipt },
        ...(old && { old }),
      });
      this.#toldRevoked.set(key, revoked);
      const before = this.#known.get(idOf(status));
      this.#known.set(idOf(status), status);
      this.#noteIfNew(before, status);
    } catch (thrown) {
      const fault = asFault(thrown);
      this.#answered.delete(key);
      if (fault.code === 'agent-away' || fault.code === 'audit-unavailable') throw fault;
      this.#answered.set(key, { revision, fault });
      this.#note('load.failed', key, { revision, code: fault.code, message: fault.message });
      this.#deps.onTrouble?.(fault);
    }
  }

  /** What the rules were shown beside it. */
  #replacedBy({ key, digest, judged }: PolicyRecord): PolicyDocument | undefined {
    const { oldDigest = digest } = judged ?? {};
    return oldDigest === digest ? undefined : this.#deps.store.documentOf(key, oldDigest);
  }

  /** What was judged; exceptions that were revoked since ended then, so that the host knows why it held them. */
  #attested({ judged }: PolicyRecord): Pick<PolicyRecord, 'judged'> {
    if (judged?.exceptions === undefined) return {};
    const exceptions = judged.exceptions.map((one) => {
      const { revoked: expires } = this.#deps.store.exceptions.find(one.id) ?? {};
      return expires === undefined ? one : { ...one, expires };
    });
    return { judged: { ...judged, exceptions } };
  }

  #revokedFor({ judged }: PolicyRecord): string {
    const { exceptions: table } = this.#deps.store;
    const revoked = judged?.exceptions?.filter(({ id }) => table.find(id)?.revoked !== undefined) ?? [];
    return revoked.map(({ id }) => id).join();
  }

  async #bury(tombstone: Tombstone): Promise<void> {
    const { key, revision } = tombstone;
    await this.#deps.agent.retire(key, this.#deps.sign(tombstone, 'delete'));
    this.#note('order.retired', key, { revision });
    this.#deps.store.forget(tombstone);
    for (const [id, status] of this.#known) if (status.key === key) this.#known.delete(id);
  }

  #noteIfNew(before: HostPolicyStatus | undefined, status: HostPolicyStatus): void {
    const { state, revision, reason, effectiveMode, host, digest } = status;
    const same = before?.state === state && before.revision === revision && before.reason === reason;
    if (same && before?.effectiveMode === effectiveMode) return;
    const hooks = status.hooks.map(({ hook, state: hookState, mechanism }) => ({
      hook,
      state: hookState,
      mechanism,
    }));
    this.#note('load.status', status.key, {
      host,
      state,
      revision,
      digest,
      effectiveMode,
      reason,
      hooks: hooks.slice(0, 100),
    });
  }

  async #exchangeHeads(): Promise<void> {
    const { audit, agent } = this.#deps;
    const grown = audit.head().size !== this.#sizeAfterWitness;
    const due = performance.now() - this.#witnessedAtMs > this.#witnessIntervalMs;
    if (!grown && !due) return;
    const theirs = await agent.witness(audit.head());
    try {
      witnessHead(audit, theirs);
      this.#contradiction = undefined;
    } catch (thrown) {
      this.#contradiction = asFault(thrown);
      this.#deps.onTrouble?.(this.#contradiction);
    }
    this.#witnessedAtMs = performance.now();
    this.#sizeAfterWitness = audit.head().size;
  }

  #fail(fault: Fault): void {
    const wasFine = this.#trouble === undefined;
    this.#trouble = fault;
    if (!wasFine) return;
    this.#deps.onTrouble?.(fault);
  }

  #note(type: string, object: string, body: Record<string, unknown>): void {
    this.#deps.audit.append([{ type, object, body }]);
  }
}

function idOf({ key, host }: HostPolicyStatus): string {
  return JSON.stringify([host, key]);
}

function isAsAsked(status: HostPolicyStatus, record: PolicyRecord): boolean {
  // pending: something of it was taken out of the kernel
  const there = status.state !== 'refused' && status.state !== 'pending';
  return there && status.revision === record.revision && status.digest === record.digest;
}
