// SPDX-License-Identifier: Apache-2.0
/** What a real API server sends to a webhook, and what the benches say it sends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeCertificate } from '../bench/admission/certificate.ts';
import { CASES, type Case, servedReviewOf } from '../bench/admission/policy.ts';
import { type ApiServer, kubernetesBinaries, startApiServer } from './api-server.ts';
import { installCrds, must, webhookConfiguration } from './installation.ts';

const binaries = kubernetesBinaries();
const skip = 'missing' in binaries ? `missing: ${binaries.missing}` : false;
const work = mkdtempSync(join(tmpdir(), 'tracegate-sent-'));
let cluster: ApiServer;
let listener: Server;
const sent: string[] = [];

before(async () => {
  if (!('folder' in binaries)) return;
  const { certificate, key } = await writeCertificate(work);
  const ca = readFileSync(certificate, 'utf8');
  listener = createServer({ cert: ca, key: readFileSync(key) }, async (request, response) => {
    const text = (await request.setEncoding('utf8').toArray()).join('');
    const { apiVersion, kind, request: asked } = JSON.parse(text);
    if (asked.operation === 'CREATE') sent.push(text);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ apiVersion, kind, response: { uid: asked.uid, allowed: true } }));
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  cluster = await startApiServer(binaries.folder);
  await installCrds(cluster);
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  await must(cluster, ['apply', '-f', '-'], webhookConfiguration({ url, ca }));
});

after(async () => {
  await cluster?.stop();
  listener?.close();
  rmSync(work, { recursive: true, force: true });
});

/** A value with what differs from cluster to cluster and from time to time left out; the order of keys stays. */
const shapeOf = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
    .replace(/[\da-f]{8}-[\da-f-]{27}/g, 'UID')
    .replace(/"userInfo":\{[^{}]*\}/, '"userInfo":{}');

test('the benches send what an API server sends: order of keys, defaults, and what it adds', {
  skip,
}, async () => {
  const one = CASES[0] as Case;
  for (let tries = 0; tries < 100 && sent.length === 0; tries++) {
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(one.policy) });
    await cluster.kubectl(['delete', '--wait=false', 'tracingpolicy', 'bench-files']);
    await sleep(100);
  }
  assert.equal(shapeOf((sent[0] ?? '').trimEnd()), shapeOf(JSON.stringify(servedReviewOf(one))));
});
