// SPDX-License-Identifier: Apache-2.0
/**
 * In the guest: a forbidden call without a pause, through so many updates, and then through so many agents that are killed
 * while they update. Prints `gaps UPDATES KILLS UPDATES-BETWEEN-KILLS TRIES DENIED MADE`.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Attack, underAttack } from './attack.ts';
import { ownBench, PLACE, policyText } from './runtime-fixture.ts';

/** Some updates are done by then, and one is under way. */
const KILLED_WITHIN_MS = 700;
const ATTACKED = { target: '/etc/passwd', link: join(PLACE, 'attacked') };
const POLICY = policyText('restrict-symlink');
/** Another policy to the kernel; what it forbids of ours is the same. */
const variant = (n: number) => POLICY.replace(/( *- )"\/etc\/passwd.*/, `$&\n$1"/etc/other-${n}"`);

/** An agent's runtime that takes over what is there and updates it until it is killed; a line for each update. */
function updateForEver(stateDir: string, bpffsDir: string): never {
  const bench = ownBench({ stateDir, bpffsDir });
  for (let n = 0; ; n++) {
    bench.load(variant(n));
    process.stdout.write('updated\n');
  }
}

/** How many updates it got done. */
async function killedWhileUpdating(stateDir: string, bpffsDir: string): Promise<number> {
  const node = [process.execPath, ...process.execArgv];
  const child = spawn(
    node[0] as string,
    [...node.slice(1), import.meta.filename, 'updating', stateDir, bpffsDir],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let updates = 0;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', () => {
    updates++;
  });
  await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  await new Promise((resolve) => setTimeout(resolve, randomInt(KILLED_WITHIN_MS)));
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  const [, signal] = await ended;
  if (signal !== 'SIGKILL') throw new Error('an agent ended before it was killed');
  return updates;
}

async function soak(updates: number, kills: number): Promise<void> {
  const bench = ownBench();
  const { stateDir, bpffsDir } = bench;
  bench.load(POLICY);
  let between = 0;
  const attacks: Attack[] = [
    await underAttack(ATTACKED, () => {
      for (let n = 0; n < updates; n++) bench.load(n % 2 === 0 ? variant(n) : POLICY);
      bench.runtime.close();
    }),
    await underAttack(ATTACKED, async () => {
      for (let n = 0; n < kills; n++) between += await killedWhileUpdating(stateDir, bpffsDir);
    }),
  ];
  const sum = (key: keyof Attack) => attacks.reduce((all, attack) => all + attack[key], 0);
  const counts = [updates, kills, between, sum('tries'), sum('denied'), sum('made')];
  process.stdout.write(`gaps ${counts.join(' ')}\n`);
  process.exit(0);
}

const [first = '', second = ''] = process.argv.slice(2);
if (first === 'updating') updateForEver(second, process.argv[4] as string);
await soak(Number(first), Number(second));
