// SPDX-License-Identifier: Apache-2.0
/** The key bundles are checked with, from its file. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';
import { algorithmOf, type Trust } from './signature.ts';

export interface TrustOptions {
  keyFile?: string;
  keyId?: string;
  scope?: string;
}

/** Undefined where no key is configured; Fault `config` for a file that holds no key we can check with. */
export function trustFrom({ keyFile, keyId, scope }: TrustOptions): Trust | undefined {
  if (keyFile === undefined) {
    if (keyId === undefined && scope === undefined) return undefined;
    throw new Fault('config', 'bundle.keyId and bundle.scope say nothing without a key: set bundle.keyFile');
  }
  return {
    publicKey: publicKeyIn(keyFile),
    ...(keyId === undefined ? {} : { keyId }),
    ...(scope === undefined ? {} : { scope }),
  };
}

function publicKeyIn(file: string): KeyObject {
  try {
    const key = createPublicKey(readFileSync(file));
    algorithmOf(key);
    return key;
  } catch (cause) {
    throw new Fault(
      'config',
      `bundle.keyFile ${file} holds no public key for bundles: ${(cause as Error).message}`,
      { cause },
    );
  }
}
