// SPDX-License-Identifier: Apache-2.0
/** Runs in the lab under the instruction clock: a policy's events from the ring to lines in a file, by this process's CPU. */
import { readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EventFile } from '../../../src/agent/exporters/event-file.ts';
import { watchRuntime } from '../../../src/agent/watch-runtime.ts';
import { intake } from '../../../src/model/intake.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { loadNative } from '../../../src/runtime/native.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { callsProgram, PLACE, ROOT, run } from '../../kernel/runtime-fixture.ts';
import { OBSERVING } from '../kernel/observing.ts';
import { MARK, type Measured } from './measured.ts';

const CALLS = 4000;
/** The first ones are what V8 takes to compile. */
const ROUNDS = 24;
/** More than an empty ring takes. */
const FLOOD = 60_000;
/** What `calls count` makes beside those it counts. */
const CALLS_BEFORE_COUNTING = 200;
const TAKEN = join(PLACE, 'taken');
const EVENTS = join(PLACE, 'events.json');
const MAX_BYTES = 1 << 30;

const runtime = Runtime.open({
  ...{ native: loadNative(ROOT), root: ROOT, stateDir: join(PLACE, 'bench') },
  ...{ bpffsDir: `/sys/fs/bpf/tracegate-bench-${process.pid}`, killPerMinute: 1 },
});
const onFault = (thrown: unknown) => {
  throw thrown;
};
const file = new EventFile({ path: EVENTS, maxBytes: MAX_BYTES, kept: 0, onFault });
let told = 0;
watchRuntime(runtime, {
  nodeName: 'bench',
  onEvent: (event) => {
    if (event.process_kprobe) told++;
    file.write(event);
  },
  lines: {
    buffer: () => file.buffer(),
    ended: () => {
      told++;
      file.ended();
    },
  },
});
const taken = intake(OBSERVING, { format: 'yaml' });
if (!taken.valid) throw new Error('the policy is not valid');
const plan = makePlan(taken.normal, runtime.facts(symbolsOf(taken.normal)));
runtime.load({ plan, key: 'bench', revision: 1, decisionId: 'bench', mode: 'monitor' });
rmSync(TAKEN, { force: true });
symlinkSync('/etc/hosts', TAKEN);

const make = (count: number) => run(callsProgram(), ['count', String(count), '/etc/passwd', TAKEN, 'keep']);
/** The reader gives way after some time: a full ring takes several. */
function readAll(): void {
  let before: number;
  do {
    before = told;
    runtime.drain();
  } while (told > before);
  file.flush();
}

function instructions(): number {
  make(CALLS);
  const before = { told, cpu: process.cpuUsage() };
  readAll();
  const { user, system } = process.cpuUsage(before.cpu);
  return ((user + system) * 1000) / (told - before.told);
}

readAll();
const perEvent = Array.from({ length: ROUNDS }, instructions).sort((a, b) => a - b);
const before = told;
const lostBefore = runtime.counters('bench').lost;
make(FLOOD);
readAll();
const measured: Measured = {
  instructionsPerEvent: Math.round(perEvent[ROUNDS >> 1] as number),
  produced: FLOOD + CALLS_BEFORE_COUNTING,
  delivered: told - before,
  lost: runtime.counters('bench').lost - lostBefore,
};
const lines = readFileSync(EVENTS, 'utf8').trimEnd().split('\n');
if (lines.filter((line) => JSON.parse(line).process_kprobe).length !== told)
  throw new Error('lines are missing');
if (statSync(EVENTS).size === 0) throw new Error('nothing was written');
process.stdout.write(`${MARK}${JSON.stringify(measured)}\n`);
process.exit(0);
