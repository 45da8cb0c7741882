// SPDX-License-Identifier: Apache-2.0
/**
 * What is signed is a text anybody can read and other tools know: a checkpoint as C2SP describes it (origin, size, root
 * in base64, then our lines), in a signed note.
 */
import { hash, type KeyObject, sign, verify } from 'node:crypto';
import type { SignedHead } from '../model/audit-record.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { SigningKey } from './signing-key.ts';

type Unsigned = Omit<SignedHead, 'keyId' | 'signature'>;

/** The first line of what logs of earlier versions signed. */
const OLD_CONTEXT = 'tracegate audit head v1\n';

export function signHead(head: Unsigned, key: SigningKey): SignedHead {
  const signature = sign(null, Buffer.from(checkpointText(head)), key.privateKey).toString('base64');
  return { ...head, keyId: key.keyId, signature };
}

export function headIsSignedBy(head: SignedHead, publicKey: KeyObject): boolean {
  const bytes = Buffer.from(head.signature, 'base64');
  // base64 has several spellings of the same bytes: only the one we write counts
  if (bytes.toString('base64') !== head.signature) return false;
  return [checkpointText(head), oldText(head)].some((text) =>
    verify(null, Buffer.from(text), publicKey, bytes),
  );
}

/** The name of the log as checkpoints give it. */
export function originOf(logId: string): string {
  return `tracegate/${logId}`;
}

/** What the signature is over. */
export function checkpointText({ logId, size, root, last, time }: Unsigned): string {
  const lines = [
    originOf(logId),
    size,
    Buffer.from(root, 'hex').toString('base64'),
    `last ${last}`,
    `time ${time}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The signed note: the checkpoint, an empty line, and the signature by the key's name and short hash. */
export function noteOf(head: SignedHead, publicKey: KeyObject): string {
  const name = originOf(head.logId);
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const named = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(1), raw]);
  const short = hash('sha256', named, 'buffer').subarray(0, 4);
  const blob = Buffer.concat([short, Buffer.from(head.signature, 'base64')]).toString('base64');
  return `${checkpointText(head)}\n\u2014 ${name} ${blob}\n`;
}

/** Names the first thing that makes `value` no signed head; undefined when it is one. */
export function notAHead(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object';
  const head = value as Record<string, unknown>;
  if (!Number.isSafeInteger(head.size) || (head.size as number) < 0) return '`size` is not a count';
  const texts = ['logId', 'root', 'last', 'time', 'keyId', 'signature'];
  // a line break in one of them could make the text of another head
  const wrong = texts.find((key) => typeof head[key] !== 'string' || (head[key] as string).includes('\n'));
  return wrong === undefined ? undefined : `\`${wrong}\` is not a line of text`;
}

function oldText({ logId, size, root, last, time, keyId }: SignedHead): string {
  return OLD_CONTEXT + canonicalJson({ logId, size, root, last, time, keyId });
}
