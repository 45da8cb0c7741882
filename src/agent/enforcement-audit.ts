// SPDX-License-Identifier: Apache-2.0
/**
 * Kills and denials into the audit log. The first of its kind is written at once; repetitions within the interval are
 * counted and written as one, so that a process that tries in a loop cannot push the evidence out.
 */
import type { AuditLog } from '../audit/index.ts';
import { hookPartOf, type TraceEvent } from '../model/event.ts';
import type { Acted } from '../watch/record-lines.ts';

const INTERVAL_MS = 1000;

interface Tally {
  count: number;
  last(): string;
  event: TraceEvent;
}

/** Namespaces may have policies of one name. */
const policyKey = (name: string, namespace: string | undefined): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

const policyOf = (event: TraceEvent): string =>
  policyKey(hookPartOf(event)?.policy_name ?? '', event.tracegate?.policy_namespace);

type Kind = Pick<Acted, 'action' | 'binary' | 'uid'>;

const kindOf = (policy: string, { action, binary, uid }: Kind): string =>
  `${policy}\n${action}\n${binary}\n${uid}`;

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
    const { binary, uid } = told.process;
    const key = kindOf(policyOf(event), { action: told.action, binary, uid });
    if (this.#count(key, () => event.time)) return;
    this.#tallies.set(key, { count: 0, last: () => event.time, event });
    this.#write(event, 1, event.time);
  }

  /** Counts what needs no event. False: it was not counted, it is the first of its kind and has to be noted. */
  again(acted: Acted): boolean {
    const { bootNs, clock } = acted;
    return this.#count(kindOf(policyKey(acted.policy, acted.policyNamespace), acted), () =>
      clock.rfc3339(bootNs),
    );
  }

  #count(key: string, last: () => string): boolean {
    const tally = this.#tallies.get(key);
    if (!tally) return false;
    tally.count++;
    tally.last = last;
    return true;
  }

  /** `event`: the first of them. */
  #write(event: TraceEvent, count: number, last: string): void {
    const entry = {
      type: 'enforcement',
      object: policyOf(event),
      body: { count, first: event.time, last, event: { ...event } },
    };
    this.#log.appendSoon([entry]).catch(this.#onFault);
  }

  /** Writes the repetitions counted so far. */
  flush(): void {
    for (const [key, tally] of this.#tallies) {
      if (tally.count === 0) this.#tallies.delete(key);
      else {
        this.#write(tally.event, tally.count, tally.last());
        tally.count = 0;
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}
