// SPDX-License-Identifier: Apache-2.0
/** The gate's own authority and certificate, made at the first start; the certificate is renewed before it ends. */
import { type webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../errors.ts';

export interface TlsFiles {
  cert: Buffer;
  key: Buffer;
  /** undefined where the certificate was brought along */
  caFile: string | undefined;
}

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const CERT_DAYS = 365;
const RENEW_DAYS = 30;

export async function tlsFiles(
  directory: string,
  own: { certFile?: string; keyFile?: string },
  names: readonly string[],
): Promise<TlsFiles> {
  if (own.certFile !== undefined || own.keyFile !== undefined) return brought(own);
  const path = (name: string) => join(directory, name);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (!existsSync(path('ca.crt')) || !existsSync(path('ca.key'))) await makeAuthority(path);
  const wanted = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...names])];
  if (!serves(path('server.crt'), path('server.key'), wanted)) await makeCertificate(path, wanted);
  return {
    cert: readFileSync(path('server.crt')),
    key: readFileSync(path('server.key')),
    caFile: path('ca.crt'),
  };
}

function brought({ certFile, keyFile }: { certFile?: string; keyFile?: string }): TlsFiles {
  if (certFile === undefined || keyFile === undefined) {
    throw new Fault(
      'config',
      'tls.certFile and tls.keyFile belong together: set both, or neither to have them made',
    );
  }
  try {
    return { cert: readFileSync(certFile), key: readFileSync(keyFile), caFile: undefined };
  } catch (cause) {
    throw new Fault('config', `the certificate cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** The certificate there is holds for a while yet, for every name it is asked for. */
function serves(certFile: string, keyFile: string, names: readonly string[]): boolean {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false;
  const certificate = new X509Certificate(readFileSync(certFile));
  const restMs = Date.parse(certificate.validTo) - Date.now();
  const fits = (name: string) =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
  return restMs > RENEW_DAYS * DAY_MS && names.every(fits);
}

type PathOf = (name: string) => string;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Loaded only when something is to be made: a second start does not pay for it. */
async function library() {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(crypto);
  return x509;
}

async function makeAuthority(path: PathOf): Promise<void> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Tracegate on ${printableHost()}`,
    ...validity(CA_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  put(path('ca.key'), await pemOf(keys.privateKey), 0o600);
  put(path('ca.crt'), certificate.toString('pem'), 0o644);
}

async function makeCertificate(path: PathOf, names: readonly string[]): Promise<void> {
  const x509 = await library();
  const authority = new x509.X509Certificate(readFileSync(path('ca.crt'), 'utf8'));
  const signingKey = await importKey(readFileSync(path('ca.key'), 'utf8'));
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const alternatives = names.map((value) => ({
    type: isIP(value) !== 0 ? ('ip' as const) : ('dns' as const),
    value,
  }));
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${printableHost()}`,
    issuer: authority.subject,
    ...validity(CERT_DAYS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternatives),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  put(path('server.key'), await pemOf(keys.privateKey), 0o600);
  put(path('server.crt'), certificate.toString('pem'), 0o644);
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  // an hour back: clocks of a cluster differ
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + days * DAY_MS) };
}

function printableHost(): string {
  return (
    hostname()
      .replace(/[^A-Za-z0-9.-]/g, '-')
      .slice(0, 40) || 'host'
  );
}

function put(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}
