// SPDX-License-Identifier: Apache-2.0
/** What is enforced outlives its agent: killed, stopped, started again. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventsDuring, ofPolicy } from '../fixtures/event-stream.ts';
import { killReader } from '../fixtures/host-policies.ts';
import { missingForAgent, RunningUp, until, upPlace } from '../fixtures/running-up.ts';
import { reader } from '../fixtures/victim.ts';

const BYTES = 4247;
const SECOND_START_MS_AIM = 3000;
const SECOND_START_MS_MAX = 6000;
const TRIES = 3;
const POLICIES = ['first', 'second', 'third'];

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.end());
  });
}

describe('an agent that goes away', { skip: missingForAgent() ?? false }, () => {
  const place = upPlace('restart');
  let up: RunningUp;
  const victims = POLICIES.map(() => reader(BYTES));
  const loaded = () => POLICIES.every((name) => up.status(name)?.hosts[0]?.state === 'loaded');

  before(async () => {
    up = await RunningUp.start(place);
    for (const [i, name] of POLICIES.entries()) {
      const applied = up.apply(killReader(name, victims[i]?.pid ?? 0, BYTES));
      assert.equal(applied.status, 0, applied.out + applied.words);
    }
  });
  after(async () => {
    for (const name of POLICIES) up?.cli('policy', 'delete', name, '--reason', 'test');
    await up?.interrupt();
    place.remove();
  });

  it('is started again after a kill -9, and adopts its policies instead of doubling them', async () => {
    const [pid] = up.agentPids();
    assert.ok(pid, 'an agent runs');
    process.kill(pid, 'SIGKILL');
    assert.equal(await victims[0]?.go(), 'SIGKILL', 'enforced while no agent runs');
    await until('a new agent', () => up.agentPids().some((p) => p !== pid));
    // the file alone is no proof: the one that was killed left its own behind
    await until('its socket answers', () => answers(join(place.stateDir, 'agent.sock')));
    await until('the policies are adopted', loaded, 20_000, () => up.logs());
    assert.match(up.screen, /the agent has ended .*starting it again/);
    const events = await eventsDuring(up, async () => {
      assert.equal(await victims[1]?.go(), 'SIGKILL');
    });
    assert.equal(ofPolicy(events, 'second').length, 1, 'one program posts, not two');
  });

  it('leaves enforcement on when all is stopped, and is up again in seconds', async (t) => {
    assert.deepEqual(await up.interrupt(), []);
    assert.equal(await victims[2]?.go(), 'SIGKILL', 'enforced while nothing of ours runs');
    up = await RunningUp.start(place);
    const triesMs = [up.readyMs];
    while (up.readyMs > SECOND_START_MS_AIM && triesMs.length < TRIES) {
      // this machine may be busy with other tests: the fastest of a few is what the program needs
      await up.interrupt();
      up = await RunningUp.start(place);
      triesMs.push(up.readyMs);
    }
    t.diagnostic(`second npm start ready in ${triesMs.join(', ')} ms`);
    assert.ok(Math.min(...triesMs) <= SECOND_START_MS_MAX, `${triesMs} ms`);
    await until('the policies are adopted', loaded, 20_000, () => up.logs());
    const again = reader(BYTES);
    const applied = up.apply(killReader('first', again.pid, BYTES));
    assert.equal(applied.status, 0, applied.out + applied.words);
    assert.equal(up.status('first')?.revision, 2);
    const events = await eventsDuring(up, async () => {
      assert.equal(await again.go(), 'SIGKILL');
    });
    assert.equal(ofPolicy(events, 'first').length, 1, 'the old revision is gone');
  });
});
