// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';

let lastMs = 0;
let sequence = 0;

/** A UUID of version 7: ordered by time, so that finding decisions by id stays cheap in a growing log. */
export function newDecisionId(): string {
  const nowMs = Math.max(Date.now(), lastMs);
  sequence = nowMs === lastMs ? sequence + 1 : 0;
  lastMs = nowMs;
  const time = nowMs.toString(16).padStart(12, '0');
  const random = randomUUID();
  const counter = (sequence % 4096).toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}${random.slice(18)}`;
}
