// SPDX-License-Identifier: Apache-2.0
/** Values as events tell them → what filters compare. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { observedValue, UNKNOWN } from '../../../src/foresight/observed.ts';
import { TG_FIELD } from '../../../src/plan/layout.generated.ts';

const seen = (sock_arg: object) => observedValue('sock', { sock_arg });

it('takes a socket whose ports are no ports for one that is not told, and goes on', () => {
  for (const dport of ['http', 1.5, -1, 65_536, {}, 'NaN']) assert.equal(seen({ dport }), UNKNOWN);
  const told = seen({ family: 'AF_INET', sport: 40_000, daddr: '10.0.0.1' });
  assert.ok(told !== UNKNOWN);
  assert.deepEqual(
    [told.parts?.get(TG_FIELD.TG_F_SPORT), told.parts?.get(TG_FIELD.TG_F_DPORT)],
    [40_000n, 0n],
    'zero is not written',
  );
});
