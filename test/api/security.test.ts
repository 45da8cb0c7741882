// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { packageRoot } from '../../src/config/index.ts';
import { policy, until } from '../unit/service/gate-under-test.ts';
import { runningGate } from './running-gate.ts';

const { gate, as, tokenFor, stateDir, ca } = await runningGate({ clientTimeoutMs: '1500' });
const { port } = new URL(gate.url);

test('without a token, or with a wrong one, nobody is let in, and it is in the log', async () => {
  for (const [token, path] of [
    ['', '/v1/policies'],
    ['tg_a_b', '/v1/policies'],
    ['', '/metrics'],
    ['x', '/v1/events'],
  ] as const) {
    const { status, body, headers } = await as(token).get(path);
    assert.deepEqual([status, body.code], [401, 'unauthenticated']);
    assert.match(headers['www-authenticate'] ?? '', /Bearer/);
  }
  await gate.service.audit.appendSoon([]);
  assert.ok(gate.service.audit.read({ type: 'auth.refused' }).length >= 4);
});

test('health, readiness and the API document are for anybody; nothing else is', async () => {
  for (const path of ['/healthz', '/readyz', '/v1/openapi.json'])
    assert.equal((await as('').get(path)).status, 200, path);
  const { paths } = (await as('').get('/v1/openapi.json')).body;
  for (const [path, methods] of Object.entries(paths) as [
    string,
    Record<string, { security?: unknown[] }>,
  ][]) {
    for (const [method, { security }] of Object.entries(methods)) {
      if (security?.length === 0) continue;
      const url = path.replace(/\{\w+\}/g, 'x');
      const { status } = await as('')[method as 'get'](url);
      assert.equal(status, 401, `${method} ${path}`);
    }
  }
});

test('roles: who is only known may not read the audit log or make tokens', async () => {
  const bob = tokenFor('bob');
  for (const path of ['/v1/audit/records', '/v1/audit/head', '/v1/tokens', '/v1/events', '/metrics']) {
    const { status, body } = await as(bob).get(path);
    assert.deepEqual([status, body.code], [403, 'forbidden'], path);
  }
  const auditor = tokenFor('eve', 'tracegate:auditors');
  assert.equal((await as(auditor).get('/v1/audit/records')).status, 200);
  assert.equal((await as(auditor).post('/v1/tokens').send({ user: 'x' })).status, 403);
  await as(bob).post('/v1/reviews').send(policy('mine'));
  const own = await as(bob).get('/v1/decisions');
  assert.ok(
    own.body.items.length > 0 &&
      own.body.items.every((d: { subject: { user: string } }) => d.subject.user === 'bob'),
  );
  const others = (await as().get('/v1/decisions')).body.items.map((d: { id: string }) => d.id);
  const eve = tokenFor('eve');
  assert.equal((await as(eve).get(`/v1/decisions/${others[0]}`)).status, 404);
});

test('tokens are made, listed and revoked over the API', async () => {
  const made = await as()
    .post('/v1/tokens')
    .send({ user: 'ci', groups: ['team'] });
  assert.equal(made.status, 201);
  assert.equal(made.headers['cache-control'], 'no-store');
  assert.equal((await as(made.body.token).get('/v1/policies')).status, 200);
  const listed = await as().get('/v1/tokens');
  assert.doesNotMatch(JSON.stringify(listed.body), new RegExp(made.body.token));
  assert.equal((await as().delete(`/v1/tokens/${made.body.id}`)).status, 204);
  assert.equal((await as(made.body.token).get('/v1/policies')).status, 401);
  assert.equal((await as().post('/v1/tokens').send({ user: 'x', admin: true })).status, 400);
});

test('secrets lie where only their owner reads them', () => {
  for (const file of [
    'admin.token',
    'tls/ca.key',
    'tls/server.key',
    'keys/gate-audit.key',
    'keys/receipt.key',
    'gate/audit.db',
    'gate/store.db',
    'gate.sock',
  ]) {
    assert.equal(statSync(join(stateDir, file)).mode & 0o077, 0, file);
  }
  assert.equal(statSync(join(stateDir, 'tls/ca.crt')).mode & 0o444, 0o444);
  assert.equal(JSON.parse(readFileSync(join(stateDir, 'listen.json'), 'utf8')).url, gate.url);
});

test('the socket lets the owner of the process in without a token, by the kernel’s word where it can be asked', async (t) => {
  const status = await overSocket('/v1/tokens');
  assert.equal(status, 200);
  assert.equal(await overSocket('/v1/tokens', { authorization: 'Bearer nonsense' }), 401);
  const built = existsSync(join(packageRoot(), 'build', 'tracegate_peercred.node'));
  assert.equal(gate.peersByKernel, built);
  if (!built) t.skip('build/tracegate_peercred.node is missing: only the mode of the socket was tried');
});

function overSocket(path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { socketPath: gate.socketPath, path, headers: { host: 'gate', ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** Sends raw bytes and answers with what came back until the gate closed. */
async function raw(text: string): Promise<string> {
  const socket: TLSSocket = connect({ port: Number(port), host: '127.0.0.1', ca });
  socket.on('error', () => undefined);
  socket.write(text);
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
  return answer;
}

test('bad framing is a 400 and the end of the connection', async () => {
  for (const [what, text] of Object.entries({
    'no HTTP': 'hello\r\n\r\n',
    'two hosts': 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'no host': 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n',
    'two lengths':
      'POST /v1/reviews HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'space in a name': 'GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n',
  })) {
    assert.match(await raw(text), /^HTTP\/1\.1 400 /, what);
  }
  const large = `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`;
  assert.match(await raw(large), /^HTTP\/1\.1 431 /);
});

test('a client that does not finish its request is cut off', async () => {
  const started = performance.now();
  const answer = await raw('POST /v1/reviews HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n');
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.ok(performance.now() - started < 8_000);
});

test('compressed bodies, bodies where none belongs, and undecodable paths are refused', async () => {
  const zipped = await as()
    .post('/v1/reviews')
    .type('application/json')
    .set('content-encoding', 'gzip')
    .send('{}');
  assert.equal(zipped.status, 415);
  const identity = await as()
    .post('/v1/reviews')
    .type('application/json')
    .set('content-encoding', 'identity')
    .send(JSON.stringify(policy('a')));
  assert.equal(identity.status, 200);
  assert.equal((await as().delete('/v1/policies/none').send({ a: 1 })).status, 400);
  assert.equal((await as().get('/v1/policies/%E0%A4%A')).status, 400);
  assert.equal((await as().get('/v1/nothing')).status, 404);
  assert.equal((await as().post('/v1/policies').send({})).status, 404);
});

test('a body beyond the limit is a 413, told before and while it arrives', async () => {
  const big = Buffer.alloc(8 * 1024 * 1024 + 1, ' ');
  const told = await as().post('/v1/reviews').type('application/json').send(big);
  assert.deepEqual([told.status, told.body.code], [413, 'too-large']);
  assert.equal((await as('').get('/healthz')).status, 200);
});

test('a name like one of JavaScript’s own is a name and nothing else', async () => {
  for (const name of [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '..',
    '%2e%2e',
    "'; drop table policy --",
    'a%00b',
  ]) {
    const { status } = await as().get(`/v1/policies/${encodeURIComponent(name)}`);
    assert.ok(status === 404 || status === 400, `${name}: ${status}`);
  }
  assert.equal((await as().get('/v1/policies?__proto__=1')).status, 400);
  assert.equal((await as().get('/v1/policies?constructor=1')).status, 400);
});

test('too many requests of one subject are a 429 that says when to try again', async () => {
  const limited = await runningGate();
  const token = limited.tokenFor('hasty');
  const { rateLimiter } = await import('../../src/api/index.ts');
  const limiter = rateLimiter(2, () => 0);
  limiter.take('a');
  limiter.take('a');
  limiter.take('b');
  assert.throws(() => limiter.take('a'), /try again in 30 s/);
  assert.equal((await limited.as(token).get('/v1/policies')).status, 200);
});

test('metrics count requests and know nothing a client made up', async () => {
  await as().get('/v1/policies/some-made-up-name');
  const { text } = await as().get('/metrics');
  assert.match(
    text,
    /tracegate_http_requests_total\{method="GET",route="\/v1\/policies\/\{name\}",status="404"\}/,
  );
  assert.doesNotMatch(text, /some-made-up-name/);
  assert.match(text, /tracegate_audit_records \d+/);
});

test('a gate that cannot judge says so: 503, and not ready', async () => {
  const broken = await runningGate({ rulesBundle: '/nowhere' });
  assert.deepEqual((await broken.as('').get('/readyz')).body.missing, ['rules']);
  const { status, body } = await broken.as().put('/v1/policies/a').send(policy('a'));
  assert.deepEqual([status, body.code], [503, 'could-not-judge']);
  assert.equal((await broken.as().get('/v1/policies/a')).status, 404);
});

test('a full audit log refuses changes with 503 and says it is not ready', async () => {
  const { gate: full, as: asked, agent } = await runningGate();
  const append = full.service.audit.appendSoon.bind(full.service.audit);
  full.service.audit.appendSoon = (entries) =>
    entries.some(({ type }) => type === 'decision')
      ? Promise.reject(new Error('disk full'))
      : append(entries);
  const { status } = await asked().put('/v1/policies/a').send(policy('a'));
  assert.equal(status, 503);
  assert.equal((await asked().get('/v1/policies/a')).status, 404);
  await until(() => agent.orders.length === 0, 'nothing sent');
});

test('a second gate in the same state directory, or on the same port, is turned away in words', async () => {
  const { startGate } = await import('../../src/gate/index.ts');
  const { configFor } = await import('./running-gate.ts');
  const { silentLog } = await import('../../src/telemetry/log.ts');
  const deps = { log: silentLog, version: '0' };
  await assert.rejects(startGate(configFor(stateDir), deps), /has a writer already/);
  await assert.rejects(
    startGate(configFor(join(stateDir, 'other'), { listen: gate.url }), deps),
    /another process listens there/,
  );
});
