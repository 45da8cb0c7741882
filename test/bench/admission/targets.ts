// SPDX-License-Identifier: Apache-2.0
/** The servers to compare, each a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRuleset } from '../../../src/guardrails/index.ts';
import { GUARDRAILS } from '../../../src/rule-kit/discover.ts';
import { findOpa } from '../../../src/rule-kit/opa.ts';
import { layOut } from '../../../src/rule-kit/stage.ts';
import { ask, connections, type Target } from './load.ts';
import { POLICY, REVIEW, submissionOf } from './policy.ts';

interface Files {
  certificate: string;
  key: string;
}

export interface Started {
  children: ChildProcess[];
  /** the process of our webhook, which says on demand where its time goes */
  gate: ChildProcess | undefined;
  targets: Target[];
  /** what could not be started, and why */
  missing: string[];
}

const START_MS = 20_000;
const expected = openRuleset().judge(submissionOf(POLICY));

export async function startTargets(work: string, files: Files): Promise<Started> {
  const started: Started = { children: [], gate: undefined, targets: [], missing: [] };
  try {
    await startWebhook(work, started);
    await startBare(files, started);
    await startOpa(work, files, started);
    return started;
  } catch (thrown) {
    stopTargets(started.children);
    throw thrown;
  }
}

export function stopTargets(children: readonly ChildProcess[]): void {
  for (const child of children) child.kill('SIGKILL');
}

/** The product: what it does beside judging (audit, limits, metrics, log) is in its figure. */
async function startWebhook(work: string, started: Started): Promise<void> {
  const state = join(work, 'state');
  mkdirSync(state, { mode: 0o700 });
  const { child, printed } = await startScript('gate-server.ts', [state], started.children);
  started.gate = child;
  const url = `${printed}/webhooks/tracingpolicies/validate`;
  const target = {
    name: 'our webhook',
    pid: child.pid ?? 0,
    url,
    body: JSON.stringify(REVIEW),
    check: checkReview,
  };
  target.check(await answers(target));
  started.targets.push(target);
}

/** Starts one of our servers and waits for the line it prints when it listens. */
async function startScript(name: string, args: readonly string[], children: ChildProcess[]) {
  const flags = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, name), ...args];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const printed = await until(() => (output.includes('\n') ? output.trim() : undefined));
  if (printed === undefined) throw new Error(`${name} did not start`);
  return { child, printed };
}

async function startBare(files: Files, { children, targets }: Started): Promise<void> {
  const { child, printed } = await startScript('bare-server.ts', [files.certificate, files.key], children);
  const url = `https://127.0.0.1:${printed}/`;
  const target = {
    ...{ name: 'bare Node, same rules', pid: child.pid ?? 0, url },
    ...{ body: JSON.stringify(REVIEW), check: checkReview },
  };
  target.check(await answers(target));
  targets.push(target);
}

/** OPA with our sources; its input is the normal form, which our own servers have to make first. */
async function startOpa(work: string, files: Files, { children, targets, missing }: Started): Promise<void> {
  const opa = findOpa();
  if (opa === undefined) {
    missing.push('opa run --server: Go is missing, so opa cannot be built');
    return;
  }
  const rules = join(work, 'rules');
  mkdirSync(rules);
  const { sources } = layOut(opa, rules, [GUARDRAILS], 'baseline');
  const port = await freePort();
  const tls = ['--tls-cert-file', files.certificate, '--tls-private-key-file', files.key];
  const flags = [
    'run',
    '--server',
    '--addr',
    `127.0.0.1:${port}`,
    '--log-level',
    'error',
    '--skip-version-check',
    ...tls,
  ];
  const ignore = ['--ignore', '*_test.rego', '--ignore', 'testing.rego'];
  const child = spawn(opa, [...flags, ...ignore, 'data.json', ...sources], {
    cwd: rules,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  const url = `https://127.0.0.1:${port}/v1/data/tracegate/judge/decision`;
  const body = JSON.stringify({ input: submissionOf(POLICY) });
  const target = { name: 'opa run --server', pid: child.pid ?? 0, url, body, check: checkOpa };
  target.check(await answers(target));
  targets.push(target);
}

/** OPA has to say what we say: the comparison is of equal work. */
function checkOpa(answer: string): void {
  const { result } = JSON.parse(answer) as {
    result?: { allowed: boolean; findings: unknown[]; rules: { evaluated: number } };
  };
  const same =
    result?.allowed === expected.allowed &&
    result.findings.length === expected.findings.length &&
    result.rules.evaluated === expected.rules.evaluated;
  if (!same) throw new Error(`OPA decided otherwise: ${answer.slice(0, 300)}`);
}

function checkReview(answer: string): void {
  const { response } = JSON.parse(answer) as { response?: { uid: string; allowed: boolean } };
  if (response?.uid !== REVIEW.request.uid || response.allowed !== expected.allowed) {
    throw new Error(`the webhook decided otherwise: ${answer.slice(0, 300)}`);
  }
}

/** The first answer, once there is one. */
async function answers(target: Target): Promise<string> {
  const agent = connections(1);
  let last: unknown;
  const answer = await until(() =>
    ask(agent, target).catch((thrown: unknown) => {
      last = thrown;
      return undefined;
    }),
  );
  agent.destroy();
  if (answer === undefined) throw new Error(`${target.name} did not answer: ${String(last)}`);
  return answer;
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  for (let end = performance.now() + START_MS; performance.now() < end; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
