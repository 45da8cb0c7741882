// SPDX-License-Identifier: Apache-2.0
/**
 * Runs in the lab under the instruction clock: nothing loaded, then ours, then nothing again, then Tetragon (its folder is
 * the argument; without it that part is left out), then nothing again.
 */
import { rehearse } from '../../../src/agent/rehearsal.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { type Bench, ownBench } from '../../kernel/runtime-fixture.ts';
import { type Cost, MARK, type Measured, type Side } from './measured.ts';
import {
  ENFORCING,
  floor,
  idle,
  kernelBytes,
  mustDeny,
  OBSERVING,
  READING,
  read,
  spawn,
  symlink,
  underPolicy,
} from './situations.ts';
import { Tetragon } from './tetragon.ts';

const KILLS_MAX = 1_000_000;

async function costOf(instructions: () => number, act: () => unknown): Promise<Cost> {
  const before = { instructions: instructions(), kernelBytes: kernelBytes() };
  await act();
  return {
    instructions: instructions() - before.instructions,
    kernelBytes: kernelBytes() - before.kernelBytes,
  };
}

async function planned(bench: Bench, own: () => number): Promise<{ plan: Plan; then: number }> {
  const plans: Plan[] = [];
  const { instructions: then } = await costOf(own, () => plans.push(bench.plan(ENFORCING)));
  const [plan] = plans;
  if (plan === undefined) throw new Error('no plan was made');
  return { plan, then };
}

async function ours(): Promise<Side> {
  // of this process, all threads, in ns of its CPU clock; asking a program for it would cost this process the making of one
  const own = () => {
    const { user, system } = process.cpuUsage();
    return 1000 * (user + system);
  };
  const before = kernelBytes();
  const bench = ownBench({ killPerMinute: KILLS_MAX });
  const { done, reason } = rehearse(bench.runtime); // as an agent does before it is ready
  if (!done) throw new Error(`nothing could be rehearsed: ${reason}`);
  const base = { kernelBytes: kernelBytes() - before, idle: idle(), spawn: spawn(), symlink: symlink() };
  const drain = () => bench.runtime.drain();
  const unload = () => {
    drain();
    for (const policy of bench.runtime.policies()) bench.runtime.unload(policy.key);
  };
  const first = (await costOf(own, () => bench.plan(ENFORCING))).instructions;
  const { plan, then } = await planned(bench, own);
  let revision = 1000;
  const loadAs = (key: string) => () =>
    bench.runtime.load({ plan, key, revision: ++revision, decisionId: 'bench', mode: 'enforce' });
  const load = await costOf(own, loadAs('first'));
  const next = await costOf(own, loadAs('next'));
  bench.runtime.unload('next');
  mustDeny('ours', true);
  const enforcing = await underPolicy(drain);
  unload();
  const again = await costOf(own, loadAs('again'));
  unload();
  bench.load(OBSERVING);
  mustDeny('ours', false);
  const observing = await underPolicy(drain);
  unload();
  bench.load(READING);
  const side: Side = {
    base,
    enforcing,
    observing,
    read: read(),
    load,
    next,
    again,
    planned: { first, then },
  };
  side.lost = bench.runtime.stats().lost;
  bench.close();
  return side;
}

async function theirs(dir: string): Promise<Side> {
  const before = kernelBytes();
  const tetragon = await Tetragon.start(dir);
  await tetragon.settle();
  const base = { kernelBytes: kernelBytes() - before, idle: idle(), spawn: spawn(), symlink: symlink() };
  await tetragon.settle();
  let refusal: string | undefined;
  const mine = () => tetragon.instructions;
  let load = await costOf(mine, async () => {
    refusal = await tetragon.add('restrict-symlink', ENFORCING);
  });
  const enforcing = refusal === undefined ? await enforced(tetragon) : undefined;
  await tetragon.remove('restrict-symlink');
  const second = await costOf(mine, () => added(tetragon, 'observe-symlink', OBSERVING));
  if (refusal !== undefined) load = second;
  mustDeny('Tetragon', false);
  const observing = await underPolicy(() => tetragon.settle());
  if (tetragon.eventsOf('observe-symlink') === 0) throw new Error('Tetragon posted no event');
  await tetragon.remove('observe-symlink');
  await added(tetragon, 'observe-reads', READING);
  const side: Side = { base, enforcing, observing, read: read(), load };
  if (refusal !== undefined) side.refusal = refusal;
  await tetragon.remove('observe-reads');
  await tetragon.stop();
  return side;
}

async function enforced(tetragon: Tetragon) {
  mustDeny('Tetragon', true);
  return await underPolicy(() => tetragon.settle());
}

async function added(tetragon: Tetragon, name: string, text: string): Promise<void> {
  const refusal = await tetragon.add(name, text);
  if (refusal !== undefined) throw new Error(`Tetragon refused ${name}: ${refusal}`);
}

const dir = process.argv[2];
const measured: Measured = { floor: floor(), ours: await ours(), afterOurs: floor() };
if (dir !== undefined) {
  measured.tetragon = await theirs(dir);
  measured.afterTetragon = floor();
}
process.stdout.write(`${MARK}${JSON.stringify(measured)}\n`);
process.exit(0);
