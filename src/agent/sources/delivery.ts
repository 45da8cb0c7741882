// SPDX-License-Identifier: Apache-2.0
/**
 * Between what the API server shows and what the sink has got: per object only the newest state counts, so nothing is
 * handed over twice, nothing stale after something new, and one object that fails does not hold up the others.
 */
import { type BackoffOptions, backoffMs } from './backoff.ts';
import type { ObjectIdentity, PolicySink } from './policy-sink.ts';

interface Desired {
  document: unknown;
  identity: ObjectIdentity;
}

/** `resourceVersion` while a `put` is on its way or has failed: equal to no real one. */
const IN_DOUBT = '';

export interface DeliveryOptions {
  sink: Pick<PolicySink, 'put' | 'remove'>;
  backoff: BackoffOptions;
  onTrouble: (thrown: unknown, key: string) => void;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #desired = new Map<string, Desired>();
  readonly #delivered = new Map<string, ObjectIdentity>();
  readonly #due = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  put(identity: ObjectIdentity, document: unknown): void {
    this.#desired.set(identity.key, { identity, document });
    this.#note(identity.key);
  }

  remove(key: string): void {
    this.#desired.delete(key);
    this.#note(key);
  }

  /** All that is stored; what was there and is not among these is gone. */
  replace(all: ReadonlyMap<string, Desired>): void {
    for (const key of new Set([...this.#desired.keys(), ...this.#delivered.keys()]))
      if (!all.has(key)) this.remove(key);
    for (const { identity, document } of all.values()) this.put(identity, document);
  }

  /** Resolves when everything known so far has been handed over or has failed once. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#running;
  }

  #note(key: string): void {
    if (this.#stopped) return;
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#due.add(key);
    this.#start();
  }

  #start(): void {
    if (this.#stopped || this.#due.size === 0) return;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      this.#start(); // a change may have come between the last look and here
    });
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // a batch of changes of one object is one change
    for (const key of this.#due) {
      if (this.#stopped) return;
      this.#due.delete(key);
      try {
        await this.#deliver(key);
        this.#failures.delete(key);
      } catch (thrown) {
        this.#retryLater(key);
        this.#options.onTrouble(thrown, key);
      }
    }
  }

  async #deliver(key: string): Promise<void> {
    const { sink } = this.#options;
    const had = this.#delivered.get(key);
    const want = this.#desired.get(key);
    if (had && had.uid !== want?.identity.uid) {
      await sink.remove(had);
      this.#delivered.delete(key);
    }
    if (!want || this.#delivered.get(key)?.resourceVersion === want.identity.resourceVersion) return;
    this.#delivered.set(key, { ...want.identity, resourceVersion: IN_DOUBT });
    await sink.put(want.document, want.identity);
    this.#delivered.set(key, want.identity);
  }

  #retryLater(key: string): void {
    if (this.#stopped) return;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const timer = setTimeout(() => this.#note(key), backoffMs(failures, this.#options.backoff));
    this.#timers.set(key, timer);
  }
}
