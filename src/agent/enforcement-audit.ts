// SPDX-License-Identifier: Apache-2.0
/**
 * Kills and denials into the audit log. The first of its kind is written at once; repetitions within the interval are
 * counted and written as one, so that a process that tries in a loop cannot push the evidence out.
 */
import type { AuditLog } from '../audit/index.ts';
import { hookPartOf, type TraceEvent } from '../model/event.ts';

const INTERVAL_MS = 1000;

interface Tally {
  count: number;
  first: string;
  last: string;
  event: TraceEvent;
}

/** The key of the policy an event is of: namespaces may have policies of one name. */
function policyOf(event: TraceEvent): string {
  const name = hookPartOf(event)?.policy_name ?? '';
  const namespace = event.tracegate?.policy_namespace;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export class EnforcementAudit {
  readonly #log: AuditLog;
  readonly #onFault: (thrown: unknown) => void;
  readonly #tallies = new Map<string, Tally>();
  readonly #timer: NodeJS.Timeout;

  constructor(log: AuditLog, onFault: (thrown: unknown) => void) {
    this.#log = log;
    this.#onFault = onFault;
    this.#timer = setInterval(() => this.flush(), INTERVAL_MS);
    this.#timer.unref();
  }

  note(event: TraceEvent): void {
    const told = hookPartOf(event);
    if (!told) return;
    const key = [policyOf(event), told.action, told.process.binary, told.process.uid].join('\n');
    const tally = this.#tallies.get(key);
    if (tally) {
      tally.count++;
      tally.last = event.time;
      return;
    }
    this.#tallies.set(key, { count: 0, first: event.time, last: event.time, event });
    this.#write(event, 1, event.time, event.time);
  }

  #write(event: TraceEvent, count: number, first: string, last: string): void {
    const entry = {
      type: 'enforcement',
      object: policyOf(event),
      body: { count, first, last, event: { ...event } },
    };
    this.#log.appendSoon([entry]).catch(this.#onFault);
  }

  /** Writes the repetitions counted so far. */
  flush(): void {
    for (const [key, tally] of this.#tallies) {
      if (tally.count === 0) this.#tallies.delete(key);
      else {
        this.#write(tally.event, tally.count, tally.first, tally.last);
        tally.count = 0;
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}
