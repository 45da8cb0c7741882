// SPDX-License-Identifier: Apache-2.0
/** Which generations deny no more while one takes over from another. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Takeovers } from '../../../src/runtime/takeovers.ts';

it('takes an older generation for past some seconds after the next came, and never takes that back', (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const takeovers = new Takeovers();
  takeovers.began(5, 3);
  assert.equal(takeovers.past(5), 3, 'what an earlier agent took for past');
  assert.deepEqual([...takeovers.nowOver()], []);
  nowMs = 3000;
  assert.deepEqual([...takeovers.nowOver()], [5]);
  assert.deepEqual([...takeovers.nowOver()], [], 'told once');
  assert.equal(takeovers.past(5), 5);
  takeovers.began(6, takeovers.past(5));
  takeovers.forget(5);
  assert.equal(takeovers.past(6), 5, 'the generation before goes on denying, those before that do not');
  takeovers.began(7, takeovers.past(6));
  assert.equal(takeovers.past(7), 5);
  assert.equal(takeovers.past(99), 0);
});
