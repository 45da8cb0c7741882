// SPDX-License-Identifier: Apache-2.0
/** The gate as a user has it: one bundle, started as `tracegate up` starts it, with all that it does beside judging. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.ts';
import memory from '../../../src/launch/memory.json' with { type: 'json' };
import { ask, connections, type Server } from './load.ts';
import { DENIED, servedReviewOf } from './policy.ts';
import { checkReview } from './same-verdict.ts';
import { OURS } from './table.ts';
import { until } from './until.ts';

const LOG = 'gate.log';
const PROGRAM = join(packageRoot(), 'dist/main.mjs');

/** Starts one on a state directory, which is made, and waits until it denies what it should. */
export async function startInstalled(state: string): Promise<{ server: Server; child: ChildProcess }> {
  if (!existsSync(PROGRAM)) throw new Error('dist/main.mjs is missing; `npm start` makes it');
  mkdirSync(state, { mode: 0o700, recursive: true });
  const child = spawnGate(state);
  try {
    return { server: await untilServed(state, child.pid ?? 0), child };
  } catch (thrown) {
    await stopInstalled(child);
    throw thrown;
  }
}

export async function stopInstalled(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve));
}

// The limit of requests is there to refuse this very load, so it is lifted as far as it goes.
function spawnGate(state: string): ChildProcess {
  const env = {
    ...process.env,
    ...{ TRACEGATE_STATE_DIR: state, TRACEGATE_LISTEN: 'https://127.0.0.1:0' },
    TRACEGATE_WEBHOOK_RATE_PER_MINUTE: '1000000',
  };
  const { node, env: allocator } = memory.gate;
  return spawn(process.execPath, [...node, PROGRAM, 'gate'], {
    env: { ...allocator, ...env },
    cwd: state,
    stdio: ['ignore', 'ignore', openSync(join(state, LOG), 'a')],
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
  if (found === undefined)
    throw new Error(`the installed gate does not answer: ${readFileSync(join(state, LOG), 'utf8')}`);
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
    return { name: OURS, pid, url, bodyOf, check: checkReview };
  } catch {
    return undefined;
  }
}
