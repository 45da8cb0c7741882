// SPDX-License-Identifier: Apache-2.0
import type { SigningKey } from '../audit/index.ts';
import type { Operation } from '../model/decision.ts';
import { type JudgedFor, type Receipt, signReceipt } from '../model/receipt.ts';

/** Signed when an order is sent, not when the decision was made: so it need not hold for longer than the way there. */
const HOLDS_MS = 10 * 60_000;

export interface Orderable {
  key: string;
  revision: number;
  digest: string;
  decisionId: string;
  rulesDigest: string;
  judged?: JudgedFor;
}

export type ReceiptSigner = (order: Orderable, operation: Operation) => Receipt;

export function receiptSigner(key: SigningKey, now: () => Date): ReceiptSigner {
  return ({ key: policyKey, revision, digest, decisionId, rulesDigest, judged }, operation) => {
    const issued = now();
    const expires = new Date(issued.getTime() + HOLDS_MS);
    const when = { issued: issued.toISOString(), expires: expires.toISOString() };
    const what = { decisionId, operation, key: policyKey, digest, revision, rulesDigest };
    const asked = judged === undefined ? {} : { judged };
    return signReceipt({ version: 1, ...what, ...asked, host: '*', ...when }, key);
  };
}
