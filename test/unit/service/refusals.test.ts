// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusals } from '../../../src/service/refusals.ts';
import { serviceUnderTest } from './gate-under-test.ts';

test('a flood of refusals is counted past its budget, and other kinds keep theirs', async () => {
  const { audit, close } = serviceUnderTest();
  let nowMs = 0;
  const refusals = new Refusals(audit, () => nowMs);
  for (let n = 0; n < 1000; n += 1) refusals.note({ type: 'auth.refused', body: { n } });
  refusals.note({ type: 'submission.unreadable', body: {} });
  nowMs = 61_000;
  refusals.note({ type: 'auth.refused', body: { n: 1000 } });
  await audit.appendSoon([]);
  assert.equal(audit.read({ type: 'auth.refused' }).length, 61);
  assert.equal(audit.read({ type: 'submission.unreadable' }).length, 1);
  assert.deepEqual(audit.read({ type: 'audit.suppressed' })[0]?.body, { count: 940 });
  await close();
});
