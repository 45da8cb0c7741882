// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { WEBHOOK_PATH } from '../../webhooks/tracing-policies.ts';
import { runningGate } from '../api/running-gate.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import { policy } from '../unit/service/gate-under-test.ts';

const running = await runningGate();
const { gate } = running;

interface Answer {
  status: number;
  body: {
    kind?: string;
    code?: string;
    detail?: string;
    response?: {
      uid: string;
      allowed: boolean;
      status?: { code: number; reason: string; message: string };
      warnings?: string[];
      auditAnnotations?: Record<string, string>;
      patch?: string;
    };
  };
}

function post(
  body: string | Buffer,
  options: RequestOptions & { to?: typeof running } = {},
): Promise<Answer> {
  const { to = running, ...rest } = options;
  const { hostname, port } = new URL(to.gate.url);
  const headers = { 'content-type': 'application/json', ...(rest.headers as object) };
  return new Promise((resolve, reject) => {
    const target = { hostname, port, method: 'POST', path: WEBHOOK_PATH, ca: to.ca, ...rest, headers };
    const request = httpsRequest(target, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function request(
  change: Record<string, unknown> = {},
  object: unknown = policy('w'),
): Record<string, unknown> {
  return {
    uid: 'u-1',
    kind: { group: 'cilium.io', version: 'v1alpha1', kind: 'TracingPolicy' },
    resource: { group: 'cilium.io', version: 'v1alpha1', resource: 'tracingpolicies' },
    name: 'w',
    operation: 'CREATE',
    userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'], uid: '7' },
    object,
    oldObject: null,
    dryRun: false,
    options: null,
    ...change,
  };
}

function review(change: Record<string, unknown> = {}, object?: unknown): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: request(change, object),
  });
}

test('an allowed policy: the uid comes back, with the decision in the API server’s audit log', async () => {
  const { status, body } = await post(review({}, policy('w')), {
    path: `${WEBHOOK_PATH}?timeout=5s&unknown=1`,
  });
  assert.equal(status, 200);
  assert.deepEqual([body.kind, body.response?.uid, body.response?.allowed], ['AdmissionReview', 'u-1', true]);
  assert.equal(body.response?.patch, undefined);
  const decision = gate.service.decision(body.response?.auditAnnotations?.decision ?? '');
  assert.deepEqual([decision.door, decision.subject.user], ['webhook', 'admin']);
  const [record] = gate.service.audit.read({ decision: decision.id });
  assert.equal(
    record?.body.verified,
    false,
    'nobody vouches for what an unauthenticated caller says of the user',
  );
});

test('a denied one: 403 with the findings; an invalid one: 422 with the findings', async () => {
  const denied = await post(
    review({ userInfo: { username: 'bob', groups: [] } }, policy('w', { action: 'Sigkill' })),
  );
  assert.deepEqual(
    [denied.status, denied.body.response?.allowed, denied.body.response?.status?.code],
    [200, false, 403],
  );
  assert.match(denied.body.response?.status?.message ?? '', /w is not let in:\n {2}TPG-\d+/);
  const invalid = await post(review({}, { ...policy('w'), spec: { kprobes: [{ calls: 'x' }] } }));
  assert.deepEqual([invalid.body.response?.allowed, invalid.body.response?.status?.code], [false, 422]);
  assert.match(invalid.body.response?.status?.message ?? '', /TPG-001 \/spec\/kprobes\/0/);
});

test('an update is judged against oldObject, a deletion is judged by it', async () => {
  const update = await post(review({ operation: 'UPDATE', oldObject: policy('w', undefined, '/old') }));
  assert.equal(update.body.response?.allowed, true);
  const removed = await post(review({ operation: 'DELETE', object: null, oldObject: policy('w') }));
  assert.equal(removed.body.response?.allowed, true);
  assert.equal(gate.service.decisions({ limit: 1 })[0]?.decision.operation, 'delete');
  const bob = { userInfo: { username: 'bob', groups: [] } };
  const forbidden = await post(review({ ...bob, operation: 'DELETE', object: null, oldObject: policy('w') }));
  assert.deepEqual([forbidden.body.response?.allowed, forbidden.body.response?.status?.code], [false, 403]);
});

test('what was stored before us and our language lacks can be deleted and replaced, by whom it is for', async () => {
  const foreign = {
    ...policy('w'),
    spec: {
      kprobes: [{ call: 'sys_dup', selectors: [{ matchActions: [{ action: 'GetUrl', argUrl: 'x' }] }] }],
    },
  };
  const removed = await post(review({ operation: 'DELETE', object: null, oldObject: foreign }));
  assert.equal(removed.body.response?.allowed, true, JSON.stringify(removed.body));
  const replaced = await post(review({ operation: 'UPDATE', oldObject: foreign }));
  assert.equal(replaced.body.response?.allowed, true);
  const bob = await post(
    review({ operation: 'DELETE', object: null, oldObject: foreign, userInfo: { username: 'bob' } }),
  );
  assert.equal(bob.body.response?.allowed, false);
});

test('a dry run is recorded as one, and nothing is ever stored or sent', async () => {
  await post(review({ dryRun: true }, policy('w')));
  const [record] = gate.service.audit.read({ type: 'decision', order: 'descending', limit: 1 });
  assert.equal(record?.body.dryRun, true);
  assert.equal(gate.service.list({ limit: 1 }).length, 0);
  assert.equal(running.agent.orders.length, 0);
});

test('a review that cannot be judged is answered "no", with a reason', async () => {
  const cases: Record<string, Record<string, unknown>> = {
    'another version': { kind: { group: 'cilium.io', version: 'v1beta1', kind: 'TracingPolicy' } },
    'another kind': { kind: { group: '', version: 'v1', kind: 'Pod' } },
    'no kind': { kind: null },
    'a subresource': { subResource: 'status' },
    'an unknown operation': { operation: 'CONNECT' },
    'an operation like a method': { operation: 'constructor' },
    'no user': { userInfo: null },
    'a user that is no text': { userInfo: { username: 7 } },
    'no object': { object: null },
    'an object that is a list': { object: [] },
    'an update without the old one': { operation: 'UPDATE' },
    'a deletion without the old one': { operation: 'DELETE' },
    'an object of another name': { name: 'other' },
    'an old object of another name': { operation: 'UPDATE', oldObject: policy('other') },
    'an object of another kind': {
      kind: { group: 'cilium.io', version: 'v1alpha1', kind: 'TracingPolicyNamespaced' },
    },
  };
  for (const [what, change] of Object.entries(cases)) {
    const { status, body } = await post(review(change));
    assert.deepEqual(
      [status, body.response?.uid, body.response?.allowed],
      [200, 'u-1', false],
      `${what}: ${JSON.stringify(body)}`,
    );
    assert.ok((body.response?.status?.message ?? '').length > 10, what);
  }
});

test('anything but an AdmissionReview v1 with a uid is a 400, whatever else it is', async () => {
  const whole = JSON.parse(review());
  for (const [what, body] of Object.entries({
    nothing: '',
    'no JSON': 'hello',
    null: 'null',
    'a list': '[]',
    v1beta1: JSON.stringify({ ...whole, apiVersion: 'admission.k8s.io/v1beta1' }),
    'another kind': JSON.stringify({ ...whole, kind: 'Review' }),
    'no request': JSON.stringify({ ...whole, request: null }),
    'no uid': review({ uid: undefined }),
    'an empty uid': review({ uid: '' }),
    'a uid that is a number': review({ uid: 7 }),
    'a uid without end': review({ uid: 'x'.repeat(10_000) }),
    'a duplicate key': review().replace('"uid":"u-1"', '"uid":"u-1","uid":"u-2"'),
    'no UTF-8': Buffer.from([0x7b, 0xff, 0x7d]),
    'deep nesting': `${'['.repeat(100_000)}`,
  })) {
    const answer = await post(body);
    assert.equal(answer.status, 400, `${what}: ${JSON.stringify(answer.body)}`);
  }
  assert.equal((await post('', { method: 'GET' })).status, 400);
  assert.equal((await post(review(), { headers: { 'content-type': 'text/plain' } })).status, 415);
  assert.equal((await post(review(), { headers: { 'content-encoding': 'gzip' } })).status, 415);
  assert.equal((await post(Buffer.alloc(8 * 1024 * 1024 + 1, ' '))).status, 413);
  await gate.service.audit.appendSoon([]);
  assert.ok(gate.service.audit.read({ type: 'submission.unreadable' }).length >= 10);
});

test('no hostile document is ever let in', async () => {
  for (const { name, body, contentType } of HOSTILE) {
    if (contentType !== 'application/json') continue;
    const [before, behind] = review({ name: '' }, '@OBJECT@').split('"@OBJECT@"');
    const answer = await post(
      Buffer.concat([Buffer.from(before ?? ''), Buffer.from(body), Buffer.from(behind ?? '')]),
    );
    if (answer.status === 200) assert.equal(answer.body.response?.allowed, false, name);
    else assert.ok([400, 413].includes(answer.status), `${name}: ${answer.status}`);
  }
  const alive = await post(review());
  assert.equal(alive.body.response?.allowed, true);
});

test('warnings and messages stay within what API server and terminal take', async () => {
  const evil = 'x\u001b[31m\n'.repeat(500);
  const wide = {
    ...policy('w'),
    spec: { kprobes: Array.from({ length: 20 }, () => ({ call: 'tcp_sendmsg', syscall: false })) },
  };
  const warned = await post(review({}, wide));
  const warnings = warned.body.response?.warnings ?? [];
  assert.ok(warnings.length > 0);
  assert.ok(warnings.every((text) => text.length <= 256 && !text.startsWith('Warning')));
  assert.ok(warnings.join('').length <= 4096);
  const { body } = await post(review({}, { ...policy('w'), [evil]: 1, spec: { [evil]: evil } }));
  const message = body.response?.status?.message ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.equal(/[\u0000-\u0009\u000b-\u001f\u007f]/.test(message), false);
  assert.ok(message.length < 10_000);
});

test('too many reviews of one caller are answered "no" with 429, still with status 200', async () => {
  const limited = await runningGate({ 'webhook.ratePerMinute': '2' });
  await post(review(), { to: limited });
  await post(review(), { to: limited });
  const { status, body } = await post(review(), { to: limited });
  assert.deepEqual([status, body.response?.allowed, body.response?.status?.code], [200, false, 429]);
});

test('a plan that does not come in time is "could not judge", before the API server gives up', async () => {
  const slow = await runningGate({}, { planFor: () => new Promise(() => undefined) });
  const started = performance.now();
  const { body } = await post(review(), { to: slow, path: `${WEBHOOK_PATH}?timeout=1s` });
  assert.deepEqual([body.response?.allowed, body.response?.status?.code], [false, 503]);
  assert.ok(performance.now() - started < 1000);
});

test('without rules nothing is let in', async () => {
  const broken = await runningGate({ rulesBundle: '/nowhere' });
  const { body } = await post(review(), { to: broken });
  assert.deepEqual([body.response?.allowed, body.response?.status?.code], [false, 503]);
  assert.match(body.response?.status?.message ?? '', /could not judge/);
});

test('with a client authority configured, only a caller with its certificate is answered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracegate-client-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const name of ['api', 'stranger']) {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync(
      'openssl',
      ['req', '-x509', ...ec, '-keyout', key, '-out', cert, '-days', '1', '-subj', `/CN=${name}`],
      { stdio: 'ignore' },
    );
  }
  const pair = (name: string) => ({
    key: readFileSync(join(folder, `${name}.key`)),
    cert: readFileSync(join(folder, `${name}.crt`)),
  });
  const strict = await runningGate({ 'webhook.clientCa': join(folder, 'api.crt') });
  assert.equal((await post(review(), { to: strict })).status, 401);
  assert.equal((await post(review(), { to: strict, ...pair('stranger') })).status, 401);
  const known = await post(review(), { to: strict, ...pair('api') });
  assert.equal(known.body.response?.allowed, true);
  const [record] = strict.gate.service.audit.read({ type: 'decision' });
  assert.equal(record?.body.verified, undefined);
  assert.equal(
    (await strict.as().get('/v1/policies')).status,
    200,
    'the API needs a token, not a certificate',
  );
});
