// SPDX-License-Identifier: Apache-2.0
/**
 * What an event costs the agent: here, how many a second one core decodes and writes; in the lab, under the instruction
 * clock, how many instructions an event takes from the ring to its line in the file, and whether every one is accounted for.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { kernelReady, labRoot } from '../../../setup/lab-kernels.mjs';
import { labPrograms } from '../../../setup/lab-programs.mjs';
import { addons, aptPackages, bpfObjects, nodeBinary, root } from '../../../setup/steps.mjs';
import { MARK, type Measured } from './measured.ts';
import { rates } from './rates.ts';

const GUEST_SECONDS_MAX = 900;
const KERNEL = '6.1';
const INSTRUCTIONS_AIM = 25_000;

const print = (line: string) => process.stdout.write(`${line}\n`);
const row = (what: string, value: string, aim: string, good: boolean) => {
  print(`${what.padEnd(46)}${value.padStart(12)}${aim.padStart(12)}${good ? '' : '  missed'}`);
  if (!good) process.exitCode = 1;
};

function measured(): Measured {
  const guest = join(root, 'test/bench/events/guest.ts');
  const { stdout, stderr } = spawnSync(
    join(root, 'test/lab/vmrun'),
    ...([
      [
        '-i',
        '-t',
        String(GUEST_SECONDS_MAX),
        '-k',
        KERNEL,
        `${nodeBinary()} --disable-warning=ExperimentalWarning ${guest}`,
      ],
      { cwd: root, env: { ...process.env, VMLAB: labRoot }, encoding: 'utf8' },
    ] as const),
  );
  const line = stdout.split('\n').findLast((l) => l.startsWith(MARK));
  if (line === undefined) throw new Error(`the guest counted nothing: ${stderr.slice(-2000)}`);
  return JSON.parse(line.slice(MARK.length)) as Measured;
}

print('events of a symlinkat with three arguments, on one core of this machine'.padEnd(46));
for (const { what, perSecond, aim } of rates())
  row(what, `${perSecond.toLocaleString('en')} /s`, `${aim.toLocaleString('en')} /s`, perSecond >= aim);
const missing =
  aptPackages('runtime') && aptPackages('lab') ? kernelReady(KERNEL) : 'the lab is not set up (see above)';
if (missing !== undefined) print(`\nkernel ${KERNEL} skipped: ${missing}`);
else {
  bpfObjects();
  addons();
  labPrograms();
  const { instructionsPerEvent, produced, delivered, lost } = measured();
  print(`\nkernel ${KERNEL}, instructions of the agent, its kernel side included`);
  row(
    'ring to line in the file, an event',
    String(instructionsPerEvent),
    String(INSTRUCTIONS_AIM),
    instructionsPerEvent <= INSTRUCTIONS_AIM,
  );
  const exact = produced === delivered + lost;
  row(
    `of ${produced} made while nobody read, told + lost`,
    `${delivered} + ${lost}`,
    'all',
    exact && lost > 0,
  );
}
