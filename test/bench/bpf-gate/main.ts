// SPDX-License-Identifier: Apache-2.0
/** Guest instructions that the gate, and the watch beside it, add to a load that is allowed (QEMU's instruction clock, one CPU). */
import { KERNELS, kernelReady } from '../../../setup/lab-kernels.mjs';
import { labPrograms } from '../../../setup/lab-programs.mjs';
import { addons, aptPackages, bpfObjects } from '../../../setup/steps.mjs';
import { countedInGuest } from '../counted-guest.ts';
import { MARK, type Measured, ROWS, SITUATIONS } from './measured.ts';

/** of what the load costs without us */
const AIM = 0.02;

const count = (kernel: string) => countedInGuest<Measured>(kernel, MARK, 'test/bench/bpf-gate/guest.ts');

const print = (line: string) => process.stdout.write(`${line}\n`);

/** False: an aim was missed. */
function table(measured: Measured): boolean {
  let held = true;
  print(
    `${'instructions'.padEnd(14)}${['without', ...SITUATIONS, 'removed'].map((h) => h.padStart(26)).join('')}`,
  );
  for (const row of ROWS) {
    const without = measured.floor[row]?.median ?? Number.NaN;
    const cells = [...SITUATIONS.map((name) => measured.with[name][row]), measured.after[row]].map(
      (found) => {
        const median = found?.median ?? Number.NaN;
        const share = (median - without) / without;
        return `${median} ${share < 0 ? '' : '+'}${(100 * share).toFixed(2)} %`.padStart(26);
      },
    );
    const missed = SITUATIONS.filter(
      (name) => !((measured.with[name][row]?.median ?? Number.NaN) <= without * (1 + AIM)),
    );
    if (missed.length > 0) held = false;
    const mark = missed.length > 0 ? `  missed: ${missed.join('; ')}` : '';
    print(`${row.padEnd(14)}${String(without).padStart(26)}${cells.join('')}${mark}`);
  }
  print(`the gate was asked ${measured.asked} times, and lost ${measured.lost} records`);
  return held;
}

if (!aptPackages('runtime') || !aptPackages('lab')) process.exit(3);
bpfObjects();
addons();
labPrograms();
const named = process.argv.slice(2);
print(`A load that is allowed, in guest instructions (median); the aim is ${100 * AIM} % more at most.`);
print('Of a number of instructions: the call alone, by a loader that has loaded before.');
print(
  'Of bpftool: the whole of a process that loads one object of so many instructions, with what it tries before.',
);
for (const kernel of named.length > 0 ? named : KERNELS) {
  const missing = kernelReady(kernel);
  print(`\nkernel ${kernel}${missing === undefined ? '' : ` skipped: ${missing}`}`);
  if (missing === undefined && !table(count(kernel))) process.exitCode = 1;
}
