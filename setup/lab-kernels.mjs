// SPDX-License-Identifier: Apache-2.0
// The lab's kernels: Debian's own by apt, and a custom one with error injection where its image is at hand.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, root, say } from './steps.mjs';

/** Kept outside the checkout's build folder, so that a fresh clone on the same machine finds its kernels. */
export const labRoot = process.env.VMLAB ?? '/var/tmp/tracegate-lab';
export const KERNELS = ['custom', '6.1', '6.12'];

/** A custom image: built by test/lab/build-kernel.sh, or given by whoever has one. */
function customImage() {
  return [process.env.LAB_BZIMAGE, join(labRoot, 'bzImage'), join(root, '../shared/vmlab/bzImage')].find(
    (f) => f && existsSync(f),
  );
}

/** Makes a kernel ready; undefined, or why it is not. */
export function kernelReady(name) {
  if (!KERNELS.includes(name)) return `no lab kernel ${name}: choose of ${KERNELS.join(', ')}`;
  const image = name === 'custom' ? customImage() : '';
  if (name === 'custom' && !image)
    return 'the custom kernel is missing: test/lab/build-kernel.sh builds it (about 10 minutes)';
  const made = ['elf', 'cpio'].every((ext) => existsSync(join(labRoot, 'kernels', `${name}.${ext}`)));
  if (made) return undefined;
  if (process.getuid?.() !== 0)
    return `the lab kernel ${name} is made by root: sudo npm run lab -- -k ${name} true`;
  say(`making the lab kernel ${name}`);
  mkdirSync(labRoot, { recursive: true });
  const { status, stderr } = spawnSync(join(root, 'test/lab/setup.sh'), [name], {
    env: { ...process.env, VMLAB: labRoot, BZIMAGE: image ?? '', NODE: nodeBinary() },
    encoding: 'utf8',
  });
  return status === 0
    ? undefined
    : `the lab kernel ${name} could not be made: ${stderr.trim().split('\n').at(-1)}`;
}
