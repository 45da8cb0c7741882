// SPDX-License-Identifier: Apache-2.0
/** A bundle from a web server: fetched whole, and only when its ETag says that it is another one. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Fault } from '../../errors.ts';

const TIMEOUT_MS = 30_000;
const ARCHIVE_BYTES_MAX = 32 * 1024 * 1024;

export interface ServerOptions {
  tokenFile?: string;
  caFile?: string;
  /** its bundles are checked by a signature */
  signed: boolean;
}

export interface BundleServer {
  /** the archive; undefined: the one that was fetched last */
  fetch(): Promise<Buffer | undefined>;
}

export function bundleServer(address: string, options: ServerOptions): BundleServer {
  const url = new URL(address);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && !options.signed && !loopback) {
    throw new Fault(
      'config',
      `rulesBundle ${address}: anybody on the way could put rules in: use https, or signed bundles (bundle.keyFile)`,
    );
  }
  let etag: string | undefined;
  /** of a server without ETags: the SHA-256 of what it sent last */
  let last: string | undefined;
  return {
    async fetch() {
      const response = await answerOf(url, options, etag);
      if (response.statusCode === 304 && etag !== undefined) {
        response.resume();
        return undefined;
      }
      if (response.statusCode !== 200) {
        response.resume();
        throw away(url, `it answers ${response.statusCode}${hintFor(response)}`);
      }
      const archive = await bodyOf(response, url);
      etag = response.headers.etag;
      const sent = etag === undefined ? createHash('sha256').update(archive).digest('hex') : undefined;
      if (sent !== undefined && sent === last) return undefined;
      last = sent;
      return archive;
    },
  };
}

function answerOf(url: URL, options: ServerOptions, etag: string | undefined): Promise<IncomingMessage> {
  const { tokenFile, caFile } = options;
  const token = tokenFile === undefined ? undefined : secretIn(tokenFile, 'bundle.tokenFile').trim();
  const headers = {
    accept: 'application/gzip, application/octet-stream',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
  };
  const ca = caFile === undefined ? {} : { ca: secretIn(caFile, 'bundle.caFile') };
  const send = url.protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const request = send(url, { headers, ...ca, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
    request.on('response', resolve);
    request.on('error', (cause) => reject(away(url, cause.message, cause)));
    request.end();
  });
}

async function bodyOf(response: IncomingMessage, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > ARCHIVE_BYTES_MAX)
        throw new Error(`the bundle is larger than ${ARCHIVE_BYTES_MAX} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw away(url, (cause as Error).message, cause);
  }
  return Buffer.concat(chunks);
}

/** A redirect could lead anywhere, the token with it: it is told, not followed. */
function hintFor({ statusCode = 0, headers }: IncomingMessage): string {
  if (statusCode >= 300 && statusCode < 400) return ` and sends us to ${headers.location}: configure that`;
  return statusCode === 401 || statusCode === 403 ? ': see bundle.tokenFile' : '';
}

function secretIn(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('config', `${key} ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function away(url: URL, why: string, cause?: unknown): Fault {
  return new Fault('could-not-judge', `The rule set cannot be fetched from ${url.href}: ${why}.`, { cause });
}
