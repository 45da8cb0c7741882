// SPDX-License-Identifier: Apache-2.0
/** Places that bundles come from: a web server, an OCI layout. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { replaceFile } from '../../src/guardrails/index.ts';

export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAtMs = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > giveUpAtMs) throw new Error(`never came about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function binary(response: unknown, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const stream = response as IncomingMessage;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}

export interface BundleServer {
  address: string;
  asked: IncomingMessage[];
  serve(etag: string, bytes: Buffer): void;
  close(): Promise<void>;
}

export async function bundleServer(): Promise<BundleServer> {
  let etag = '';
  let bytes: Buffer = Buffer.alloc(0);
  const asked: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request);
    const known = request.headers['if-none-match'] === etag;
    response.writeHead(known ? 304 : 200, { etag });
    response.end(known ? undefined : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  after(close);
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rules.tar.gz`,
    asked,
    serve: (name, content) => {
      [etag, bytes] = [`"${name}"`, content];
    },
    close,
  };
}

/** An OCI image layout whose one image is the archive; written again, its index points to another. */
export function writeOciLayout(layout: string, archive: Buffer): void {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer): string => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return `sha256:${hex}`;
  };
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: put(archive) }];
  const manifest = put(Buffer.from(JSON.stringify({ schemaVersion: 2, layers })));
  const index = { schemaVersion: 2, manifests: [{ digest: manifest }] };
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}');
  replaceFile(join(layout, 'index.json'), Buffer.from(JSON.stringify(index)));
}
