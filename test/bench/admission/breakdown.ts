// SPDX-License-Identifier: Apache-2.0
/** Where our webhook's CPU goes, by asking its process before and after some load. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connections, slice, type Target } from './load.ts';
import { STAGES } from './stage-names.ts';
import type { Spent } from './stages.ts';

const LOAD_MS = 4000;

export interface Breakdown {
  name: string;
  /** microseconds of CPU per review */
  stages: Record<string, number>;
  kernelUs: number;
}

export async function breakDown(
  gate: ChildProcess,
  target: Target,
  { name, concurrency }: { name: string; concurrency: number },
): Promise<Breakdown> {
  const agent = connections(concurrency);
  await told(gate, 'start');
  const { requests } = await slice(agent, target, concurrency, LOAD_MS);
  const spent = (await told(gate, 'stop')) as Spent;
  agent.destroy();
  const stages = Object.entries(spent.stages).map(([stage, us]) => [stage, us / requests]);
  return { name, stages: Object.fromEntries(stages), kernelUs: spent.kernelUs / requests };
}

async function told(gate: ChildProcess, message: 'start' | 'stop'): Promise<unknown> {
  const answer = once(gate, 'message');
  gate.send(message);
  return (await answer)[0];
}

export function printBreakdowns(all: readonly Breakdown[]): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const total = ({ stages }: Breakdown): number => Object.values(stages).reduce((sum, one) => sum + one, 0);
  const row = (name: string, us: (one: Breakdown) => number): string =>
    `  ${name.padEnd(44)}${all.map((one) => us(one).toFixed(0).padStart(7)).join('  ')}`;
  say('\nwhere it goes in our webhook: CPU µs per review while it is sampled, which costs a little itself');
  say(`  ${'policy'.padEnd(44)}${all.map((one) => one.name.padStart(7)).join('  ')}`);
  for (const stage of STAGES) say(row(stage, (one) => one.stages[stage] ?? 0));
  say(row('together', total));
  say(row('of that in the kernel', (one) => one.kernelUs));
}
