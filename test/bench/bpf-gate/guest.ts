// SPDX-License-Identifier: Apache-2.0
/** Runs in the lab under the instruction clock: loads of a listed loader without ours, then under each mode of the gate. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { BpfWatch } from '../../../src/watch/bpf/bpf-watch.ts';
import { digestOf, type GateBench, openGate, SETTLED_MS } from '../../kernel/gate-fixture.ts';
import { PLACE, ROOT, run } from '../../kernel/runtime-fixture.ts';
import { type Count, type Counts, MARK, type Measured, OBJECTS, ROWS, SIZES } from './measured.ts';

/** Three in each of the loader's rounds: of two there is no middle one. */
const LOADS = 120;
const RUNS = 120;
/** Some rounds of the agent's reading. */
const READ_MS = 100;
const TOOL = join(PLACE, 'bench-bpftool');
const PIN = '/sys/fs/bpf/tracegate-bench';
const LISTED = join(PLACE, 'bench-loads');

function counted(...args: string[]): Count {
  const { out, status } = run(LISTED, args);
  const [min = Number.NaN, median = Number.NaN] = out.split('\n').at(-1)?.split(' ').map(Number) ?? [];
  if (status !== 0 || Number.isNaN(min + median)) throw new Error(`${LISTED} ended with ${status}: ${out}`);
  return { min, median };
}

const objectOf = (insns: number) => join(PLACE, `bench-${insns}.bpf.o`);

/** As a compiler leaves it: with BTF, and a licence. */
function compile(insns: number): void {
  const more = `asm volatile("r0 = 0\\n.rept ${insns - 3}\\nr0 += 1\\n.endr" ::: "r0");`;
  const body = `__attribute__((section("socket"), used)) int counted(void *ctx) { ${insns > 2 ? more : ''} return 0; }`;
  const licence = 'char LICENSE[] __attribute__((section("license"), used)) = "GPL";';
  const flags = ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-', '-c', '-o', objectOf(insns)];
  execFileSync('clang', flags, { input: `${licence}\n${body}\n` });
}

/** As the loader is told of them. */
const ARGS: Record<string, string[]> = {
  ...Object.fromEntries(SIZES.map((size) => [size, [String(LOADS), String(size)]])),
  ...Object.fromEntries(
    Object.entries(OBJECTS).map(([row, insns]) => [
      row,
      [String(RUNS), 'run', PIN, TOOL, 'prog', 'load', objectOf(insns), PIN],
    ]),
  ),
};

/** The agent stands still while a loader runs: it reads what it was told between two, as it does all the time elsewhere. */
async function loads(): Promise<Counts> {
  const counts: Counts = {};
  for (const row of ROWS) {
    await sleep(READ_MS);
    counts[row] = counted(...(ARGS[row] ?? []));
  }
  return counts;
}

function watched({ bench }: GateBench): BpfWatch {
  const { runtime, bpffsDir, processes } = bench;
  return new BpfWatch({
    native: runtime.native,
    open: (file, how) => runtime.openObject(file, how),
    features: () => runtime.features,
    ...{ bpffsDir, processes, clock: new BootClock(runtime.native.clocks()) },
    drainProcesses: () => runtime.drain(),
    onActivity: () => {},
  });
}

mkdirSync(PLACE, { recursive: true });
const source = join(ROOT, 'test/bench/bpf-gate/loads.c');
execFileSync('gcc', ['-O2', '-static', '-o', LISTED, source], { stdio: 'inherit' });
copyFileSync('/usr/sbin/bpftool', TOOL);
for (const insns of Object.values(OBJECTS)) compile(insns);
await sleep(SETTLED_MS);
const floor = await loads();
const loader = (path: string, types: string[]) => ({ path, sha256: [digestOf(path)], types });
const TRIED = ['socket_filter', 'kprobe', 'tracepoint', 'raw_tracepoint'];
const gate = await openGate(LISTED, [loader(LISTED, ['socket_filter']), loader(TOOL, TRIED)]);
const off = await loads();
await gate.set('monitor');
const monitor = await loads();
await gate.set('enforce');
if (!/^id/.test(run(LISTED, ['0']).out)) throw new Error('the listed loader is not let in');
if (!/^errno 1$/.test(run('/bin/sh', ['-c', `cp ${LISTED} ${LISTED}-2; ${LISTED}-2 0`]).out))
  throw new Error('a stranger is let in: nothing would be counted');
const enforce = await loads();
const watch = watched(gate);
const both = await loads();
watch.close();
const { counts } = await gate.keeper.gateStatus();
await gate.close();
gate.bench.runtime.close();
const measured: Measured = {
  ...{ floor, after: await loads(), asked: counts.asked, lost: counts.lost },
  with: { 'gate off': off, monitor, enforce, 'enforce, watched': both },
};
process.stdout.write(`${MARK}${JSON.stringify(measured)}\n`);
process.exit(0);
