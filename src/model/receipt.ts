// SPDX-License-Identifier: Apache-2.0
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Approval, Standing } from './approval.ts';
import type { Door, Operation } from './decision.ts';
import type { PolicyException } from './exception.ts';
import type { Subject } from './subject.ts';

/** What a decision was made for, beside the document: the agent judges the same again. */
export interface JudgedFor {
  subject: Subject;
  door: Door;
  /** RFC 3339: when it was decided */
  time: string;
  reason?: string;
  /** of an update: the digest of the document that was stored */
  oldDigest?: string;
  /** the ones that were about it; whether they still hold is for the agent's own clock */
  exceptions?: PolicyException[];
  approvals?: Approval[];
  standing?: Standing;
}

/** What the gate signs when a decision allowed a change: the agent loads nothing without one. */
export interface ReceiptBody {
  version: 1;
  decisionId: string;
  operation: Operation;
  key: string;
  digest: string;
  revision: number;
  /** host name, or `*` for the fleet */
  host: string;
  rulesDigest: string;
  /** absent in receipts of a gate that does not say: then the agent judges a creation by itself */
  judged?: JudgedFor;
  issued: string;
  expires: string;
}

/** `signature`: base64 Ed25519 over the RFC 8785 form of `body`; `keyId`: `sha256:<hex>` of the public key (SPKI DER). */
export interface Receipt {
  body: ReceiptBody;
  keyId: string;
  signature: string;
}

/** The first line of what is signed: a signature made for something else can never pass for a receipt. */
const CONTEXT = 'tracegate receipt v1\n';

export function receiptKeyId(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

export function signReceipt(
  body: ReceiptBody,
  key: { privateKey: KeyObject; publicKey: KeyObject },
): Receipt {
  const signature = sign(null, signedBytes(body), key.privateKey).toString('base64');
  return { body, keyId: receiptKeyId(key.publicKey), signature };
}

/** What a receipt must be about: everything here is compared, nothing is taken from the receipt on trust. */
export interface ReceiptExpectation {
  key: string;
  digest: string;
  revision: number;
  host: string;
  /** the operations that fit what is about to be done */
  operations: readonly Operation[];
  now: Date;
}

/** Two clocks may differ by this much: a receipt is not refused for being issued a moment ahead. */
const CLOCK_SKEW_MS = 60_000;

/** Why the receipt does not allow what is expected; undefined when it does. */
export function receiptProblem(
  receipt: Receipt,
  publicKey: KeyObject,
  expected: ReceiptExpectation,
): string | undefined {
  if (!isSigned(receipt, publicKey)) return 'the receipt is not signed by the gate this agent trusts';
  const { body } = receipt;
  if (body.version !== 1) return `the receipt has version ${String(body.version)}, this agent knows 1`;
  if (body.key !== expected.key) return `the receipt is for ${body.key}, not for ${expected.key}`;
  if (body.digest !== expected.digest) return 'the receipt is for another document than this one';
  if (body.revision !== expected.revision)
    return `the receipt is for revision ${body.revision}, not ${expected.revision}`;
  if (body.host !== '*' && body.host !== expected.host) return `the receipt is for the host ${body.host}`;
  if (!expected.operations.includes(body.operation))
    return `the receipt allows to ${body.operation}, which this is not`;
  return outsideItsTime(body, expected.now);
}

function isSigned(receipt: Receipt, publicKey: KeyObject): boolean {
  if (typeof receipt?.signature !== 'string' || typeof receipt.body !== 'object' || receipt.body === null)
    return false;
  if (receipt.keyId !== receiptKeyId(publicKey)) return false;
  return verify(null, signedBytes(receipt.body), publicKey, Buffer.from(receipt.signature, 'base64'));
}

function outsideItsTime(body: ReceiptBody, now: Date): string | undefined {
  const issued = Date.parse(body.issued);
  const expires = Date.parse(body.expires);
  if (Number.isNaN(issued) || Number.isNaN(expires))
    return 'the receipt does not say from when to when it holds';
  if (now.getTime() > expires) return `the receipt expired at ${body.expires}`;
  if (now.getTime() + CLOCK_SKEW_MS < issued)
    return `the receipt was issued in the future (${body.issued}): compare the clocks`;
  return undefined;
}

function signedBytes(body: ReceiptBody): Buffer {
  return Buffer.from(CONTEXT + canonicalize(body));
}
