// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import type { AuditLog } from './audit-log.ts';
import { CONTRADICTION_TYPE, WITNESS_TYPE } from './scan-log.ts';
import { notAHead } from './signed-head.ts';

/**
 * Writes another log's head into this one, if it is a step forward from the last one known. A step back or a
 * different past is written down too, as evidence, and then refused with Fault `tampered`.
 */
export function witnessHead(log: AuditLog, head: unknown): SignedHead {
  const wrong = notAHead(head);
  if (wrong !== undefined) throw new Fault('bad-request', `the head to witness cannot be read: ${wrong}`);
  const next = head as SignedHead;
  const known = lastWitnessed(log, next.logId);
  const against = known === undefined ? undefined : stepBack(known, next);
  if (against !== undefined) {
    log.append([
      { type: CONTRADICTION_TYPE, object: next.logId, body: { known, offered: next, message: against } },
    ]);
    throw new Fault(
      'tampered',
      `the log ${next.logId} ${against}: run \`tracegate audit verify\` on both logs`,
    );
  }
  if (known?.size !== next.size)
    log.append([{ type: WITNESS_TYPE, object: next.logId, body: { head: next } }]);
  return log.head();
}

export function lastWitnessed(log: AuditLog, logId: string): SignedHead | undefined {
  const [record] = log.read({ type: WITNESS_TYPE, object: logId, order: 'descending', limit: 1 });
  return record === undefined ? undefined : (record.body.head as SignedHead);
}

function stepBack(known: SignedHead, next: SignedHead): string | undefined {
  if (next.size < known.size)
    return `was set back: it had ${known.size} records at ${known.time}, now ${next.size}`;
  if (next.size === known.size && next.root !== known.root) return `has two pasts of ${known.size} records`;
  return undefined;
}
