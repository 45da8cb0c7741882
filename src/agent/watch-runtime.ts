// SPDX-License-Identifier: Apache-2.0
/** From the runtime's records to events. */
import type { LoadedHook, LoadedPolicy } from '../runtime/loaded-policy.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { Aggregates } from '../watch/aggregates.ts';
import { BootClock } from '../watch/boot-clock.ts';
import { Throttles } from '../watch/throttles.ts';
import { type WatchedHook, Watcher, type WatcherOptions } from '../watch/watcher.ts';

/** What a hook's events are told with, as long as its policy stays as it is. */
class WatchedHooks {
  readonly #runtime: Runtime;
  readonly #known = new WeakMap<LoadedHook, WatchedHook>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  of(hookId: number, generation: number): WatchedHook | undefined {
    const found = this.#runtime.hook(hookId, generation);
    if (!found) return undefined;
    const { policy, hook } = found;
    const known = this.#known.get(hook);
    if (known?.mode === policy.mode && known.revision === policy.revision) return known;
    const watched = watchedHook(policy, hook);
    this.#known.set(hook, watched);
    return watched;
  }
}

function watchedHook(policy: LoadedPolicy, hook: LoadedHook): WatchedHook {
  const { functionName, args, returnType, program, loader, aggregateMs } = hook.report;
  return {
    policyName: policy.name,
    ...(policy.namespace !== undefined && { policyNamespace: policy.namespace }),
    revision: policy.revision,
    decisionId: policy.decisionId,
    mode: policy.mode,
    mechanism: hook.status.mechanism,
    guarantee: hook.status.guarantee,
    functionName,
    isTracepoint: program === undefined && functionName.includes('/'),
    ...(program && { program }),
    ...(loader && { isLoader: true }),
    ...(aggregateMs !== undefined && { aggregateMs }),
    args,
    ...(returnType !== undefined && { returnType }),
    ...(hook.message !== undefined && { message: hook.message }),
    tags: hook.tags,
  };
}

export interface WatchOptions
  extends Pick<WatcherOptions, 'nodeName' | 'onEvent' | 'onActedAgain' | 'onCgroup' | 'podOf' | 'lines'> {
  wayOut?: string;
}

export interface Watch {
  watcher: Watcher;
  /** to be looked at every second */
  aggregates: Aggregates;
  /** to be looked at every second */
  throttles: Throttles;
}

/** Follows processes and hooks from now on. */
export function watchRuntime(runtime: Runtime, { wayOut, ...options }: WatchOptions): Watch {
  const hooks = new WatchedHooks(runtime);
  const common = {
    nodeName: options.nodeName,
    clock: new BootClock(runtime.native.clocks()),
    hookOf: (hookId: number, generation: number) => hooks.of(hookId, generation),
  };
  const watcher = new Watcher({ ...options, ...common, onFirst: (kept) => aggregates.keep(kept) });
  const throttles = new Throttles({
    ...common,
    uses: () => runtime.rateUses(),
    nowBootNs: () => runtime.native.clocks().bootNs,
    onEvent: (event) => options.onEvent(event, false),
  });
  const aggregates = new Aggregates({
    same: () => runtime.sameEvents(),
    forget: (same) => runtime.forgetSame(same),
    drain: () => runtime.drain(),
    nowBootNs: () => runtime.native.clocks().bootNs,
    tell: (kept, same) => watcher.tellAggregated(kept, same),
  });
  watcher.processes.scan();
  runtime.watch((batch) => watcher.onBatch(batch), wayOut);
  return { watcher, throttles, aggregates };
}
