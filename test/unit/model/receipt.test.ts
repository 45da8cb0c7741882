// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type Receipt, type ReceiptBody, receiptProblem, signReceipt } from '../../../src/model/receipt.ts';

const key = generateKeyPairSync('ed25519');
const body: ReceiptBody = {
  version: 1,
  decisionId: 'd1',
  operation: 'update',
  key: 'guard',
  digest: 'sha256:aa',
  revision: 3,
  host: '*',
  rulesDigest: 'sha256:bb',
  issued: '2026-01-01T00:00:00.000Z',
  expires: '2026-01-01T00:10:00.000Z',
};
const expected = {
  key: 'guard',
  digest: 'sha256:aa',
  revision: 3,
  host: 'node-1',
  operations: ['create', 'update'] as const,
  now: new Date('2026-01-01T00:05:00Z'),
};

test('a receipt allows exactly what it was signed for', () => {
  assert.equal(receiptProblem(signReceipt(body, key), key.publicKey, expected), undefined);
  const own = signReceipt({ ...body, host: 'node-1' }, key);
  assert.equal(receiptProblem(own, key.publicKey, expected), undefined);
});

test('a receipt of another document, revision, key, host or operation is refused', () => {
  const receipt = signReceipt(body, key);
  const problem = (change: object) =>
    receiptProblem(receipt, key.publicKey, { ...expected, ...change }) ?? '';
  assert.match(problem({ digest: 'sha256:cc' }), /another document/);
  assert.match(problem({ revision: 2 }), /revision 3, not 2/);
  assert.match(problem({ key: 'other' }), /for guard/);
  assert.match(problem({ operations: ['delete'] }), /allows to update/);
  const elsewhere = signReceipt({ ...body, host: 'node-2' }, key);
  assert.match(receiptProblem(elsewhere, key.publicKey, expected) ?? '', /the host node-2/);
});

test('a receipt holds for its time only', () => {
  const at = (now: string) =>
    receiptProblem(signReceipt(body, key), key.publicKey, { ...expected, now: new Date(now) }) ?? '';
  assert.match(at('2026-01-01T00:11:00Z'), /expired/);
  assert.match(at('2025-12-31T23:00:00Z'), /in the future/);
  assert.equal(at('2025-12-31T23:59:30Z'), '');
  const endless = signReceipt({ ...body, expires: 'never' }, key);
  assert.match(receiptProblem(endless, key.publicKey, expected) ?? '', /from when to when/);
});

test('no field can be changed after signing, and no other key signs', () => {
  for (const [field, value] of Object.entries(body)) {
    const changed = typeof value === 'number' ? value + 1 : `${value}x`;
    const receipt = { ...signReceipt(body, key), body: { ...body, [field]: changed } } as Receipt;
    assert.match(receiptProblem(receipt, key.publicKey, expected) ?? '', /not signed by the gate/, field);
  }
  const other = signReceipt(body, generateKeyPairSync('ed25519'));
  assert.match(receiptProblem(other, key.publicKey, expected) ?? '', /not signed/);
  assert.match(
    receiptProblem({ ...other, keyId: signReceipt(body, key).keyId }, key.publicKey, expected) ?? '',
    /not signed/,
  );
  for (const nothing of [null, {}, { body: null, signature: '' }, { ...other, signature: 7 }]) {
    assert.match(receiptProblem(nothing as unknown as Receipt, key.publicKey, expected) ?? '', /not signed/);
  }
});
