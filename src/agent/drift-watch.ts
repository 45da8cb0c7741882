// SPDX-License-Identifier: Apache-2.0
/** What somebody changed in the kernel past the agent: found, written down, and loaded anew where it has to be. */
import type { AuditLog } from '../audit/index.ts';
import type { Runtime } from '../runtime/runtime.ts';

export class DriftWatch {
  readonly #runtime: Runtime;
  readonly #audit: AuditLog;
  /** policies of which something is gone, and what */
  readonly #gone = new Map<string, string>();

  constructor(runtime: Runtime, audit: AuditLog) {
    this.#runtime = runtime;
    this.#audit = audit;
  }

  /** What of a policy is gone from the kernel, or is another's. */
  of(key: string): string | undefined {
    return this.#gone.get(key);
  }

  /** The policy was loaded anew, or is none any more. */
  settled(key: string): void {
    this.#gone.delete(key);
  }

  /**
   * `loadAnew` is asked once for what is gone and settles it if it can. What it cannot, because an agent before this one
   * had taken the policy, shows as pending until the gate orders it again.
   */
  look(loadAnew: (key: string) => void): void {
    for (const { key, kind, what } of this.#runtime.drift()) {
      if (kind !== 'link-gone' || key === undefined) {
        this.#note('drift.found', key, { kind, what, repaired: true });
        continue;
      }
      if (this.#gone.get(key) === what) continue;
      this.#gone.set(key, what);
      this.#note('drift.found', key, { kind, what, repaired: false });
      loadAnew(key);
      if (!this.#gone.has(key)) this.#note('drift.repaired', key, { kind, what });
    }
  }

  #note(type: string, key: string | undefined, body: Record<string, unknown>): void {
    this.#audit.append([{ type, ...(key !== undefined && { object: key }), body }]);
  }
}
