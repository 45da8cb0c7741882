// SPDX-License-Identifier: Apache-2.0
/** Runs in the lab under the instruction clock: loads of a listed loader without ours, then under each mode of the gate. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { BpfWatch } from '../../../src/watch/bpf/bpf-watch.ts';
import { digestOf, type GateBench, openGate, SETTLED_MS } from '../../kernel/gate-fixture.ts';
import { PLACE, ROOT, run } from '../../kernel/runtime-fixture.ts';
import { type Counts, MARK, type Measured, SIZES } from './measured.ts';

const LOADS = 100;
const LISTED = join(PLACE, 'bench-loads');

function loads(): Counts {
  const counts: Counts = {};
  for (const size of SIZES) {
    const { out, status } = run(LISTED, [String(LOADS), String(size)]);
    const [min = Number.NaN, median = Number.NaN] = out.split(' ').map(Number);
    if (status !== 0 || Number.isNaN(min + median)) throw new Error(`${LISTED} ended with ${status}: ${out}`);
    counts[size] = { min, median };
  }
  return counts;
}

function watched({ bench }: GateBench): BpfWatch {
  const { runtime, bpffsDir, processes } = bench;
  return new BpfWatch({
    native: runtime.native,
    open: (file, how) => runtime.openObject(file, how),
    ...{ bpffsDir, processes, clock: new BootClock(runtime.native.clocks()) },
    drainProcesses: () => runtime.drain(),
    onActivity: () => {},
  });
}

mkdirSync(PLACE, { recursive: true });
const source = join(ROOT, 'test/bench/bpf-gate/loads.c');
execFileSync('gcc', ['-O2', '-static', '-o', LISTED, source], { stdio: 'inherit' });
await sleep(SETTLED_MS);
const floor = loads();
const gate = await openGate(LISTED, [{ path: LISTED, sha256: [digestOf(LISTED)], types: ['socket_filter'] }]);
const off = loads();
await gate.set('monitor');
const monitor = loads();
await gate.set('enforce');
if (!/^id/.test(run(LISTED, ['0']).out)) throw new Error('the listed loader is not let in');
if (!/^errno 1$/.test(run('/bin/sh', ['-c', `cp ${LISTED} ${LISTED}-2; ${LISTED}-2 0`]).out))
  throw new Error('a stranger is let in: nothing would be counted');
const enforce = loads();
const watch = watched(gate);
const both = loads();
watch.close();
const { counts } = await gate.keeper.gateStatus();
await gate.close();
gate.bench.runtime.close();
const measured: Measured = {
  ...{ floor, after: loads(), asked: counts.asked, lost: counts.lost },
  with: { 'gate off': off, monitor, enforce, 'enforce, watched': both },
};
process.stdout.write(`${MARK}${JSON.stringify(measured)}\n`);
process.exit(0);
