// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { TG_TYPE, TG_VALUE_STATUS } from '../../../src/plan/layout.generated.ts';
import { fileHash } from '../../../src/watch/file-hash.ts';

it('a digest is told by its algorithm and as long as that makes it, or not at all', () => {
  const bytes = Buffer.alloc(64, 0xab);
  const told = (number: bigint, status: number = TG_VALUE_STATUS.TG_V_READ) =>
    fileHash([{ type: TG_TYPE.TG_T_HASH, status, number, bytes }]).ima_hash;
  assert.equal(told(4n), `sha256:${'ab'.repeat(32)}`);
  assert.equal(told(2n), `sha1:${'ab'.repeat(20)}`);
  assert.equal(told(6n), `sha512:${'ab'.repeat(64)}`);
  assert.equal(told(99n), undefined);
  assert.equal(told(4n, TG_VALUE_STATUS.TG_V_BAD), undefined);
  assert.deepEqual(fileHash([]), {});
});
