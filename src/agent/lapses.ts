// SPDX-License-Identifier: Apache-2.0
/**
 * Policies that stand on an exception, after its end: what the rules would deny without it does not go on acting. It only
 * watches from then on, or, where the rules deny that as well or the host is told so, it is taken out.
 */
import type { Mode } from '../model/decision.ts';
import type { AppliedException } from '../model/exception.ts';
import type { Ruleset, Verdict } from '../model/judge.ts';
import type { Plan } from '../plan/plan.ts';
import type { Taken } from './orders-in-force.ts';
import { milderMode, ownVerdict, replacedIn } from './own-judgement.ts';

/** What becomes of a policy when an exception that it stood on has ended. */
export type AtEnd = 'monitor' | 'unload';

export interface Lapse {
  revision: number;
  decisionId: string;
  becomes: AtEnd;
  /** ids of the exceptions that no longer hold */
  exceptions: string[];
  /** what is denied without them */
  rules: string[];
  reason: string;
}

export interface LapsesDeps {
  ruleset: Ruleset;
  planOf: (taken: Taken) => Plan;
  now: () => Date;
  atEnd: AtEnd;
}

interface Watched {
  taken: Taken;
  rulesDigest: string;
  /** when the next exception that it stands on ends */
  dueAtMs: number;
  lapse?: Lapse;
}

export class Lapses {
  readonly #deps: LapsesDeps;
  readonly #watched = new Map<string, Watched>();

  constructor(deps: LapsesDeps) {
    this.#deps = deps;
  }

  of(key: string): Lapse | undefined {
    return this.#watched.get(key)?.lapse;
  }

  forget(key: string): void {
    this.#watched.delete(key);
  }

  /** The mode in which an order is in force: what was asked for, or watching since an exception ended. */
  modeOf(taken: Taken): Mode {
    return this.look(taken)?.becomes === 'monitor' ? 'monitor' : askedMode(taken);
  }

  /** Judged again only when an exception has ended since the last look, or order or rules are others. */
  look(taken: Taken): Lapse | undefined {
    const { ruleset, now } = this.#deps;
    const { key } = taken.order;
    const known = this.#watched.get(key);
    const same = known?.taken.order.receipt.signature === taken.order.receipt.signature;
    const current = same && known.rulesDigest === ruleset.digest ? known : undefined;
    if (current !== undefined && now().getTime() < current.dueAtMs) return current.lapse;
    const rulesDigest = ruleset.digest;
    const watched = { taken, rulesDigest, ...this.#judged(taken) };
    this.#watched.set(key, watched);
    return watched.lapse;
  }

  #judged(taken: Taken): Pick<Watched, 'dueAtMs' | 'lapse'> {
    const never = { dueAtMs: Number.POSITIVE_INFINITY };
    const { ruleset, now } = this.#deps;
    const decidedAt = taken.order.receipt.body.judged?.time;
    const excepted = taken.order.receipt.body.judged?.exceptions ?? [];
    const written = (ruleset.organisation?.exceptions ?? []) as unknown[];
    if (decidedAt === undefined || excepted.length + written.length === 0) return never;
    const mode = askedMode(taken);
    const current = this.#verdict(taken, mode, now());
    if (current.allowed) return { dueAtMs: firstEnd(current.exceptions) };
    // what other rules deny than those of that day is the next decision's to say
    const then = this.#verdict(taken, mode, new Date(decidedAt));
    if (!then.allowed) return never;
    const watchedOnly = mode === 'enforce' && this.#verdict(taken, 'monitor', now()).allowed;
    const becomes = watchedOnly ? this.#deps.atEnd : 'unload';
    return { ...never, lapse: lapseOf(taken, { current, then, becomes }) };
  }

  #verdict(taken: Taken, mode: Mode, now: Date): Verdict {
    const { ruleset, planOf } = this.#deps;
    const { order, intake } = taken;
    const replaced = replacedIn(order);
    const asked = { order, plan: planOf(taken), mode, now, object: intake.document };
    return ownVerdict(ruleset, asked, typeof replaced === 'string' ? {} : replaced);
  }
}

/** The milder of the document's and the record's. */
export function askedMode({ order, intake }: Taken): Mode {
  return milderMode(intake.normal.mode, order.mode);
}

function firstEnd(exceptions: readonly AppliedException[] = []): number {
  return Math.min(...exceptions.map(({ expires }) => Date.parse(expires)));
}

interface Ended {
  current: Verdict;
  then: Verdict;
  becomes: AtEnd;
}

function lapseOf({ order }: Taken, { current, then, becomes }: Ended): Lapse {
  const denied = current.findings.filter(({ severity }) => severity === 'deny');
  const rules = [...new Set(denied.map(({ rule }) => rule))];
  const ended = (then.exceptions ?? []).filter(({ rule }) => rules.includes(rule));
  const why = ended.map(({ id, expires }) => `the exception ${id} ended at ${expires}`);
  const { revision, receipt } = order;
  return {
    ...{ revision, decisionId: receipt.body.decisionId, becomes, rules },
    exceptions: ended.map(({ id }) => id),
    reason: `${why.join(', ')}, and without it ${rules.join(', ')} denies this: ${becomes === 'monitor' ? 'it only watches' : 'it is taken out'}`,
  };
}
