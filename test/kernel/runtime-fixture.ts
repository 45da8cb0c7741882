// SPDX-License-Identifier: Apache-2.0
/** A runtime on the kernel the test runs in, with policies from test/fixtures and the events they give. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchRuntime } from '../../src/agent/watch-runtime.ts';
import { packageRoot } from '../../src/config/package-root.ts';
import { hookPartOf, type TraceEvent } from '../../src/model/event.ts';
import { intake } from '../../src/model/intake.ts';
import type { EventRate, NormalPolicy } from '../../src/model/normal-policy.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { symbolsOf } from '../../src/plan/symbols.ts';
import { loadNative } from '../../src/runtime/native.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { placeWayOut } from '../../src/runtime/way-out.ts';
import type { Aggregates } from '../../src/watch/aggregates.ts';
import type { ProcessCache } from '../../src/watch/process-cache.ts';
import type { Throttles } from '../../src/watch/throttles.ts';

export const ROOT = packageRoot();

/** Away from `/`: that is an overlay in the lab, and file hooks fire twice on it. */
export const PLACE = '/dev/shm/tracegate-test';
mkdirSync(PLACE, { recursive: true });

/** As setup/lab-programs.mjs makes them of test/kernel/NAME.c, and copies of some that are linked in other ways. */
export type LabProgram =
  | (
      | 'audit_rule'
      | 'bpf_loads'
      | 'bpf_places'
      | 'bpf_ways'
      | 'calls'
      | 'crowd'
      | 'families'
      | 'loads'
      | 'registers'
    )
  | ('program-linked' | 'program-stripped' | 'markers-linked' | 'markers-unmarked');

/** At a place where file hooks fire once. */
export function labProgram(name: LabProgram): string {
  const program = join(PLACE, name);
  if (existsSync(program)) return program;
  const made = join(ROOT, 'build/lab', name);
  if (!existsSync(made)) throw new Error(`${made} is not there: npm test makes it, and npm run lab`);
  copyFileSync(made, program);
  return program;
}

export function callsProgram(): string {
  return labProgram('calls');
}

export function policyText(name: string): string {
  return readFileSync(join(ROOT, 'test/fixtures/policies', `${name}.yaml`), 'utf8');
}

export function normalOf(text: string): NormalPolicy {
  const taken = intake(text, { format: 'yaml' });
  if (!taken.valid) throw new Error(`not a valid policy: ${JSON.stringify(taken.findings)}`);
  return taken.normal;
}

export interface Bench {
  runtime: Runtime;
  stateDir: string;
  bpffsDir: string;
  /** tracegate-off as an agent places and protects it; undefined where it is not built */
  wayOut: string | undefined;
  events: TraceEvent[];
  /** who runs, as the events know them */
  processes: ProcessCache;
  /** what is told of besides events: set by the test */
  told: { onCgroup?: () => void };
  plan(text: string): Plan;
  load(text: string, mode?: 'enforce' | 'monitor'): Plan;
  /** the events of a policy since the last call */
  taken(policy: string): TraceEvent[];
  /** cgroups that tell too much are looked for: it tells what has begun and ended */
  throttles: Throttles;
  /** what was counted as the same is told */
  aggregates: Aggregates;
  close(): void;
}

export interface BenchOptions {
  killPerMinute?: number;
  cgroupRate?: EventRate;
  stateDir?: string;
  bpffsDir?: string;
}

let shared: Bench | undefined;

/** The runtime that the tests of this process share: opening one takes seconds in an emulated machine. Nothing is loaded. */
export function openBench(): Bench {
  shared ??= makeBench({});
  for (const policy of shared.runtime.policies()) shared.runtime.unload(policy.key);
  shared.taken('');
  const { runtime } = shared;
  return {
    ...shared,
    ...loading(runtime),
    close: () => {
      for (const policy of runtime.policies()) runtime.unload(policy.key);
    },
  };
}

/** A runtime of its own, which the test may close and open again. */
export function ownBench(options: BenchOptions = {}): Bench {
  shared?.close(); // they would read from one ring
  shared = undefined;
  return makeBench(options);
}

/** Revisions count from 1. */
function loading(runtime: Runtime): Pick<Bench, 'plan' | 'load'> {
  const plan = (text: string) => {
    const normal = normalOf(text);
    return makePlan(normal, runtime.facts(symbolsOf(normal)));
  };
  let revision = 0;
  return {
    plan,
    load: (text, mode = 'enforce') => {
      const made = plan(text);
      runtime.load({ plan: made, key: made.policy.name, revision: ++revision, decisionId: 'test', mode });
      return made;
    },
  };
}

function makeBench(options: BenchOptions): Bench {
  const stateDir = options.stateDir ?? mkdtempSync(join(PLACE, 'state-'));
  const bpffsDir = options.bpffsDir ?? `/sys/fs/bpf/tracegate-test-${process.pid}`;
  const wayOut = placeWayOut(ROOT, stateDir);
  const runtime = Runtime.open({
    native: loadNative(ROOT),
    root: ROOT,
    stateDir,
    bpffsDir,
    killPerMinute: options.killPerMinute ?? 60,
    ...(options.cgroupRate && { cgroupRate: options.cgroupRate }),
  });
  const events: TraceEvent[] = [];
  const onEvent = (event: TraceEvent) => void events.push(event);
  const told: Bench['told'] = {};
  const { throttles, aggregates, watcher } = watchRuntime(runtime, {
    nodeName: 'lab',
    onEvent,
    onCgroup: () => told.onCgroup?.(),
    ...(wayOut !== undefined && { wayOut }),
  });
  return {
    runtime,
    ...{ stateDir, bpffsDir, wayOut, throttles, aggregates },
    ...{ events, told, processes: watcher.processes },
    ...loading(runtime),
    taken: (policy) => {
      runtime.drain();
      const mine = events.filter((e) => hookPartOf(e)?.policy_name === policy);
      events.length = 0;
      return mine;
    },
    close: () => {
      for (const policy of runtime.policies()) runtime.unload(policy.key);
      runtime.close();
    },
  };
}

export interface Ran {
  status: number | null;
  signal: NodeJS.Signals | null;
  /** both streams, without white space at the ends */
  out: string;
}

/** Runs a program; what it printed and how it ended. */
export function run(command: string, args: string[]): Ran {
  const { status, signal, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, signal, out: `${stdout}${stderr}`.trim() };
}

/** A policy of that spec, named probe, in force instead of the one before; no host may refuse it. */
export function put(bench: Bench, spec: object, annotations: Record<string, string> = {}): Plan {
  const document = {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'probe', annotations },
  };
  const plan = bench.load(JSON.stringify({ ...document, spec }));
  const refused = plan.hooks.map((h) => h.refused).filter(Boolean);
  if (refused.length > 0) throw new Error(`refused: ${refused.join('; ')}`);
  bench.taken('probe');
  return plan;
}
