// SPDX-License-Identifier: Apache-2.0
/** What calls and processes meet at one hook, counted by what happens to whom. */
import { actionWords } from '../effects/index.ts';
import { type NormalAction, type NormalHook, strikes } from '../model/normal-policy.ts';
import type { Hit, HookForesight, NotSimulated } from './foreseen.ts';
import type { SeenProcess } from './seen.ts';
import type { Candidate, Outcome } from './simulate.ts';

/** Why the values of a call that has not been made are not known: no gap in what is known of the process. */
export const UNMADE = 'the call is not made yet';

const PIDS_SHOWN = 5;

export class Tally {
  calls = 0;
  readonly #hook: NormalHook;
  readonly #hits = new Map<string, Hit>();
  readonly #reach = new Map<string, Hit>();
  readonly #open = new Map<string, NotSimulated>();

  constructor(hook: NormalHook) {
    this.#hook = hook;
  }

  call(outcome: Outcome, process: SeenProcess, times: number): void {
    if (outcome.kind === 'hit') this.#add(this.#hits, this.#done(outcome.selector), process, times);
    if (outcome.kind !== 'open') return;
    const { worst, missing } = this.#atMost(outcome.may);
    for (const reason of missing) this.#leaveOpen(worst, reason, times);
  }

  process(outcome: Outcome, process: SeenProcess): void {
    if (outcome.kind === 'miss') return;
    if (outcome.kind === 'hit') {
      this.#add(this.#reach, this.#done(outcome.selector), process, 1);
      return;
    }
    const { worst, missing } = this.#atMost(outcome.may);
    const gaps = missing.filter((why) => why !== UNMADE);
    if (gaps.length === 0) this.#add(this.#reach, this.#perhaps(worst, outcome.may), process, 1);
    for (const reason of gaps) this.#leaveOpen(worst, `running processes: ${reason}`, 1);
  }

  /** Of the selectors that may take a call the one that does most, and what would tell whether it does. */
  #atMost(may: readonly Candidate[]): { worst: number; missing: string[] } {
    const strengths = may.map(({ selector }) => strength(this.#actions(selector)));
    const at = strengths.indexOf(Math.max(...strengths));
    const missing = may.slice(0, at + 1).flatMap((one) => one.missing);
    return { worst: may[at]?.selector ?? 0, missing: [...new Set(missing)] };
  }

  /** Others that may take it do something else. */
  #perhaps(worst: number, may: readonly Candidate[]): Done {
    const done = this.#done(worst);
    const alike = may.every(({ selector }) => this.#done(selector).action === done.action);
    return alike ? done : { ...done, action: `perhaps: ${done.action} (the values of the call decide)` };
  }

  #leaveOpen(selector: number, reason: string, times: number): void {
    const key = `${selector} ${reason}`;
    const perhaps = this.#done(selector).action;
    const known = this.#open.get(key) ?? { selector, perhaps, reason, times: 0 };
    known.times += times;
    this.#open.set(key, known);
  }

  #add(
    hits: Map<string, Hit>,
    done: Done,
    { pid, binary = '?', unit, pod, container }: SeenProcess,
    times: number,
  ): void {
    const key = JSON.stringify([done.selector, done.action, binary, unit, pod, container]);
    const hit = hits.get(key) ?? {
      ...{ ...done, binary, times: 0, pids: [] },
      ...(unit !== undefined && { unit }),
      ...(pod !== undefined && { pod }),
      ...(container !== undefined && { container }),
    };
    hit.times += times;
    if (pid !== undefined && hit.pids.length < PIDS_SHOWN && !hit.pids.includes(pid)) hit.pids.push(pid);
    hits.set(key, hit);
  }

  #actions(selector: number): NormalAction[] {
    const { actions = [], returnActions = [] } = this.#hook.selectors[selector] ?? {};
    return [...actions, ...returnActions];
  }

  #done(selector: number): Done {
    const all = this.#actions(selector);
    const hard = all.filter(strikes);
    const words = (hard.length > 0 ? hard : all).map((action) => actionWords(action, this.#hook));
    return { selector, action: [...new Set(words)].join(' and '), strikes: hard.length > 0 };
  }

  result(): Pick<HookForesight, 'calls' | 'hits' | 'reach' | 'notSimulated'> {
    const ordered = (hits: Map<string, Hit>) =>
      [...hits.values()].sort((a, b) => Number(b.strikes) - Number(a.strikes) || b.times - a.times);
    return {
      calls: this.calls,
      hits: ordered(this.#hits),
      reach: ordered(this.#reach),
      notSimulated: [...this.#open.values()].sort((a, b) => b.times - a.times),
    };
  }
}

type Done = Pick<Hit, 'selector' | 'action' | 'strikes'>;

/** A kill, then what else changes what somebody gets, then an event, then nothing. */
function strength(actions: readonly NormalAction[]): number {
  if (actions.some(({ kills }) => kills)) return 3;
  if (actions.some(strikes)) return 2;
  return actions.some(({ action }) => action !== 'NoPost') ? 1 : 0;
}
