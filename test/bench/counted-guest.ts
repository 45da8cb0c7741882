// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { labRoot } from '../../setup/lab-kernels.mjs';
import { nodeBinary, root } from '../../setup/steps.mjs';

const GUEST_SECONDS_MAX = 900;

/** What `script`, a bench's part for the guest, prints behind `mark`, under the instruction clock. Throws where it prints nothing. */
export function countedInGuest<T>(kernel: string, mark: string, script: string, ...args: string[]): T {
  const command = `${nodeBinary()} --disable-warning=ExperimentalWarning ${[join(root, script), ...args].join(' ')}`;
  const { stdout, stderr } = spawnSync(
    join(root, 'test/lab/vmrun'),
    ['-i', '-t', String(GUEST_SECONDS_MAX), '-k', kernel, command],
    { cwd: root, env: { ...process.env, VMLAB: labRoot }, encoding: 'utf8' },
  );
  const line = stdout.split('\n').findLast((l) => l.startsWith(mark));
  if (line === undefined)
    throw new Error(`the guest with kernel ${kernel} counted nothing: ${stderr.slice(-2000)}`);
  return JSON.parse(line.slice(mark.length)) as T;
}
