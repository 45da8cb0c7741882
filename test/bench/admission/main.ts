// SPDX-License-Identifier: Apache-2.0
/**
 * What one admission review costs in CPU: our webhook with all it does, and bare servers of other people with the same
 * rules and the very document our rules see, which they need not make first. All on loopback with TLS, interleaved.
 * CPU and not time is compared: other programs on the machine move the time of both and the CPU of neither.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Breakdown, breakDown, printBreakdowns } from './breakdown.ts';
import { writeCertificate } from './certificate.ts';
import { printGrowth } from './growth.ts';
import { printInstalled } from './installed.ts';
import { connections, median, type Server, type Slice, slice, type Target, targetOf } from './load.ts';
import { CASES, type Case, judgedOf } from './policy.ts';
import { expectedOf } from './same-verdict.ts';
import { steady } from './steady.ts';
import { OURS, printBar, printCase, say } from './table.ts';
import { type Started, startGate, startTargets, startTold, stopTargets } from './targets.ts';

const ROUNDS = 5;
const SLICE_MS = 800;
/**
 * A server is warm when it becomes no cheaper any more: an engine that compiles what runs often does so for some ten thousand
 * reviews, and a gate runs for months.
 */
const WARM_UP_SLICE_MS = 500;
const WARM_UP_SLICES = 8;
const NO_CHEAPER = 0.98;
const WARM_UP_LIMIT_MS = 60_000;
const CONCURRENCY = 16;
const STEADY_MS = 4000;
/** Of what OPA's server can do: enough that it is at work, little enough that it keeps up. */
const STEADY_SHARE = 0.3;
/** More than of the rest: what is compared are two costs that differ by a tenth. */
const SCALE_ROUNDS = 15;
const SCALE_LEAST = 1.8;

async function measure(
  servers: readonly Server[],
  one: Case,
  concurrency: number,
): Promise<Map<string, Slice[]>> {
  const agent = connections(concurrency);
  const slices = new Map<string, Slice[]>(servers.map(({ name }) => [name, []]));
  const targets = servers.map((server) => [server.name, targetOf(server, one)] as const);
  // ours last: when nothing comes for half a minute it gives memory back, with the code it compiled
  for (const [, target] of targets.toReversed()) await warmUp(agent, target);
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, target] of targets)
      slices.get(name)?.push(await slice(agent, target, concurrency, SLICE_MS));
  agent.destroy();
  return slices;
}

async function warmUp(agent: Agent, target: Target): Promise<void> {
  const end = performance.now() + WARM_UP_LIMIT_MS;
  const costs: number[] = [];
  while (performance.now() < end && !isLevel(costs))
    costs.push((await slice(agent, target, CONCURRENCY, WARM_UP_SLICE_MS)).cpuUsPerRequest);
}

function isLevel(costs: readonly number[]): boolean {
  const late = costs.slice(-WARM_UP_SLICES);
  const early = costs.slice(-2 * WARM_UP_SLICES, -WARM_UP_SLICES);
  return early.length === WARM_UP_SLICES && median(late) > NO_CHEAPER * median(early);
}

async function printTail(servers: readonly Server[], one: Case, opaUs: number): Promise<void> {
  const perSecond = Math.max(20, Math.floor((STEADY_SHARE * 1e6) / opaUs));
  say(`\n${one.name}, ${perSecond} reviews a second at a steady rate, timed from when each was due`);
  const [ours, opa] = [OURS, 'OPA server'].map((name) => servers.find((server) => server.name === name));
  if (ours === undefined || opa === undefined) return say('  not measured: there is no OPA server');
  const rounds: [number, number][] = [];
  for (let round = 0; round < 3; round++) {
    const first = await steady(targetOf(ours, one), perSecond, STEADY_MS);
    const second = await steady(targetOf(opa, one), perSecond, STEADY_MS);
    rounds.push([first.p99Us, second.p99Us]);
  }
  const share = median(rounds.map(([first, second]) => first / second));
  const told = rounds.map(([first, second]) => `${first.toFixed(0)}/${second.toFixed(0)}`).join(' ');
  printBar(`p99 to OPA's (rounds, µs: ${told})`, `${share.toFixed(2)} ×`, '≤ 0.5', share <= 0.5);
}

/**
 * What two processes get done for their CPU, against one, when nothing else runs here: the load itself takes the rest of a small
 * machine.
 */
async function printScaling(work: string): Promise<void> {
  say('\ntwo of them');
  const stop: Started['stop'] = [];
  try {
    const gates = [
      await startGate(join(work, 'state-1'), stop),
      await startGate(join(work, 'state-2'), stop),
    ];
    await compareTwo(gates.map(({ server }) => targetOf(server, CASES[1] as Case)));
  } finally {
    await stopTargets({ stop });
  }
}

async function compareTwo(targets: readonly Target[]): Promise<void> {
  const agent = connections(CONCURRENCY);
  for (const target of targets) await warmUp(agent, target);
  const alone: number[] = [];
  const together: number[] = [];
  for (let round = 0; round < SCALE_ROUNDS; round++) {
    // in turn: a neighbour of this machine that comes or goes is to meet both
    if (round % 2 === 0) alone.push(await costOf(agent, targets.slice(0, 1)));
    together.push(await costOf(agent, targets));
    if (round % 2 === 1) alone.push(await costOf(agent, targets.slice(0, 1)));
  }
  agent.destroy();
  const scale = (2 * median(alone)) / median(together);
  const what = 'two processes at once to one, in reviews for their CPU';
  printBar(what, `${scale.toFixed(2)} ×`, `≥ ${SCALE_LEAST}`, scale >= SCALE_LEAST);
}

/** A review's CPU where each of them has eight connections, all at once. */
async function costOf(agent: Agent, targets: readonly Target[]): Promise<number> {
  const slices = await Promise.all(targets.map((target) => slice(agent, target, 8, SLICE_MS)));
  const cpuUs = slices.reduce((sum, each) => sum + each.cpuUsPerRequest * each.requests, 0);
  return cpuUs / slices.reduce((sum, each) => sum + each.requests, 0);
}

async function printStages(work: string, { stop }: Started): Promise<void> {
  const { server, child } = await startTold(join(work, 'state-told'), stop);
  const agent = connections(CONCURRENCY);
  const breakdowns: Breakdown[] = [];
  for (const one of CASES) {
    const target = targetOf(server, one);
    await warmUp(agent, target);
    breakdowns.push(await breakDown(child, target, { name: one.name, concurrency: CONCURRENCY }));
  }
  agent.destroy();
  printBreakdowns(breakdowns);
}

function printHead({ missing }: Started): void {
  const cpus = spawnSync('nproc', { encoding: 'utf8' }).stdout?.trim();
  say(`${cpus} CPUs, ${ROUNDS} interleaved rounds, after each server became no cheaper by running; medians`);
  for (const one of CASES) {
    const { evaluated, total } = expectedOf(one).rules;
    const [policy, judged] = [one.policy, judgedOf(one)].map((value) => JSON.stringify(value).length);
    say(
      `${one.name}: a policy of ${policy} bytes, ${judged} as the rules see it; ${evaluated} of ${total} rules apply`,
    );
  }
  say(
    'policy-server and Gatekeeper have no data of their own: the lists of the rules are constants in their modules',
  );
  for (const line of missing) say(`not measured: ${line}`);
}

async function compare(work: string, started: Started): Promise<void> {
  const { servers } = started;
  for (const one of CASES) {
    const slices = await measure(servers, one, CONCURRENCY);
    printCase(one.name, CONCURRENCY, slices);
    const opa = median((slices.get('OPA server') ?? []).map(({ cpuUsPerRequest }) => cpuUsPerRequest));
    if (one === CASES[1]) await printTail(servers, one, opa);
  }
  await printStages(work, started);
}

const work = mkdtempSync(join(tmpdir(), 'tracegate-bench-'));
try {
  const started = await startTargets(work, await writeCertificate(work));
  try {
    printHead(started);
    await compare(work, started);
  } finally {
    await stopTargets(started);
  }
  await printScaling(work);
  await printInstalled(work);
  printGrowth();
} finally {
  rmSync(work, { recursive: true, force: true });
}
