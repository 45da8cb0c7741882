// SPDX-License-Identifier: Apache-2.0
/**
 * Runs in the lab under the instruction clock: guest instructions of a symlinkat, without us, with a policy that does
 * not match it, and with one that does; for a call that fails with EEXIST and one that gets to the LSM hook.
 */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { callsProgram, openBench, PLACE, policyText, run } from '../../kernel/runtime-fixture.ts';

const CALLS = 300;
const TAKEN = join(PLACE, 'taken');
const FREE = join(PLACE, 'free');
const calls = callsProgram();
rmSync(TAKEN, { force: true });
symlinkSync('/etc/hosts', TAKEN);

interface Row {
  eexist: number;
  whole: number;
}

function measure(target: string): Row {
  const of = (args: string[]) =>
    Number(run(calls, ['count', String(CALLS), target, ...args]).out.split(' ')[0]);
  return { eexist: of([TAKEN, 'keep']), whole: of([FREE]) };
}

const bench = openBench({ killPerMinute: 1_000_000 });
const floor = { other: measure('/etc/hostname'), passwd: measure('/etc/passwd') };
bench.load(policyText('restrict-symlink'));
const policy = { notMatching: measure('/etc/hostname'), matching: measure('/etc/passwd') };
bench.runtime.drain();
process.stdout.write(`${JSON.stringify({ floor, policy, lost: bench.runtime.stats().lost })}\n`);
bench.close();
process.exit(0);
