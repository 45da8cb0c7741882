// SPDX-License-Identifier: Apache-2.0
/** Which suspensions a log says are open: both logs write them alike, and nothing else has to remember them. */
import type { AuditLog } from '../audit/index.ts';
import type { Suspension } from '../model/suspension.ts';

/** `found`: done by somebody else than the log's own writer */
export const SUSPENSION_BEGUN = 'suspension.begun';
export const SUSPENSION_FOUND = 'suspension.found';
export const SUSPENSION_ENDING = 'suspension.ending';
export const SUSPENSION_ENDED = 'suspension.ended';

/** What a suspension is of; a later one of the same takes the place of an earlier one. */
export function scopeOf({ policy }: { policy?: string }): string {
  return policy ?? '*';
}

export function openSuspensions(audit: AuditLog): Map<string, Suspension> {
  const open = new Map<string, Suspension>();
  for (const { type, body } of audit.read({ type: 'suspension.' })) {
    if (type === SUSPENSION_BEGUN || type === SUSPENSION_FOUND) {
      const suspension = body.suspension as Suspension;
      open.set(scopeOf(suspension), suspension);
    } else if (type === SUSPENSION_ENDED) {
      for (const [scope, { id }] of open) if (id === body.id) open.delete(scope);
    }
  }
  return open;
}
