// SPDX-License-Identifier: Apache-2.0
/**
 * Guest instructions that a policy adds to a call, counted exactly (QEMU's instruction clock, one CPU), for us and for
 * Tetragon. A symlinkat that fails with EEXIST never gets to the LSM hook; one that succeeds does; a matching one is denied there.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { KERNELS, kernelReady, labRoot } from '../../../setup/lab-kernels.mjs';
import { addons, aptPackages, bpfObjects, nodeBinary, root } from '../../../setup/steps.mjs';
import { MARK, type Measured } from './measured.ts';
import { tetragonDir } from './peer-archive.ts';
import { HEADING, table } from './table.ts';

const GUEST_SECONDS_MAX = 900;

function count(kernel: string, peer: string | undefined): Measured {
  const guest = join(root, 'test/bench/kernel/guest.ts');
  const command = `${nodeBinary()} --disable-warning=ExperimentalWarning ${guest} ${peer ?? ''}`;
  const { stdout, stderr } = spawnSync(
    join(root, 'test/lab/vmrun'),
    ['-i', '-t', String(GUEST_SECONDS_MAX), '-k', kernel, command],
    { cwd: root, env: { ...process.env, VMLAB: labRoot }, encoding: 'utf8' },
  );
  const line = stdout.split('\n').findLast((l) => l.startsWith(MARK));
  if (line === undefined)
    throw new Error(`the guest with kernel ${kernel} counted nothing: ${stderr.slice(-2000)}`);
  return JSON.parse(line.slice(MARK.length)) as Measured;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

if (!aptPackages('runtime') || !aptPackages('lab')) process.exit(3);
bpfObjects();
addons();
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
