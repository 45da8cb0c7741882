// SPDX-License-Identifier: Apache-2.0
/**
 * OPA's bundle signatures: .signatures.json holds one JWT that names every file with its digest. Which algorithm is
 * used follows from our own key, never from what the token says of itself.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';

export const SIGNATURES_FILE = '.signatures.json';

/** Whose signature a bundle needs. */
export interface Trust {
  publicKey: KeyObject;
  /** the key id the token must name; any when unset */
  keyId?: string;
  /** what the signature is for, as the signer said with `--scope` */
  scope?: string;
}

export interface Signer {
  privateKey: KeyObject;
  keyId?: string;
  scope?: string;
}

type Alg = 'RS256' | 'ES256' | 'EdDSA';
type Files = ReadonlyMap<string, Uint8Array>;

/** Digests we take for one; OPA knows weaker ones too. */
const HASHES: Record<string, string> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

/** The JWS algorithm for a key; throws Error for a key that has none here. */
export function algorithmOf(key: KeyObject): Alg {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= 2048) return 'RS256';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  if (type === 'ed25519') return 'EdDSA';
  throw new Error(`a key of type ${type} signs no bundles: take RSA of 2048 bits or more, P-256 or Ed25519`);
}

/** Throws Error unless the bundle's one signature is by the trusted key and names exactly its files as they are. */
export function verifySignature(files: Files, trust: Trust): void {
  const payload = payloadOf(tokenIn(files), trust);
  if (payload.scope !== trust.scope)
    throw new Error(`its signature is for the scope ${text(payload.scope)}, not ${text(trust.scope)}`);
  const named = new Map(listed(payload.files).map((file) => [String(file.name).replace(/^\//, ''), file]));
  for (const [name, bytes] of files) {
    if (name === SIGNATURES_FILE) continue;
    const file = named.get(name);
    if (file === undefined) throw new Error(`${name} is not in its signature`);
    const algorithm = HASHES[String(file.algorithm)];
    if (algorithm === undefined)
      throw new Error(`${name} is signed by a digest of kind ${text(file.algorithm)}: take SHA-256`);
    if (digestOf(name, bytes, algorithm) !== String(file.hash).toLowerCase())
      throw new Error(`${name} is not what was signed`);
    named.delete(name);
  }
  const [missing] = named.keys();
  if (missing !== undefined) throw new Error(`${missing} was signed and is not there`);
}

/** The bundle's .signatures.json, as `opa sign` would make it. */
export function signatureFor(files: Files, { privateKey, keyId, scope }: Signer): Buffer {
  const alg = algorithmOf(privateKey);
  const named = [...files].map(([name, bytes]) => {
    return { name, hash: digestOf(name, bytes, 'sha256'), algorithm: 'SHA-256' };
  });
  const header = part({ alg, ...(keyId === undefined ? {} : { kid: keyId }) });
  const payload = part({ files: named, ...(scope === undefined ? {} : { scope }) });
  const signature = sign(hashFor(alg), Buffer.from(`${header}.${payload}`), signing(privateKey));
  const token = `${header}.${payload}.${signature.toString('base64url')}`;
  return Buffer.from(JSON.stringify({ signatures: [token] }));
}

function tokenIn(files: Files): string {
  const bytes = files.get(SIGNATURES_FILE);
  if (bytes === undefined) throw new Error('it is not signed, and a key is configured (bundle.keyFile)');
  const { signatures } = parsed(bytes, SIGNATURES_FILE);
  const [token, ...others] = listed(signatures) as unknown[];
  if (typeof token !== 'string' || others.length > 0)
    throw new Error(`${SIGNATURES_FILE} holds not one token`);
  return token;
}

function payloadOf(token: string, trust: Trust): Record<string, unknown> {
  const parts = token.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3) throw new Error('its signature is no token of three parts');
  const alg = algorithmOf(trust.publicKey);
  const said = parsed(Buffer.from(header, 'base64url'), 'the header of its signature');
  if (said.alg !== alg) throw new Error(`its signature is by ${text(said.alg)}, and our key is for ${alg}`);
  const right = verify(
    hashFor(alg),
    Buffer.from(`${header}.${payload}`),
    signing(trust.publicKey),
    Buffer.from(signature, 'base64url'),
  );
  if (!right) throw new Error('its signature is not by the key in bundle.keyFile');
  const claims = parsed(Buffer.from(payload, 'base64url'), 'its signature');
  const keyId = said.kid ?? claims.keyid;
  if (trust.keyId !== undefined && keyId !== trust.keyId)
    throw new Error(`its signature names the key ${text(keyId)}, not ${text(trust.keyId)}`);
  return claims;
}

const hashFor = (alg: Alg): string | null => (alg === 'EdDSA' ? null : 'sha256');
const signing = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const });
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const text = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value).slice(0, 80));
const listed = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value : []);

function parsed(bytes: Uint8Array, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below, like any other value that is no object
  }
  throw new Error(`${what} is no JSON object`);
}

/** Of data and manifest the meaning is signed, not the spelling: keys in order, no spaces, numbers as written. */
function digestOf(name: string, bytes: Uint8Array, algorithm: string): string {
  const base = name.split('/').at(-1) ?? '';
  if (base !== 'data.json' && base !== '.manifest') return createHash(algorithm).update(bytes).digest('hex');
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'), keepNumbers);
  return createHash(algorithm).update(canonical(value)).digest('hex');
}

class NumberText {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

function keepNumbers(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value;
}

function canonical(value: unknown): string {
  if (value instanceof NumberText) return value.source;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return primitive(value);
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const entries = keys.map(
    (key) => `${primitive(key)}:${canonical((value as Record<string, unknown>)[key])}`,
  );
  return `{${entries.join(',')}}`;
}

/** As Go writes it: the two line separators of Unicode are escaped. */
function primitive(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
