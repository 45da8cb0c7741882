// SPDX-License-Identifier: Apache-2.0
/** An open loop: requests at a steady rate whether answers come or not, each timed from when it was due. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, connections, type Target } from './load.ts';

const CONNECTIONS = 64;

export interface Steady {
  requests: number;
  p50Us: number;
  p99Us: number;
}

export async function steady(target: Target, perSecond: number, durationMs: number): Promise<Steady> {
  const agent = connections(CONNECTIONS);
  const latencies: number[] = [];
  const pending: Promise<void>[] = [];
  const from = performance.now();
  const count = Math.floor((perSecond * durationMs) / 1000);
  for (let sent = 0; sent < count; sent++) {
    const dueMs = from + (sent * 1000) / perSecond;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 1) await sleep(earlyMs);
    pending.push(ask(agent, target).then(() => void latencies.push((performance.now() - dueMs) * 1000)));
  }
  await Promise.all(pending);
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { requests: latencies.length, p50Us: at(0.5), p99Us: at(0.99) };
}
