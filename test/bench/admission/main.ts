// SPDX-License-Identifier: Apache-2.0
/**
 * What one admission review costs in CPU: our webhook over HTTPS, a bare server with the same rules, and OPA's own
 * server with the same rules and input. All on loopback with TLS, interleaved, medians of the rounds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuleset } from '../../../src/guardrails/index.ts';
import { type Breakdown, breakDown, printBreakdowns } from './breakdown.ts';
import { writeCertificate } from './certificate.ts';
import { connections, median, type Slice, slice, type Target } from './load.ts';
import { POLICY, submissionOf } from './policy.ts';
import { startTargets, stopTargets } from './targets.ts';

const ROUNDS = 5;
const SLICE_MS = 1200;
/** Until the engine has compiled what a review runs through: by reviews and not by time, so that all are equally warm. */
const WARM_UP_REVIEWS = 4000;
const WARM_UP_LIMIT_MS = 20_000;
const CONCURRENCY = [1, 16];

type Measured = Map<string, Slice[]>;

async function measure(targets: readonly Target[], concurrency: number): Promise<Measured> {
  const agent = connections(concurrency);
  const slices: Measured = new Map(targets.map((target) => [target.name, []]));
  for (const target of targets) await warmUp(agent, target, concurrency);
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets)
      slices.get(target.name)?.push(await slice(agent, target, concurrency, SLICE_MS));
  }
  agent.destroy();
  return slices;
}

const warmed = new Map<Target, number>();

async function warmUp(agent: Agent, target: Target, concurrency: number): Promise<void> {
  const end = performance.now() + WARM_UP_LIMIT_MS;
  let reviews = warmed.get(target) ?? 0;
  do reviews += (await slice(agent, target, concurrency, 500)).requests;
  while (reviews < WARM_UP_REVIEWS && performance.now() < end);
  warmed.set(target, reviews);
}

/** The engine alone, in this process: microseconds of CPU for one judgement. */
function engineAlone(): number {
  const ruleset = openRuleset();
  const input = submissionOf(POLICY);
  const batch = (count: number): number => {
    const before = process.cpuUsage();
    for (let done = 0; done < count; done++) ruleset.judge(input);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  batch(2000);
  return median(Array.from({ length: 9 }, () => batch(300)));
}

function print(concurrency: number, slices: Measured): void {
  const cpu = (name: string): number => median((slices.get(name) ?? []).map((one) => one.cpuUsPerRequest));
  const reference = cpu('opa run --server');
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`\n${concurrency} connection${concurrency === 1 ? '' : 's'}`);
  say('  server                          CPU µs/review   to OPA   p50 µs   p99 µs   requests');
  for (const [name, all] of slices) {
    const cells = [
      cpu(name).toFixed(0).padStart(13),
      (reference > 0 ? `${(cpu(name) / reference).toFixed(2)} ×` : '–').padStart(8),
      median(all.map((one) => one.p50Us))
        .toFixed(0)
        .padStart(8),
      median(all.map((one) => one.p99Us))
        .toFixed(0)
        .padStart(8),
      String(all.reduce((sum, one) => sum + one.requests, 0)).padStart(10),
    ];
    say(`  ${name.padEnd(32)}${cells.join(' ')}`);
  }
}

async function main(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'tracegate-bench-'));
  try {
    const { children, gate, targets, missing } = await startTargets(work, await writeCertificate(work));
    try {
      const bytes = JSON.stringify(POLICY).length;
      const { evaluated, total } = openRuleset().judge(submissionOf(POLICY)).rules;
      const cpus = spawnSync('nproc', { encoding: 'utf8' }).stdout?.trim();
      process.stdout.write(
        `A TracingPolicy of ${bytes} bytes, ${total} rules (${evaluated} apply), ${cpus} CPUs, medians of ${ROUNDS} rounds after ${WARM_UP_REVIEWS} reviews to warm up\n`,
      );
      for (const line of missing) process.stdout.write(`not measured: ${line}\n`);
      process.stdout.write(`the engine alone, without a server: ${engineAlone().toFixed(0)} µs\n`);
      const breakdowns: Breakdown[] = [];
      for (const concurrency of CONCURRENCY) {
        print(concurrency, await measure(targets, concurrency));
        if (gate !== undefined && targets[0] !== undefined)
          breakdowns.push(await breakDown(gate, targets[0], concurrency));
      }
      printBreakdowns(breakdowns);
    } finally {
      stopTargets(children);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

await main();
