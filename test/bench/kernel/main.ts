// SPDX-License-Identifier: Apache-2.0
/**
 * Guest instructions that a policy adds to a symlinkat, counted exactly (QEMU's instruction clock, one CPU). A call that
 * fails with EEXIST never gets to the LSM hook; one that succeeds does; a matching one is denied there.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { KERNELS, kernelReady, labRoot } from '../../../setup/lab-kernels.mjs';
import { addons, aptPackages, bpfObjects, nodeBinary, root } from '../../../setup/steps.mjs';

interface Row {
  eexist: number;
  whole: number;
}
interface Counted {
  floor: { other: Row; passwd: Row };
  policy: { notMatching: Row; matching: Row };
  lost: number;
}

/** Tetragon's own figures for the same calls and policy: one that does not match; the range over kernels for one that does. */
const PEER = { notMatching: 6650, matching: '5,000 to 11,900' };
const AIM = { notMatching: 400, matching: 2000 };
const GUEST_SECONDS_MAX = 300;

function count(kernel: string): Counted {
  const command = `${nodeBinary()} --disable-warning=ExperimentalWarning ${join(root, 'test/bench/kernel/guest.ts')}`;
  const { stdout, stderr } = spawnSync(
    join(root, 'test/lab/vmrun'),
    ['-i', '-t', String(GUEST_SECONDS_MAX), '-k', kernel, command],
    {
      cwd: root,
      env: { ...process.env, VMLAB: labRoot },
      encoding: 'utf8',
    },
  );
  const line = stdout.split('\n').findLast((l) => l.startsWith('{"floor"'));
  if (line === undefined)
    throw new Error(`the guest with kernel ${kernel} counted nothing: ${stderr.slice(-2000)}`);
  return JSON.parse(line) as Counted;
}

if (!aptPackages('runtime') || !aptPackages('lab')) process.exit(3);
bpfObjects();
addons();
process.stdout.write('kernel   call                  without   added  aim   Tetragon (added)\n');
for (const kernel of KERNELS) {
  const missing = kernelReady(kernel);
  if (missing !== undefined) {
    process.stdout.write(`${kernel.padEnd(9)}skipped: ${missing}\n`);
    continue;
  }
  const { floor, policy, lost } = count(kernel);
  const line = (call: string, without: number, added: number, aim: number, peer: string | number) =>
    process.stdout.write(
      `${kernel.padEnd(9)}${call.padEnd(22)}${String(without).padStart(7)}${String(added).padStart(8)}${String(aim).padStart(5)}   ${peer}\n`,
    );
  line(
    'other path, EEXIST',
    floor.other.eexist,
    policy.notMatching.eexist - floor.other.eexist,
    AIM.notMatching,
    PEER.notMatching,
  );
  line(
    'other path, made',
    floor.other.whole,
    policy.notMatching.whole - floor.other.whole,
    AIM.notMatching,
    PEER.notMatching,
  );
  line(
    'listed path, EEXIST',
    floor.passwd.eexist,
    policy.matching.eexist - floor.passwd.eexist,
    AIM.matching,
    PEER.matching,
  );
  line(
    'listed path, denied',
    floor.passwd.whole,
    policy.matching.whole - floor.passwd.whole,
    AIM.matching,
    PEER.matching,
  );
  process.stdout.write(`${kernel.padEnd(9)}lost events: ${lost}\n`);
}
