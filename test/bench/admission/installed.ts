// SPDX-License-Identifier: Apache-2.0
/** How soon an installed gate answers, and what memory it takes while it works and when it has worked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startInstalled, stopInstalled } from './installed-gate.ts';
import { connections, type Server, slice, targetOf } from './load.ts';
import { CASES } from './policy.ts';
import { printBar, say } from './table.ts';

const READY_MS_MOST = 1000;
const RSS_MB_MOST = 150;
const LOAD_MS = 5000;
const LOOK_EVERY_MS = 100;
/** A gate gives memory back when nothing has come for half a minute. */
const REST_MS = 40_000;

export async function printInstalled(work: string): Promise<void> {
  say('\nthe process as it is installed');
  const state = join(work, 'installed');
  // A first start makes keys and certificates; the second is the one that happens when a host comes back.
  for (const start of ['first', 'second'] as const) {
    const from = performance.now();
    const { server, child } = await startInstalled(state);
    try {
      const readyMs = performance.now() - from;
      const what = `${start} start to the first verdict`;
      printBar(what, `${readyMs.toFixed(0)} ms`, `≤ ${READY_MS_MOST}`, readyMs <= READY_MS_MOST);
      if (start === 'second') await printMemory(server);
    } finally {
      await stopInstalled(child);
    }
  }
}

/** Under load the most that it takes in that time; at rest what it takes when it has given back what it can. */
async function printMemory(server: Server): Promise<void> {
  const agent = connections(16);
  for (const one of CASES) {
    const most = mostRssMb(server.pid);
    await slice(agent, targetOf(server, one), 16, LOAD_MS);
    printRss(`memory while reviews of ${one.name} come in`, most());
  }
  agent.destroy();
  await setTimeout(REST_MS);
  printRss('memory when they have been answered', rssMb(server.pid));
}

/** Looks from now on, until it is asked. */
function mostRssMb(pid: number): () => number {
  let most = rssMb(pid);
  const timer = setInterval(() => {
    most = Math.max(most, rssMb(pid));
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function printRss(what: string, rss: number): void {
  printBar(what, `${rss.toFixed(0)} MB`, `≤ ${RSS_MB_MOST}`, rss <= RSS_MB_MOST);
}

const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
