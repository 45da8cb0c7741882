// SPDX-License-Identifier: Apache-2.0
/** The servers to compare, each a process of its own: ours, and what of other people's is there. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import memory from '../../../src/launch/memory.json' with { type: 'json' };
import type { Files } from './certificate.ts';
import { startInstalled, stopInstalled } from './installed-gate.ts';
import { ask, connections, type Server } from './load.ts';
import { startPeers } from './peers.ts';
import { CASES, type Case, DENIED, servedReviewOf } from './policy.ts';
import { checkReview } from './same-verdict.ts';
import { OURS } from './table.ts';
import { until } from './until.ts';

export interface Started {
  /** ends them all */
  stop: (() => void | Promise<void>)[];
  servers: Server[];
  /** what could not be started, and why */
  missing: string[];
}

export async function startTargets(work: string, files: Files): Promise<Started> {
  const started: Started = { stop: [], servers: [], missing: [] };
  try {
    await startWebhook(work, started);
    await startBare(files, started);
    await startPeers(work, files, started);
    for (const server of started.servers) await sameVerdicts(server);
    return started;
  } catch (thrown) {
    await stopTargets(started);
    throw thrown;
  }
}

export async function stopTargets({ stop }: Pick<Started, 'stop'>): Promise<void> {
  for (const one of stop.reverse()) await one();
}

const reviewBody = (one: Case): string => JSON.stringify(servedReviewOf(one));

/** The product: what it does beside judging (audit, limits, metrics, log) is in its figure. */
async function startWebhook(work: string, { stop, servers }: Started): Promise<void> {
  const { server } = await startGate(join(work, 'state'), stop);
  servers.push(server);
}

/** One gate with a state directory of its own. */
export async function startGate(state: string, stop: Started['stop']): ReturnType<typeof startInstalled> {
  const started = await startInstalled(state);
  stop.push(() => stopInstalled(started.child));
  return started;
}

/** The same gate from its sources, whose stages have names; it answers by messages where its time goes. */
export async function startTold(state: string, stop: Started['stop']): ReturnType<typeof startInstalled> {
  mkdirSync(state, { mode: 0o700 });
  const { child, printed } = await startScript('gate-server.ts', [state], stop, memory.gate);
  const url = `${printed}/webhooks/tracingpolicies/validate`;
  const server = { name: OURS, pid: child.pid ?? 0, url, bodyOf: reviewBody, check: checkReview };
  await sameVerdict(server, DENIED);
  return { server, child };
}

/** Starts one of our servers and waits for the line it prints when it listens. */
async function startScript(
  name: string,
  args: readonly string[],
  stop: Started['stop'],
  { node, env }: { node: string[]; env: Record<string, string> } = { node: [], env: {} },
) {
  const flags = ['--disable-warning=ExperimentalWarning', ...node, join(import.meta.dirname, name), ...args];
  const child = spawn(process.execPath, flags, {
    env: { ...env, ...process.env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  stop.push(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const printed = await until(() => (output.includes('\n') ? output.trim() : undefined));
  if (printed === undefined) throw new Error(`${name} did not start`);
  return { child, printed };
}

async function startBare(files: Files, { stop, servers }: Started): Promise<void> {
  const { child, printed } = await startScript('bare-server.ts', [files.certificate, files.key], stop);
  const url = `https://127.0.0.1:${printed}/`;
  const name = 'bare Node, same rules';
  servers.push({ name, pid: child.pid ?? 0, url, bodyOf: reviewBody, check: checkReview });
}

/** The comparison is of equal work: what one of them denies, all of them do. */
async function sameVerdicts(server: Server): Promise<void> {
  for (const one of [DENIED, ...CASES]) await sameVerdict(server, one);
}

/** Once it says what our rules say of it. */
async function sameVerdict(server: Server, one: Case): Promise<void> {
  const agent = connections(1);
  let last: unknown;
  const body = server.bodyOf(one);
  const same = await until(() =>
    ask(agent, { url: server.url, body }).then(
      (answer) => {
        try {
          server.check(one, answer);
          return true;
        } catch (thrown) {
          last = thrown;
          return undefined;
        }
      },
      (thrown: unknown) => {
        last = thrown;
        return undefined;
      },
    ),
  );
  agent.destroy();
  if (!same) throw new Error(`${server.name} did not answer as it should: ${String(last)}`);
}
