// SPDX-License-Identifier: Apache-2.0
/**
 * Guest instructions that a policy adds to a call, counted exactly (QEMU's instruction clock, one CPU), for us and for
 * Tetragon. A symlinkat that fails with EEXIST never gets to the LSM hook; one that succeeds does; a matching one is denied there.
 */
import { KERNELS, kernelReady } from '../../../setup/lab-kernels.mjs';
import { labPrograms } from '../../../setup/lab-programs.mjs';
import { addons, aptPackages, bpfObjects } from '../../../setup/steps.mjs';
import { countedInGuest } from '../counted-guest.ts';
import { MARK, type Measured } from './measured.ts';
import { tetragonDir } from './peer-archive.ts';
import { HEADING, table } from './table.ts';

const count = (kernel: string, peer: string | undefined) =>
  countedInGuest<Measured>(kernel, MARK, 'test/bench/kernel/guest.ts', ...(peer === undefined ? [] : [peer]));

const print = (line: string) => process.stdout.write(`${line}\n`);

if (!aptPackages('runtime') || !aptPackages('lab')) process.exit(3);
bpfObjects();
addons();
labPrograms();
const peer = tetragonDir();
for (const line of HEADING) print(line);
if (peer === undefined)
  print("Tetragon's columns are missing: ../shared/tools/tetragon.tar.xz, its own binaries, is not there");
for (const kernel of KERNELS) {
  const missing = kernelReady(kernel);
  print(`\nkernel ${kernel}${missing === undefined ? '' : ` skipped: ${missing}`}`);
  if (missing !== undefined) continue;
  const { lines, good } = table(count(kernel, peer));
  for (const line of lines) print(line);
  if (!good) process.exitCode = 1;
}
