// SPDX-License-Identifier: Apache-2.0
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../errors.ts';

/** An Ed25519 key pair that lives in a file of its own, apart from what it signs. */
export interface SigningKey {
  /** `sha256:<hex>` of the public key in SPKI DER */
  keyId: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** it was made by this call: there was no key file */
  fresh: boolean;
}

export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

/** Where the public half lies: readable by anybody, for verifying without the private one. */
export function publicKeyPath(keyPath: string): string {
  return `${keyPath}.pub`;
}

/** Reads the key, or makes one (0600, public half beside it) where the file is missing. */
export function loadOrCreateSigningKey(keyPath: string): SigningKey {
  const fresh = !existsSync(keyPath);
  if (fresh) createKeyFiles(keyPath);
  const privateKey = readPrivateKey(keyPath);
  const publicKey = createPublicKey(privateKey);
  if (!existsSync(publicKeyPath(keyPath))) writePublicKey(keyPath, publicKey);
  return { keyId: keyIdOf(publicKey), privateKey, publicKey, fresh };
}

/** Where the next key lies while it is being handed over to. */
function nextKeyPath(keyPath: string): string {
  return `${keyPath}.next`;
}

/** Makes the key that is to follow; it comes into force by `settleRotation` once a record has introduced it. */
export function prepareNextKey(keyPath: string): SigningKey {
  const path = nextKeyPath(keyPath);
  rmSync(path, { force: true });
  createKeyFiles(path);
  // root may do it for the gate, which has to be able to read it
  const { uid, gid } = statSync(keyPath);
  for (const file of [path, publicKeyPath(path)]) chownSync(file, uid, gid);
  return loadOrCreateSigningKey(path);
}

/**
 * The key in force, after finishing or dropping a hand-over that a crash cut short: the log says which of the two
 * keys is the last one it knows. What came before is overwritten, so that nobody who comes later can sign with it.
 */
export function settleRotation(keyPath: string, keyIdInLog: string | undefined): SigningKey {
  const path = nextKeyPath(keyPath);
  if (!existsSync(path)) return loadOrCreateSigningKey(keyPath);
  if (loadOrCreateSigningKey(path).keyId === keyIdInLog) {
    renameSync(publicKeyPath(path), publicKeyPath(keyPath));
    renameSync(path, keyPath);
    syncFolder(keyPath);
  } else {
    rmSync(path);
    rmSync(publicKeyPath(path), { force: true });
  }
  return loadOrCreateSigningKey(keyPath);
}

export function readPublicKey(path: string): KeyObject {
  try {
    const key = createPublicKey(readFileSync(path));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new Fault('config', `the public key ${path} cannot be read: give a PEM file with an Ed25519 key`, {
      cause,
    });
  }
  throw new Fault('config', `the public key ${path} is not an Ed25519 key`);
}

function readPrivateKey(keyPath: string): KeyObject {
  if ((statSync(keyPath).mode & 0o077) !== 0) {
    throw new Fault(
      'config',
      `the key ${keyPath} is open to other users: run chmod 600 on it, and replace it if it leaked`,
    );
  }
  try {
    const key = createPrivateKey(readFileSync(keyPath));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new Fault('config', `the key ${keyPath} cannot be read: it must be an Ed25519 key in PEM form`, {
      cause,
    });
  }
  throw new Fault('config', `the key ${keyPath} is not an Ed25519 key`);
}

/** Written beside, synced and renamed: neither a crash nor a power loss leaves half a key under the name. */
function createKeyFiles(keyPath: string): void {
  mkdirSync(dirname(keyPath), { recursive: true, mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const temporary = `${keyPath}.new`;
  rmSync(temporary, { force: true });
  writeSynced(temporary, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  writePublicKey(keyPath, publicKey);
  renameSync(temporary, keyPath);
  syncFolder(keyPath);
}

function writePublicKey(keyPath: string, publicKey: KeyObject): void {
  writeSynced(publicKeyPath(keyPath), publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
}

function writeSynced(path: string, text: string | Buffer, mode: number): void {
  const file = openSync(path, 'w', mode);
  try {
    writeSync(file, String(text));
    fchmodSync(file, mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder as durable as what they stand for. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
