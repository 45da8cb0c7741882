// SPDX-License-Identifier: Apache-2.0
/** A writer that is killed at any moment loses nothing it acknowledged. A thousand times by `npm run soak`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killWriters } from '../../fixtures/audit-kills/kills.ts';

test('fifty writers are killed: what they acknowledged is there once, and the chain is whole', async () => {
  const { acknowledged, records } = await killWriters(50);
  assert.ok(acknowledged > 500, `${acknowledged} acknowledged`);
  assert.ok(records > acknowledged);
});
