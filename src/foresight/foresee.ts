// SPDX-License-Identifier: Apache-2.0
/** Who would have been hit by a policy: recorded calls and running processes, counted by what would have happened to whom. */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook, NormalPolicy } from '../model/normal-policy.ts';
import type { HookForesight } from './foreseen.ts';
import type { Values } from './knowledge.ts';
import { UNKNOWN } from './observed.ts';
import { type PreparedHook, prepare } from './prepare.ts';
import { EXECUTION } from './read-event.ts';
import type { Recorders, SeenCall, SeenProcess } from './seen.ts';
import { actorOf, isCallOf, isExecuting, simulate, valuesOf, withTask } from './simulate.ts';
import { Tally, UNMADE } from './tally.ts';

export class Foresight {
  readonly #hooks: { prepared: PreparedHook; tally: Tally }[];
  readonly #recorders: Recorders;

  constructor(policy: NormalPolicy, facts: readonly HostFacts[], recorders: Recorders) {
    this.#recorders = recorders;
    this.#hooks = prepare(policy, facts).map((prepared) => ({ prepared, tally: new Tally(prepared.hook) }));
  }

  /** `live`: who made it, where it still runs, for what an event does not tell. */
  call(seen: SeenCall, live?: SeenProcess): void {
    const shown = withLive(seen.process, live);
    for (const { prepared, tally } of this.#hooks) {
      const { hook, config } = prepared;
      if (!isCallOf(hook, seen)) continue;
      tally.calls += seen.times;
      if (!config) continue;
      const actor = withLive(actorOf(hook, seen), live);
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
      const values = executed
        ? valuesOf(hook, seen, this.#recorders)
        : withTask(notMade(hook), hook, process);
      tally.process(simulate(hook, config, values, executed ? actorOf(hook, seen) : process), process);
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

function notMade({ args }: NormalHook): Values {
  return { values: args.map((): typeof UNKNOWN => UNKNOWN), why: UNMADE };
}

/** What stays as it was while a process lives. Its capabilities and namespaces may have been others at the time. */
function withLive(process: SeenProcess, live: SeenProcess | undefined): SeenProcess {
  if (!live) return process;
  const { pids, wholeLineage, inContainer, unit, pod, container } = live;
  return {
    ...(inContainer !== undefined && { inContainer }),
    ...(unit !== undefined && { unit }),
    ...(pod !== undefined && { pod }),
    ...(container !== undefined && { container }),
    ...process,
    ...(wholeLineage && { pids, wholeLineage }),
  };
}
