// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { FILE_MONITORING, RESTRICT_SYMLINK, TCP_CONNECT } from '../fixtures/policies.ts';
import { policy, until } from '../unit/service/gate-under-test.ts';
import { runningGate } from './running-gate.ts';

const running = await runningGate();
const { as, tokenFor, agent } = running;
const YAML = 'application/yaml';

test('the three policies of the field are judged, stored and sent to the host', async () => {
  for (const [name, text] of Object.entries({
    'tcp-connect': TCP_CONNECT,
    'file-monitoring': FILE_MONITORING,
    'restrict-symlink': RESTRICT_SYMLINK,
  })) {
    const { status, body } = await as().put(`/v1/policies/${name}?reason=field`).type(YAML).send(text);
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(body.decision.allowed, true);
    assert.equal(body.policy.revision, 1);
    await until(() => agent.shown.has(name), `${name} on the host`);
    const shown = await as().get(`/v1/policies/${name}/status`);
    assert.equal(shown.body.state, 'loaded');
  }
  const { body } = await as().get('/v1/policies');
  assert.deepEqual(
    body.items.map((item: { name: string }) => item.name),
    ['file-monitoring', 'restrict-symlink', 'tcp-connect'],
  );
});

test('what a guardrail denies is a 403 problem with the Decision in it, and nothing is stored', async () => {
  const bob = tokenFor('bob', 'developers');
  const { status, body, type } = await as(bob)
    .put('/v1/policies/kill')
    .send(policy('kill', { action: 'Sigkill' }));
  assert.equal(status, 403);
  assert.equal(type, 'application/problem+json');
  assert.equal(body.code, 'forbidden');
  assert.equal(body.decision.allowed, false);
  assert.ok(
    body.decision.findings.some(
      (finding: { rule: string; fix?: string }) => finding.rule.startsWith('TPG-') && finding.fix,
    ),
  );
  assert.equal((await as().get('/v1/policies/kill')).status, 404);
  assert.equal(
    agent.orders.some(({ key }) => key === 'kill'),
    false,
  );
});

test('a document that is no valid TracingPolicy is a 422 with findings that say where', async () => {
  const text =
    'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: x\nspec:\n  kprobes:\n  - call: a\n    sycall: false\n';
  const { status, body } = await as().put('/v1/policies/x').type(YAML).send(text);
  assert.equal(status, 422);
  assert.equal(body.code, 'invalid');
  const [finding] = body.decision.findings;
  assert.equal(finding.rule, 'TPG-001');
  assert.equal(finding.line, 8);
});

test('a review answers 200 either way, stores nothing, and takes a bare policy or one in an envelope', async () => {
  const bare = await as().post('/v1/reviews').send(policy('r'));
  assert.deepEqual([bare.status, bare.body.allowed, bare.body.operation], [200, true, 'create']);
  const bob = tokenFor('bob');
  const denied = await as(bob)
    .post('/v1/reviews')
    .send({ policy: policy('r', { action: 'Sigkill' }) });
  assert.deepEqual([denied.status, denied.body.allowed], [200, false]);
  const update = await as()
    .post('/v1/reviews')
    .send({ policy: policy('r'), oldPolicy: policy('r') });
  assert.equal(update.body.operation, 'update');
  const invalid = await as()
    .post('/v1/reviews')
    .send({ policy: { kind: 'TracingPolicy' } });
  assert.equal(invalid.status, 422);
  for (const wrong of [
    { policy: policy('r'), operation: 'CREATE' },
    { policy: policy('r'), operation: 'update' },
    { policy: policy('r'), oldPolicy: policy('s') },
    { policy: policy('r'), more: 1 },
  ]) {
    const { status, body } = await as().post('/v1/reviews').send(wrong);
    assert.deepEqual([status, body.code], [400, 'bad-request'], JSON.stringify(wrong));
  }
  assert.equal((await as().get('/v1/policies/r')).status, 404);
});

test('a review says what the policy does and changes where that is asked, and records it no longer than the document', async () => {
  const quiet = await as().post('/v1/reviews').send(policy('e'));
  assert.equal(quiet.body.effects, undefined);
  const oldPolicy = policy('e', { action: 'Post' });
  const asked = await as()
    .post('/v1/reviews?effects=true')
    .send({ policy: policy('e', { action: 'Sigkill' }), oldPolicy });
  assert.equal(asked.status, 200);
  const { kills, hooks, changes } = asked.body.effects;
  assert.equal(kills, true);
  assert.match(hooks[0].selectors[0].text, /is killed$/);
  assert.equal(changes[0], 'it kills now, and did not before');
  const decision = await as().get(`/v1/decisions/${asked.body.id}`);
  assert.deepEqual([decision.status, decision.body.effects], [200, undefined]);
  assert.equal((await as().post('/v1/reviews?effects=perhaps').send(policy('e'))).status, 400);
});

test('a name or namespace in the body that differs from the URL is a 400', async () => {
  const namespaced = {
    ...policy('n'),
    kind: 'TracingPolicyNamespaced',
    metadata: { name: 'n', namespace: 'team' },
  };
  for (const [path, body] of [
    ['/v1/policies/other', policy('n')],
    ['/v1/namespaces/else/policies/n', namespaced],
    ['/v1/policies/n', namespaced],
    ['/v1/namespaces/team/policies/n', policy('n')],
  ] as const) {
    assert.equal((await as().put(path).send(body)).status, 400, path);
  }
});

test('a namespaced policy lives in the namespace it is sent to', async () => {
  const body = { ...policy('n'), kind: 'TracingPolicyNamespaced', metadata: { name: 'n' } };
  const put = await as().put('/v1/namespaces/team/policies/n').send(body);
  assert.equal(put.status, 201, JSON.stringify(put.body));
  assert.equal(put.body.policy.namespace, 'team');
  const listed = await as().get('/v1/namespaces/team/policies');
  assert.equal(listed.body.items.length, 1);
  assert.equal((await as().get('/v1/namespaces/other/policies')).body.items.length, 0);
  assert.equal((await as().delete('/v1/namespaces/team/policies/n')).status, 200);
});

test('a change based on what somebody else changed meanwhile is a 412', async () => {
  const first = await as().put('/v1/policies/etag').set('if-none-match', '*').send(policy('etag'));
  assert.equal(first.headers.etag, '"1"');
  assert.equal(
    (await as().put('/v1/policies/etag').set('if-none-match', '*').send(policy('etag'))).status,
    412,
  );
  const next = policy('etag', undefined, '/etc/shadow');
  assert.equal((await as().put('/v1/policies/etag').set('if-match', '"1"').send(next)).status, 200);
  const stale = await as()
    .put('/v1/policies/etag')
    .set('if-match', '"1"')
    .send(policy('etag', undefined, '/x'));
  assert.deepEqual([stale.status, stale.body.code], [412, 'stale']);
  assert.equal((await as().put('/v1/policies/etag').set('if-match', '2').send(next)).status, 400);
  assert.equal((await as().delete('/v1/policies/etag').set('if-match', '"1"')).status, 412);
  assert.equal((await as().get('/v1/policies/etag')).headers.etag, '"2"');
  const revisions = await as().get('/v1/policies/etag/revisions?limit=1');
  assert.equal(revisions.body.items[0].actor.user, 'admin');
  assert.equal(revisions.body.next, '1');
});

test('mode and enabled are patched; a patch that says nothing, or something else, is a 400', async () => {
  await as().put('/v1/policies/patch').send(policy('patch'));
  const { body } = await as().patch('/v1/policies/patch').send({ mode: 'monitor', reason: 'watch first' });
  assert.equal(body.policy.mode, 'monitor');
  assert.equal(body.decision.effectiveMode, 'monitor');
  assert.equal((await as().patch('/v1/policies/patch').send({ enabled: false })).body.policy.enabled, false);
  for (const wrong of [{}, { mode: 'off' }, { enabled: 'no' }, { enabled: true, spec: {} }]) {
    assert.equal((await as().patch('/v1/policies/patch').send(wrong)).status, 400, JSON.stringify(wrong));
  }
  const yaml = await as().patch('/v1/policies/patch').type(YAML).send('mode: monitor');
  assert.equal(yaml.status, 415);
});

test('a dry run answers like the real thing and leaves nothing behind', async () => {
  const { status, body } = await as().put('/v1/policies/dry?dryRun=true').send(policy('dry'));
  assert.deepEqual([status, body.decision.allowed], [201, true]);
  assert.equal((await as().get('/v1/policies/dry')).status, 404);
});

test('a listing pages until there is no next', async () => {
  const names: string[] = [];
  let after = '';
  do {
    const { body } = await as().get(
      `/v1/policies?limit=2${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
    );
    names.push(...body.items.map((item: { name: string }) => item.name));
    after = body.next ?? '';
  } while (after !== '');
  assert.deepEqual(names, [...new Set(names)].sort());
  assert.ok(names.length > 3);
});

test('an unknown query key is refused, with the one that was meant', async () => {
  const { status, body } = await as().get('/v1/policies?limt=3');
  assert.equal(status, 400);
  assert.match(body.detail, /limit/);
  for (const query of ['limit=0', 'limit=x', 'limit=501', 'after=', 'limit=1&limit=2']) {
    assert.equal((await as().get(`/v1/policies?${query}`)).status, 400, query);
  }
});

test('decisions, audit records, head and proof can be read; a denied one too', async () => {
  const decisions = await as().get('/v1/decisions?limit=5');
  const [latest] = decisions.body.items;
  assert.deepEqual((await as().get(`/v1/decisions/${latest.id}`)).body, latest);
  const records = await as().get('/v1/audit/records?type=policy.applied&order=descending&limit=3');
  assert.equal(records.body.items.length, 3);
  const { seq } = records.body.items[0];
  assert.equal((await as().get(`/v1/audit/records/${seq}`)).body.seq, seq);
  assert.equal((await as().get('/v1/audit/records/999999')).status, 404);
  const head = (await as().get('/v1/audit/head')).body;
  const proof = (await as().get(`/v1/audit/proofs/${seq}`)).body;
  assert.equal(proof.head.logId, head.logId);
  assert.ok(proof.path.length > 0);
});

test('every answer fits the schema the OpenAPI document gives for it', async () => {
  const { body: document } = await as('').get('/v1/openapi.json');
  assert.equal(document.openapi, '3.1.0');
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'https://openapi/doc', components: document.components });
  for (const path of [
    '/v1/policies',
    '/v1/policies/tcp-connect',
    '/v1/policies/tcp-connect/status',
    '/v1/decisions',
    '/v1/audit/records',
    '/v1/tokens',
    '/v1/rules',
    '/healthz',
  ]) {
    const pattern = path.replace('tcp-connect', '{name}');
    const schema = document.paths[pattern].get.responses['200'].content['application/json'].schema;
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"https://openapi/doc#/'));
    const validate = ajv.compile(absolute);
    const { body } = await as().get(path);
    assert.ok(validate(body), `${path}: ${JSON.stringify(validate.errors)}`);
  }
});
