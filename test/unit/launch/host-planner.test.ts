// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { packageRoot } from '../../../src/config/package-root.ts';
import { Fault } from '../../../src/errors.ts';
import { hostPlanner } from '../../../src/launch/host-planner.ts';
import type { HostFacts } from '../../../src/model/facts.ts';
import { intake } from '../../../src/model/intake.ts';
import { TCP_CONNECT } from '../../fixtures/policies.ts';

const RECORDED: HostFacts = JSON.parse(
  readFileSync(join(packageRoot(), 'test/fixtures/facts/6.1.json'), 'utf8'),
);

const { normal } = policyRead();
function policyRead() {
  const taken = intake(TCP_CONNECT, { format: 'yaml' });
  assert.ok(taken.valid);
  return taken;
}

it('leaves an agent that was away alone for a tenth of a second', async () => {
  let [asked, nowMs] = [0, 5000];
  const facts = async () => {
    asked++;
    if (asked < 2) throw new Fault('agent-away', 'no such socket');
    return RECORDED;
  };
  const log = { warn: () => undefined, info: () => undefined };
  const plan = hostPlanner({ facts }, log as unknown as Parameters<typeof hostPlanner>[1], () => nowMs);
  const found: [asked: number, known: boolean][] = [];
  for (const passedMs of [0, 1, 98, 1, 1]) {
    nowMs += passedMs;
    const known = (await plan(normal)).hooks.length > 0;
    found.push([asked, known]);
  }
  assert.deepEqual(found, [
    [1, false],
    [1, false],
    [1, false],
    [2, true],
    [3, true],
  ]);
});

it('asks for the next policy at once when what it asked for another went wrong otherwise', async () => {
  let asked = 0;
  const facts = async () => {
    asked++;
    if (asked < 2) throw new Fault('bad-request', 'more symbols than a policy may have');
    return RECORDED;
  };
  const log = { warn: () => undefined, info: () => undefined };
  const plan = hostPlanner({ facts }, log as unknown as Parameters<typeof hostPlanner>[1], () => 5000);
  assert.deepEqual((await plan(normal)).hooks, []);
  assert.ok((await plan(normal)).hooks.length > 0);
});

it('says once that the agent is away, and once that it is back', async () => {
  const said: string[] = [];
  const log = {
    warn: (_fields: object, words: string) => said.push(`warn: ${words}`),
    info: (words: string) => said.push(`info: ${words}`),
  };
  let away = true;
  const facts = async () => {
    if (away) throw new Error('no such socket');
    return RECORDED;
  };
  let nowMs = 0;
  const later = () => {
    nowMs += 1000;
    return nowMs;
  };
  const plan = hostPlanner({ facts }, log as unknown as Parameters<typeof hostPlanner>[1], later);
  const known: boolean[] = [];
  for (const isAway of [true, true, true, false, false, true]) {
    away = isAway;
    known.push((await plan(normal)).hooks.length > 0);
  }
  assert.deepEqual(known, [false, false, false, true, true, false]);
  const gone = 'warn: the facts of this host are not known: its agent cannot be asked';
  assert.deepEqual(said, [gone, 'info: the facts of this host are known again', gone]);
});
