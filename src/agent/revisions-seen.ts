// SPDX-License-Identifier: Apache-2.0
/** The highest revision a host has had of each policy, deleted ones included: an older one is refused. */
import type { AuditLog } from '../audit/index.ts';
import type { LoadedPolicy } from '../runtime/loaded-policy.ts';

export class RevisionsSeen {
  readonly #highest = new Map<string, number>();

  constructor(policies: readonly LoadedPolicy[], audit: Pick<AuditLog, 'read'>) {
    for (const { key, revision } of policies) this.saw(key, revision);
    for (const { object = '', body } of audit.read({ type: 'retire.done' }))
      this.saw(object, Number(body.revision));
  }

  of(key: string): number {
    return this.#highest.get(key) ?? 0;
  }

  saw(key: string, revision: number): void {
    this.#highest.set(key, Math.max(this.of(key), revision));
  }
}
