// SPDX-License-Identifier: Apache-2.0
/** The gate as it is installed, in one bundle: how soon it answers, and what memory it takes when it has worked. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { packageRoot } from '../../../src/config/package-root.ts';
import memory from '../../../src/launch/memory.json' with { type: 'json' };
import { ask, connections, type Server, slice, targetOf } from './load.ts';
import { CASES, DENIED, servedReviewOf } from './policy.ts';
import { checkReview } from './same-verdict.ts';
import { printBar, say } from './table.ts';
import { until } from './until.ts';

const PROGRAM = join(packageRoot(), 'dist/main.mjs');
const READY_MS_MOST = 1000;
const RSS_MB_MOST = 150;
const LOAD_MS = 5000;
/** A gate gives memory back when nothing has come for half a minute. */
const REST_MS = 40_000;

export async function printInstalled(work: string): Promise<void> {
  say('\nthe process as it is installed');
  if (!existsSync(PROGRAM)) return say('  not measured: dist/main.mjs is missing; `npm start` makes it');
  const state = join(work, 'installed');
  mkdirSync(state, { mode: 0o700 });
  // A first start makes keys and certificates; the second is the one that happens when a host comes back.
  for (const start of ['first', 'second'] as const) {
    const from = performance.now();
    const child = spawnGate(state);
    try {
      const server = await untilServed(state, child.pid ?? 0);
      const readyMs = performance.now() - from;
      const what = `${start} start to the first verdict`;
      printBar(what, `${readyMs.toFixed(0)} ms`, `≤ ${READY_MS_MOST}`, readyMs <= READY_MS_MOST);
      if (start === 'second') await printMemory(server);
    } finally {
      child.kill('SIGTERM');
      if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
    }
  }
}

function spawnGate(state: string) {
  const env = {
    ...process.env,
    ...{ TRACEGATE_STATE_DIR: state, TRACEGATE_LISTEN: 'https://127.0.0.1:0' },
    TRACEGATE_WEBHOOK_RATE_PER_MINUTE: '1000000',
  };
  const { node, env: allocator } = memory.gate;
  return spawn(process.execPath, [...node, PROGRAM, 'gate'], {
    env: { ...allocator, ...env },
    cwd: state,
    stdio: 'ignore',
  });
}

async function untilServed(state: string, pid: number): Promise<Server> {
  const agent = connections(1);
  const found = await until(async () => {
    const server = serverOf(state, pid);
    if (server === undefined) return undefined;
    return ask(agent, { url: server.url, body: server.bodyOf(DENIED) }).then(
      (answer) => {
        server.check(DENIED, answer);
        return server;
      },
      () => undefined,
    );
  });
  agent.destroy();
  if (found === undefined) throw new Error('the installed gate does not answer');
  return found;
}

/** Where it says it listens; what an earlier process said is no longer true. */
function serverOf(state: string, pid: number): Server | undefined {
  try {
    const said = JSON.parse(readFileSync(join(state, 'listen.json'), 'utf8')) as {
      url: string;
      pid?: number;
    };
    if (said.pid !== undefined && said.pid !== pid) return undefined;
    const url = `${said.url}/webhooks/tracingpolicies/validate`;
    const bodyOf: Server['bodyOf'] = (one) => JSON.stringify(servedReviewOf(one));
    return { name: 'installed', pid, url, bodyOf, check: checkReview };
  } catch {
    return undefined;
  }
}

async function printMemory(server: Server): Promise<void> {
  const agent = connections(16);
  for (const one of CASES) await slice(agent, targetOf(server, one), 16, LOAD_MS);
  agent.destroy();
  printRss('memory while some thousand reviews come in', server.pid);
  await setTimeout(REST_MS);
  printRss('memory when they have been answered', server.pid);
}

function printRss(what: string, pid: number): void {
  const rss = rssMb(pid);
  printBar(what, `${rss.toFixed(0)} MB`, `≤ ${RSS_MB_MOST}`, rss <= RSS_MB_MOST);
}

const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
