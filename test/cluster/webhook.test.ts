// SPDX-License-Identifier: Apache-2.0
/** A real API server asks a real gate, as `kubectl` sees it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';
import { runningGate } from '../api/running-gate.ts';
import { FIELD_POLICIES, RESTRICT_SYMLINK } from '../fixtures/policies.ts';
import { policy } from '../unit/service/gate-under-test.ts';
import { type ApiServer, kubernetesBinaries, startApiServer } from './api-server.ts';
import { install, must as mustIn, webhookConfiguration } from './installation.ts';

const binaries = kubernetesBinaries();
const skip = 'missing' in binaries ? `missing: ${binaries.missing}` : false;
const { gate, ca, agent } = await runningGate();
let cluster: ApiServer;

before(async () => {
  if (!('folder' in binaries)) return;
  cluster = await startApiServer(binaries.folder);
  await install(cluster, { url: gate.url, ca });
});

after(async () => {
  await cluster?.stop();
});

const must = (args: string[], input?: string) => mustIn(cluster, args, input);

const sent = (text: string | object) => (typeof text === 'string' ? text : JSON.stringify(text));
const apply = (text: string | object, user: 'admin' | 'alice' = 'admin') =>
  cluster.kubectl(['apply', '-f', '-'], { user, input: sent(text) });
const decisions = () => gate.service.decisions({ limit: 500 }).map(({ decision }) => decision);

test('the policies of the field are let in for the administrator', { skip }, async () => {
  for (const [name, text] of Object.entries(FIELD_POLICIES)) {
    const { code, stdout, stderr } = await apply(text);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /created/, name);
  }
  const decision = decisions().find(({ policy: { name } }) => name === 'restrict-symlink');
  assert.equal(decision?.door, 'webhook');
  assert.equal(decision?.subject.user, 'admin');
  assert.ok(decision?.subject.groups.includes('system:masters'));
});

test('a denied policy: kubectl shows the findings, how to fix them, and the decision; nothing is stored', {
  skip,
}, async () => {
  const { code, stderr } = await apply(policy('alice-kills', { action: 'Sigkill' }), 'alice');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /admission webhook "tracingpolicies\.tracegate\.io" denied the request: alice-kills is not let in:/,
  );
  assert.match(stderr, /TPG-\d+/);
  assert.match(stderr, /fix: /);
  assert.match(stderr, /Forbidden|forbidden/);
  const [decision] = decisions();
  assert.match(stderr, new RegExp(`decision ${decision?.id}`));
  assert.deepEqual(decision?.subject.user, 'alice');
  const { code: found } = await cluster.kubectl(['get', 'tracingpolicy', 'alice-kills']);
  assert.equal(found, 1);
});

test('an update is judged with what is stored; a denied one leaves the stored one', { skip }, async () => {
  assert.equal((await apply(policy('updated'))).code, 0);
  const { code, stderr } = await apply(policy('updated', { action: 'Sigkill' }), 'alice');
  assert.equal(code, 1, stderr);
  const [denied] = decisions();
  assert.deepEqual([denied?.operation, denied?.allowed], ['update', false]);
  const stored = JSON.parse(await must(['get', 'tracingpolicy', 'updated', '-o', 'json']));
  assert.equal(stored.spec.kprobes[0].selectors[0].matchActions[0].action, 'Post');
  assert.match(
    await must([
      'patch',
      'tracingpolicy',
      'updated',
      '--type=merge',
      '-p',
      '{"metadata":{"labels":{"a":"b"}}}',
    ]),
    /patched/,
  );
});

test('a deletion is judged by what is to be deleted', { skip }, async () => {
  const alice = await cluster.kubectl(['delete', 'tracingpolicy', 'updated'], { user: 'alice' });
  assert.equal(alice.code, 1, alice.stdout);
  assert.match(alice.stderr, /denied the request/);
  assert.match(await must(['delete', 'tracingpolicy', 'updated']), /deleted/);
  const [decision] = decisions();
  assert.deepEqual(
    [decision?.operation, decision?.allowed, decision?.policy.name],
    ['delete', true, 'updated'],
  );
});

test('a dry run is judged, recorded as one, and changes nothing', { skip }, async () => {
  const before = gate.service.audit.read({ type: 'policy.' }).length;
  const { code, stdout } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], {
    input: sent(policy('dry')),
  });
  assert.equal(code, 0);
  assert.match(stdout, /server dry run/);
  const [record] = gate.service.audit.read({ type: 'decision', object: 'dry' });
  assert.equal(record?.body.dryRun, true);
  assert.equal((await cluster.kubectl(['get', 'tracingpolicy', 'dry'])).code, 1);
  assert.equal(gate.service.audit.read({ type: 'policy.' }).length, before);
});

test('warnings reach kubectl, and what our language lacks is refused in words', { skip }, async () => {
  const [name, text] = ['tcp-connect', FIELD_POLICIES['tcp-connect'] ?? ''];
  const warned = await apply(text.replace(name, 'warned'));
  assert.match(warned.stderr, /Warning: TPG-/);
  const foreign = {
    ...policy('foreign'),
    spec: {
      kprobes: [{ call: 'sys_dup', selectors: [{ matchActions: [{ action: 'GetUrl', argUrl: 'x' }] }] }],
    },
  };
  const { code, stderr } = await apply(foreign);
  assert.equal(code, 1);
  assert.match(stderr, /TPG-001/);
});

test('webhook and API give the same verdict on the same document', { skip }, async () => {
  for (const document of [
    RESTRICT_SYMLINK,
    sent(policy('a', { action: 'Sigkill' })),
    sent(policy('tracegate-x')),
  ]) {
    const parsed = load(document) as { metadata: { name: string } };
    const { stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], {
      input: sent({ ...parsed, metadata: { name: `same-${parsed.metadata.name}` } }),
    });
    const [webhook] = decisions();
    const { service } = gate;
    const { intakeObject } = await import('../../src/model/intake.ts');
    const subject = { user: 'admin', groups: ['system:masters'] };
    const intake = intakeObject({ ...parsed, metadata: { name: `same-${parsed.metadata.name}` } });
    const { decision: api } = await service.review({ door: 'api', subject, operation: 'create', intake });
    assert.deepEqual(
      [webhook?.allowed, webhook?.findings, webhook?.policy.digest],
      [api.allowed, api.findings, api.policy.digest],
      stderr,
    );
  }
});

test('a gate that is away stops changes to policies, and nothing else', { skip }, async () => {
  const lost = webhookConfiguration({ url: 'https://127.0.0.1:1', ca })
    .replace('name: tracegate\n', 'name: lost\n')
    .replace('tracingpolicies.tracegate.io', 'lost.tracegate.io');
  await must(['apply', '-f', '-'], lost);
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await apply(policy(`away-${tries}`))).stderr.includes('lost.tracegate.io')) break;
    await sleep(100);
  }
  const { code, stderr } = await apply(policy('away'));
  assert.equal(code, 1);
  assert.match(stderr, /failed calling webhook "lost\.tracegate\.io"/);
  await must(['create', 'configmap', 'other', '--from-literal=a=b']);
  await must(['delete', 'validatingwebhookconfiguration', 'lost']);
});

test('none of this loaded anything: allowed is not stored, stored is not loaded', { skip }, () => {
  assert.equal(agent.orders.length, 0);
  assert.equal(gate.service.list({ limit: 10 }).length, 0);
});
