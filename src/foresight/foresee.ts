// SPDX-License-Identifier: Apache-2.0
/** Who would have been hit by a policy: recorded calls and running processes, counted by what would have happened to whom. */
import { actionWords } from '../effects/index.ts';
import type { HostFacts } from '../model/facts.ts';
import { type NormalAction, type NormalHook, type NormalPolicy, strikes } from '../model/normal-policy.ts';
import type { Values } from './knowledge.ts';
import { UNKNOWN } from './observed.ts';
import { type PreparedHook, prepare } from './prepare.ts';
import { EXECUTION } from './read-event.ts';
import type { Recorders, SeenCall, SeenProcess } from './seen.ts';
import { actorOf, isCallOf, isExecuting, type Outcome, simulate, valuesOf } from './simulate.ts';

/** What would have happened to a program, in one place. */
export interface Hit {
  /** position in the hook's selectors */
  selector: number;
  /** in plain words */
  action: string;
  /** somebody is killed, signalled, denied or changed; false: it is only reported */
  strikes: boolean;
  binary: string;
  unit?: string;
  pod?: string;
  container?: string;
  times: number;
  /** some of the processes */
  pids: number[];
}

export interface HookForesight {
  /** JSON Pointer */
  path: string;
  hook: string;
  refused: { host: string; reason: string }[];
  /** recorded calls of the hook */
  calls: number;
  /** what recorded calls would have met */
  hits: Hit[];
  /** running processes that it would meet; `times` is how many they are */
  reach: Hit[];
  /** when they would be met: they were, when they were executed; or when they make the call, with values that are not known */
  reachedWhen: 'executed' | 'called';
  /** what could not be run through, and how often */
  notSimulated: { selector?: number; reason: string; times: number }[];
}

const PIDS_SHOWN = 5;

export class Foresight {
  readonly #hooks: { prepared: PreparedHook; tally: Tally }[];
  readonly #recorders: Recorders;

  constructor(policy: NormalPolicy, facts: readonly HostFacts[], recorders: Recorders) {
    this.#recorders = recorders;
    this.#hooks = prepare(policy, facts).map((prepared) => ({ prepared, tally: new Tally(prepared.hook) }));
  }

  /** `live`: who made it, where it still runs, for what an event does not tell. */
  call(seen: SeenCall, live?: SeenProcess): void {
    const actor = withLive(actorOf(seen), live);
    const shown = withLive(seen.process, live);
    for (const { prepared, tally } of this.#hooks) {
      const { hook, config } = prepared;
      if (!isCallOf(hook, seen)) continue;
      tally.calls += seen.times;
      if (config)
        tally.call(simulate(hook, config, valuesOf(hook, seen, this.#recorders), actor), shown, seen.times);
    }
  }

  /** A process that runs: what it may call, and that it was executed. */
  process(process: SeenProcess): void {
    for (const { prepared, tally } of this.#hooks) {
      const { hook, config } = prepared;
      if (!config) continue;
      // a kernel thread runs no program and makes no call
      if (!process.binary) continue;
      const seen: SeenCall = { process, call: EXECUTION, args: [], times: 1 };
      const executed = isExecuting(hook);
      const values = executed ? valuesOf(hook, seen, this.#recorders) : notMade(hook);
      tally.process(simulate(hook, config, values, executed ? actorOf(seen) : process), process);
    }
  }

  result(): HookForesight[] {
    return this.#hooks.map(({ prepared: { hook, refused, problem }, tally }) => ({
      path: hook.path,
      hook: hook.call,
      refused,
      reachedWhen: isExecuting(hook) ? ('executed' as const) : ('called' as const),
      ...tally.result(),
      ...(problem !== undefined && { notSimulated: [{ reason: problem, times: tally.calls }] }),
    }));
  }
}

/** Why the values of a call that has not been made are not known: no gap in what is known of the process. */
const UNMADE = 'the call is not made yet';

function notMade({ args }: NormalHook): Values {
  return { values: args.map((): typeof UNKNOWN => UNKNOWN), why: UNMADE };
}

function withLive(process: SeenProcess, live: SeenProcess | undefined): SeenProcess {
  return live ? { ...live, ...process, ...(live.wholeLineage && { pids: live.pids }) } : process;
}

class Tally {
  calls = 0;
  readonly #hook: NormalHook;
  readonly #hits = new Map<string, Hit>();
  readonly #reach = new Map<string, Hit>();
  readonly #open = new Map<string, { selector: number; reason: string; times: number }>();

  constructor(hook: NormalHook) {
    this.#hook = hook;
  }

  call(outcome: Outcome, process: SeenProcess, times: number): void {
    if (outcome.kind === 'hit') this.#add(this.#hits, outcome.selector, process, times);
    if (outcome.kind === 'open')
      for (const reason of outcome.missing) this.#leaveOpen(outcome.selector, reason, times);
  }

  process(outcome: Outcome, process: SeenProcess): void {
    if (outcome.kind === 'miss') return;
    const missing = outcome.kind === 'open' ? outcome.missing.filter((why) => why !== UNMADE) : [];
    if (missing.length === 0) this.#add(this.#reach, outcome.selector, process, 1);
    for (const reason of missing) this.#leaveOpen(outcome.selector, `running processes: ${reason}`, 1);
  }

  #leaveOpen(selector: number, reason: string, times: number): void {
    const key = `${selector} ${reason}`;
    const known = this.#open.get(key) ?? { selector, reason, times: 0 };
    known.times += times;
    this.#open.set(key, known);
  }

  #add(
    hits: Map<string, Hit>,
    selector: number,
    { pid, binary = '?', unit, pod, container }: SeenProcess,
    times: number,
  ): void {
    const key = JSON.stringify([selector, binary, unit, pod, container]);
    const hit = hits.get(key) ?? {
      ...{ selector, ...this.#done(selector), binary, times: 0, pids: [] },
      ...(unit !== undefined && { unit }),
      ...(pod !== undefined && { pod }),
      ...(container !== undefined && { container }),
    };
    hit.times += times;
    if (pid !== undefined && hit.pids.length < PIDS_SHOWN && !hit.pids.includes(pid)) hit.pids.push(pid);
    hits.set(key, hit);
  }

  #done(selector: number): Pick<Hit, 'action' | 'strikes'> {
    const { actions = [], returnActions = [] } = this.#hook.selectors[selector] ?? {};
    const all: NormalAction[] = [...actions, ...returnActions];
    const hard = all.filter(strikes);
    const shown = hard.length > 0 ? hard : all;
    const words = shown.map((action) => actionWords(action, this.#hook));
    return { action: [...new Set(words)].join(' and '), strikes: hard.length > 0 };
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
