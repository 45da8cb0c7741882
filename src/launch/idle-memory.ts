// SPDX-License-Identifier: Apache-2.0
/**
 * What a start or a burst of reviews left on the heap is given back: at once what the process began with, and the rest when it has
 * nothing to do. The engine itself collects when it allocates, so that without this it stays for as long as nothing happens.
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../config/index.ts';

const LOOK_EVERY_MS = 2000;
/** Of the time between two looks: less than this is what timers and health checks take. */
const IDLE_SHARE_MAX = 0.02;
/**
 * A collection of last resort throws compiled code away as well: who does that between two bursts makes the second a fifth dearer.
 * Changes come in bursts, seconds apart.
 */
const GATE_IDLE_LOOKS = 15;
/** Since memory was given back last: less leaves too little behind to be worth a collection of some 50 ms. */
const WORK_LEAST_MS = 500;

export interface IdleMemoryDeps {
  /** undefined where the process was not started with --expose-gc: then nothing is done */
  collect: (() => void) | undefined;
  /** at each look that finds work: what the C library has free goes back, between the blocks in use too */
  trim?: () => void;
  /** of this process, since it started */
  cpuMs(): number;
  everyMs?: number;
  /** the first look gives back what starting left, whether there is work or not */
  afterStart?: boolean;
  /** so many looks one after another find nothing done before anything is given back */
  idleLooks?: number;
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The C library's heap gives back its end alone, not the holes between what stays. */
function heapTrimmer(): () => void {
  const file = join(packageRoot(), 'build', 'tracegate_heap.node');
  const without = () => {};
  if (!existsSync(file)) return without;
  try {
    return (createRequire(import.meta.url)(file) as { trimHeap(): boolean }).trimHeap;
  } catch {
    return without; // built for another C library: some megabytes more are kept, and that is all
  }
}

/** The engine keeps the pages of an ordinary collection; of one of last resort it keeps none. */
export function collector(trim = heapTrimmer()): IdleMemoryDeps['collect'] {
  const collect = globalThis.gc;
  if (!collect) return undefined;
  return () => {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    trim();
  };
}

/** Looks until it is stopped by what it answers with; the timer keeps no process alive. */
export function giveBackWhenIdle(deps: IdleMemoryDeps): () => void {
  const { collect, trim, everyMs = LOOK_EVERY_MS, afterStart = false, idleLooks = 1 } = deps;
  if (!collect) return () => {};
  let [before, collectedAt, idleFor] = [deps.cpuMs(), 0, 0];
  let isDue = afterStart;
  const timer = setInterval(() => {
    const now = deps.cpuMs();
    idleFor = now - before < everyMs * IDLE_SHARE_MAX ? idleFor + 1 : 0;
    if (idleFor === 0) trim?.();
    if (isDue || (idleFor >= idleLooks && now - collectedAt >= WORK_LEAST_MS)) {
      collect();
      collectedAt = deps.cpuMs();
      isDue = false;
    }
    before = deps.cpuMs();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** An agent is to be small; a gate is to be as quick for the next burst as it was for the last. */
export const agentGivesBack = (): (() => void) => giveBackWhenIdle({ collect: collector(), cpuMs });
export function gateGivesBack(): () => void {
  const trim = heapTrimmer();
  // what was read to start with is of no use any more, and the engine would let the heap double before it looks
  const when = { afterStart: true, idleLooks: GATE_IDLE_LOOKS };
  return giveBackWhenIdle({ collect: collector(trim), trim, cpuMs, ...when });
}
