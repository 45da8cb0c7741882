// SPDX-License-Identifier: Apache-2.0
/** Every hostile submission through the API: the right status, words that help, nothing stored, and the gate lives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOSTILE } from '../fixtures/hostile.ts';
import { runningGate } from './running-gate.ts';

const { as, gate, agent } = await runningGate();

interface Problem {
  detail: string;
  decision?: { findings: { path: string; message: string; fix?: string }[] };
}

function wordsOf({ detail, decision }: Problem): string {
  const findings = decision?.findings.map(({ path, message, fix }) => `${path} ${message} ${fix}`) ?? [];
  return [detail, ...findings].join('\n');
}

for (const { name, body, contentType, status, says } of HOSTILE) {
  test(`${name}: ${status}`, async () => {
    for (const send of [as().post('/v1/reviews'), as().put('/v1/policies/hostile')]) {
      const request =
        contentType === undefined ? send.unset('content-type') : send.set('content-type', contentType);
      // as bytes: the client must not add a content type or an encoding of its own
      request.serialize((bytes) => bytes as unknown as string);
      const answer = await request.send(Buffer.from(body) as unknown as string);
      assert.equal(answer.status, status, JSON.stringify(answer.body).slice(0, 500));
      assert.match(wordsOf(answer.body), says);
      assert.equal(answer.type, 'application/problem+json');
    }
  });
}

test('after all of them nothing is stored, nothing was sent, and the gate is ready', async () => {
  assert.deepEqual((await as().get('/v1/policies')).body.items, []);
  assert.equal(agent.orders.length, 0);
  assert.equal((await as('').get('/readyz')).status, 200);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.ok(gate.service.audit.read({ type: 'decision' }).length > 0);
});
