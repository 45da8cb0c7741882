// SPDX-License-Identifier: Apache-2.0
/**
 * The policies an API server has stored, followed: what it stored was let in by the webhook, and what becomes of it
 * here is for the sink. Reads only (list, watch); loads nothing.
 */
import { asFault, type Fault } from '../../errors.ts';
import { API_VERSION, type PolicyKind } from '../../model/document.ts';
import { BACKOFF, type BackoffOptions } from './backoff.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import { Delivery } from './delivery.ts';
import { IDLE_MS, ListWatch, WATCH_SECONDS } from './list-watch.ts';
import type { PolicySink } from './policy-sink.ts';

const PREFIX = '/apis/cilium.io/v1alpha1';
const KINDS: readonly { kind: PolicyKind; path: string }[] = [
  { kind: 'TracingPolicy', path: `${PREFIX}/tracingpolicies` },
  { kind: 'TracingPolicyNamespaced', path: `${PREFIX}/tracingpoliciesnamespaced` },
];

export interface KubernetesSourceOptions {
  connection: ClusterConnection;
  sink: PolicySink;
  onTrouble?: (fault: Fault) => void;
  watchSeconds?: number;
  idleMs?: number;
  backoff?: BackoffOptions;
}

export class KubernetesSource {
  readonly #options: KubernetesSourceOptions;
  readonly #followed: { kind: PolicyKind; listWatch: ListWatch; delivery: Delivery }[];
  readonly #synced = new Set<PolicyKind>();
  readonly #troubles = new Map<PolicyKind, Fault>();
  #stopped = false;

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    this.#followed = KINDS.map(({ kind, path }) => this.#follow(kind, path));
  }

  start(): void {
    for (const { listWatch } of this.#followed) listWatch.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { listWatch, delivery } of this.#followed) {
      await listWatch.stop();
      await delivery.stop();
    }
  }

  /** Everything that was stored at the start has been handed over, or tried once. */
  get hasSynced(): boolean {
    return this.#synced.size === KINDS.length;
  }

  /** What keeps it from seeing; empty while both kinds are followed. */
  troubles(): Fault[] {
    return [...this.#troubles.values()];
  }

  #follow(kind: PolicyKind, path: string) {
    const { connection, sink, watchSeconds, idleMs, backoff = BACKOFF } = this.#options;
    const delivery = new Delivery({ sink, backoff, onTrouble: (thrown) => this.#tell(thrown) });
    const listWatch = new ListWatch({
      ...{ connection, kind, apiVersion: API_VERSION, path, backoff },
      watchSeconds: watchSeconds ?? WATCH_SECONDS,
      idleMs: idleMs ?? IDLE_MS,
      onList: (all) => {
        delivery.replace(all);
        void this.#afterList(kind, delivery, new Set(all.keys()));
      },
      onPut: ({ identity, document }) => delivery.put(identity, document),
      onDelete: (key) => delivery.remove(key),
      onTrouble: (thrown) => this.#note(kind, thrown),
    });
    return { kind, listWatch, delivery };
  }

  async #afterList(kind: PolicyKind, delivery: Delivery, keys: Set<string>): Promise<void> {
    await delivery.settled();
    if (this.#stopped) return;
    try {
      await this.#options.sink.listed?.(kind, keys);
    } catch (thrown) {
      this.#tell(thrown);
    }
    this.#synced.add(kind);
  }

  #note(kind: PolicyKind, thrown: unknown): void {
    if (thrown === undefined) {
      this.#troubles.delete(kind);
      return;
    }
    const fault = asFault(thrown);
    const known = this.#troubles.get(kind)?.message === fault.message;
    this.#troubles.set(kind, fault);
    if (!known) this.#tell(fault);
  }

  #tell(thrown: unknown): void {
    this.#options.onTrouble?.(asFault(thrown));
  }
}
