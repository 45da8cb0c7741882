// SPDX-License-Identifier: Apache-2.0
/** More events than the ring holds: each is told or counted, denials go on, and reading them leaves others their turn. */
import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { STRUCTS } from '../../src/plan/layout.generated.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { symbolsOf } from '../../src/plan/symbols.ts';
import { loadNative } from '../../src/runtime/native.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { eachRecord } from '../../src/watch/records.ts';
import { callsProgram, normalOf, PLACE, policyText, ROOT, run } from './runtime-fixture.ts';

const FLOOD = 60_000;
/** What `calls count` makes beside those it counts. */
const CALLS_BEFORE_COUNTING = 200;
const TAKEN = join(PLACE, 'taken');
const ENFORCING = policyText('restrict-symlink');
/** Without its action the call is let through, whoever sees it. */
const OBSERVING = ENFORCING.replace(/\n +matchActions:[\s\S]*$/, '\n').replace('restrict-', 'observe-');
const EVENT = STRUCTS.tg_event.fields;
const OBSERVER = 'observe-symlink';
const EPERM = 1;
/** What reading may take at a time, and how long this reader takes for a batch at least. */
const READ_MS = 50;
const BATCH_MS = 20;
/** An emulated machine's clock goes on while it waits for its host. */
const SLACK_MS = 30;
/** It is over as soon as all has been read. */
const LATER_MS = 30_000;

describe('a flooded ring', () => {
  const runtime = Runtime.open({
    ...{ native: loadNative(ROOT), root: ROOT, stateDir: join(PLACE, 'flooded') },
    ...{ bpffsDir: `/sys/fs/bpf/tracegate-flooded-${process.pid}`, killPerMinute: 1 },
  });
  let told = 0;
  let pauseMs = 0;

  let slowestMs = 0;

  const onBatch = (batch: Buffer) => {
    const beganMs = performance.now();
    eachRecord(batch, (at, _size, kind) => {
      const hookId = batch.readUInt32LE(at + EVENT.hook_id.offset);
      const generation = batch.readUInt32LE(at + EVENT.generation.offset);
      if (kind === 'hook' && runtime.hook(hookId, generation)?.policy.key === OBSERVER) told++;
    });
    for (const end = beganMs + pauseMs; performance.now() < end; );
    slowestMs = Math.max(slowestMs, performance.now() - beganMs);
  };
  const load = (text: string, mode: 'enforce' | 'monitor') => {
    const normal = normalOf(text);
    const plan = makePlan(normal, runtime.facts(symbolsOf(normal)));
    runtime.load({ plan, key: normal.name, revision: 1, decisionId: 'test', mode });
  };
  /** The loop does not turn meanwhile, so nobody reads. */
  const flood = () => run(callsProgram(), ['count', String(FLOOD), '/etc/passwd', TAKEN, 'keep']);
  const untilEmpty = () => {
    for (let before = -1; before !== told; ) {
      before = told;
      runtime.drain();
    }
  };

  before(() => {
    rmSync(TAKEN, { force: true });
    symlinkSync('/etc/hosts', TAKEN);
    runtime.watch(onBatch);
    load(OBSERVING, 'monitor');
  });
  after(() => {
    for (const { key } of runtime.policies()) runtime.unload(key);
    runtime.close();
  });

  it('tells or counts every event, and lets no denied call through', () => {
    flood();
    load(ENFORCING, 'enforce');
    const long = join(PLACE, 'denied'.repeat(40));
    assert.equal(run(callsProgram(), ['once', '/etc/passwd', long]).out, String(EPERM));
    const { denied, lost: untold } = runtime.counters('restrict-symlink');
    assert.deepEqual({ denied, untold }, { denied: 1, untold: 1 });
    runtime.unload('restrict-symlink');
    untilEmpty();
    const { lost } = runtime.counters(OBSERVER);
    assert.ok(lost > 0);
    assert.equal(told + lost, FLOOD + CALLS_BEFORE_COUNTING + 1);
  });

  it('is read for no longer than its time, and the rest later', async () => {
    told = 0;
    const lostBefore = runtime.counters(OBSERVER).lost;
    flood();
    pauseMs = BATCH_MS;
    slowestMs = 0;
    const beganMs = performance.now();
    runtime.drain();
    const tookMs = performance.now() - beganMs;
    assert.ok(
      tookMs < READ_MS + slowestMs + SLACK_MS,
      `it took ${tookMs} ms, the slowest batch ${slowestMs}`,
    );
    assert.ok(told > 0 && told < FLOOD / 4, `${told} were read at once`);
    const atOnce = told;
    pauseMs = 0;
    const accounted = () => told + runtime.counters(OBSERVER).lost - lostBefore;
    for (const end = performance.now() + LATER_MS; performance.now() < end; await turn())
      if (accounted() === FLOOD + CALLS_BEFORE_COUNTING) break;
    assert.ok(told > atOnce, 'nobody asked, and the loop reads on');
    assert.equal(accounted(), FLOOD + CALLS_BEFORE_COUNTING);
  });
});
