// SPDX-License-Identifier: Apache-2.0
import { type KeyObject, sign, verify } from 'node:crypto';
import type { SignedHead } from '../model/audit-record.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { SigningKey } from './signing-key.ts';

/** The first line of what is signed: a signature over something else can never pass for a head. */
const CONTEXT = 'tracegate audit head v1\n';

export function signHead(head: Omit<SignedHead, 'keyId' | 'signature'>, key: SigningKey): SignedHead {
  const unsigned = { ...head, keyId: key.keyId };
  return { ...unsigned, signature: sign(null, signedBytes(unsigned), key.privateKey).toString('base64') };
}

export function headIsSignedBy(head: SignedHead, publicKey: KeyObject): boolean {
  const { signature, ...unsigned } = head;
  const bytes = Buffer.from(signature, 'base64');
  // base64 has several spellings of the same bytes: only the one we write counts
  return bytes.toString('base64') === signature && verify(null, signedBytes(unsigned), publicKey, bytes);
}

/** Names the first thing that makes `value` no signed head; undefined when it is one. */
export function notAHead(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object';
  const head = value as Record<string, unknown>;
  if (!Number.isSafeInteger(head.size) || (head.size as number) < 0) return '`size` is not a count';
  const texts = ['logId', 'root', 'last', 'time', 'keyId', 'signature'];
  const missing = texts.find((key) => typeof head[key] !== 'string');
  return missing === undefined ? undefined : `\`${missing}\` is not a string`;
}

function signedBytes(unsigned: Omit<SignedHead, 'signature'>): Buffer {
  const { logId, size, root, last, time, keyId } = unsigned;
  return Buffer.from(CONTEXT + canonicalJson({ logId, size, root, last, time, keyId }));
}
