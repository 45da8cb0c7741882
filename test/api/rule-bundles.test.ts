// SPDX-License-Identifier: Apache-2.0
/** Another rule set for a gate that is at work: nobody waits, nothing fails, and a bad one changes nothing. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Decision } from '../../src/model/decision.ts';
import { archiveOf, keyPair, signedArchive, variant } from '../fixtures/bundles.ts';
import { TCP_CONNECT } from '../fixtures/policies.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { trappingIn } from '../fixtures/trapping-module.ts';
import { binary, bundleServer, until } from './bundle-places.ts';
import { type Running, runningGate } from './running-gate.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-rules-'));
after(() => rmSync(root, { recursive: true }));
const GZIP = 'application/gzip';
const NAMES = ['one', 'two', 'three', 'four'];
const archives = new Map(NAMES.map((name) => [name, archiveOf(variant(name))]));
const archive = (name: string): Buffer => archives.get(name) ?? archiveOf(variant(name));

const put = ({ as }: Running, bytes: Buffer, headers: Record<string, string> = {}, token?: string) =>
  as(token).put('/v1/rules/bundle').set('content-type', GZIP).set(headers).send(bytes);
const inForce = async ({ as }: Running) => (await as().get('/v1/rules/bundle')).body;
const judged = async ({ as }: Running): Promise<Decision> =>
  (await as().post('/v1/reviews').set('content-type', 'application/yaml').send(TCP_CONNECT)).body;

describe('a bundle that is put', () => {
  test('judges from the answer on, is written down and outlives a restart', async () => {
    const running = await runningGate();
    const before = await running.as().get('/v1/rules/bundle');
    const answer = await put(running, archive('one'), { 'if-match': String(before.headers.etag) });
    assert.deepEqual([answer.status, answer.body.revision], [200, 'one'], JSON.stringify(answer.body));
    const decision = await judged(running);
    assert.deepEqual([decision.rules.revision, decision.rules.digest], ['one', answer.body.digest]);
    const [record] = running.gate.service.audit.read({ type: 'rules.replaced' });
    assert.equal(record?.actor?.user, 'admin');
    assert.deepEqual(
      [record?.body.revision, record?.body.digest, record?.body.before],
      ['one', answer.body.digest, before.body.digest],
    );
    const kept = await running.as().get('/v1/rules/bundle').set('accept', GZIP).buffer(true).parse(binary);
    assert.deepEqual(kept.body, archive('one'));
    const again = await runningGate({ rulesBundle: join(running.stateDir, 'rules') });
    assert.equal((await judged(again)).rules.digest, answer.body.digest);
  });

  test('is for platform, for what it was meant for, and for a gate that keeps its own rules', async () => {
    const running = await runningGate();
    const { headers, body } = await running.as().get('/v1/rules/bundle');
    const bob = running.tokenFor('bob', 'tracegate:enforcers');
    const etag = String(headers.etag);
    assert.equal((await put(running, archive('one'), {}, bob)).status, 403);
    assert.equal((await put(running, archive('one'), { 'if-match': '"sha256:other"' })).status, 412);
    assert.equal((await put(running, archive('one'), { 'content-type': 'application/json' })).status, 415);
    assert.deepEqual(await inForce(running), body);
    assert.equal((await put(running, archive('one'), { 'if-match': `"x", ${etag}` })).status, 200);
    assert.equal((await put(running, archive('two'), { 'if-match': etag })).status, 412);
    writeFileSync(join(root, 'fixed.tar.gz'), archive('two'));
    const fixed = await runningGate({ rulesBundle: join(root, 'fixed.tar.gz') });
    const refused = await put(fixed, archive('one'));
    assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
    assert.equal((await judged(fixed)).rules.revision, 'two');
  });

  const whole = variant('bad');
  const [key, other] = [keyPair(), keyPair()];
  const manifest = (change: object) =>
    Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(whole['manifest.json']).toString()), ...change }));
  const catalogue = JSON.parse(Buffer.from(whole['catalogue.json']).toString()) as object[];
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const signed = (files = whole, { privateKey } = key) => signedArchive(files, { privateKey });
  const bad: [string, Buffer, RegExp][] = [
    ['cut off', signed().subarray(0, 100_000), /archive cannot be read/],
    ['no archive', Buffer.from('{}'), /archive cannot be read/],
    ['not signed', archiveOf(whole), /not signed/],
    ['signed by somebody else', signed(whole, other), /not by the key/],
    ['without its module', signed(variant('bad', { 'policy.wasm': Buffer.alloc(0) })), /cannot be run/],
    [
      'of a module that traps',
      signed(variant('bad', { 'policy.wasm': trappingIn(whole['policy.wasm'], 'eval') })),
      /unreachable/,
    ],
    [
      'of a module without the entry point',
      signed(variant('bad', { 'manifest.json': manifest({ entrypoint: 'x/y' }) })),
      /no entry point x\/y/,
    ],
    [
      'of a module that does not name its rules',
      signed(variant('bad', { 'catalogue.json': json(catalogue.slice(1)) })),
      /of \d+ rules|another record|catalogue/,
    ],
    ['with data of another shape', signed(variant('bad', { 'data.json': json([]) })), /data\.json is not/],
    [
      'with a schema that is none',
      signed(variant('bad', { 'schema.json': json({ type: 'objekt' }) })),
      /schema\.json is no JSON Schema/,
    ],
    [
      'with other files than its manifest names',
      signed({ ...whole, 'data.json': json({}) }),
      /data\.json has digest/,
    ],
  ];
  test('and is bad never displaces the good one, and is written down', async () => {
    writeFileSync(join(root, 'key.pem'), key.pem);
    const running = await runningGate({ 'bundle.keyFile': join(root, 'key.pem') });
    const good = await put(running, signed(variant('good')));
    assert.deepEqual([good.status, good.body.signatureChecked], [200, true]);
    for (const [name, bytes, because] of bad) {
      const { status, body } = await put(running, bytes);
      assert.equal(status, 503, name);
      assert.match(body.detail, because, name);
      const { rules } = await judged(running);
      assert.equal(rules.digest, good.body.digest, name);
    }
    const records = running.gate.service.audit.read({ type: 'rules.refused' });
    assert.equal(records.length, bad.length);
    assert.ok(
      records.every(({ actor, body }) => actor?.user === 'admin' && body.inForce === good.body.digest),
    );
  });

  test('comes in under load: no request fails, each decision names what judged it', async () => {
    const running = await runningGate();
    const digests = new Map<string, string>([
      [(await inForce(running)).revision, (await inForce(running)).digest],
    ]);
    const seen = new Map<string, string>();
    let [done, count] = [false, 0];
    const worker = async () => {
      while (!done) {
        const { rules, allowed } = await judged(running);
        assert.equal(allowed, true);
        assert.equal(seen.get(rules.revision) ?? rules.digest, rules.digest);
        seen.set(rules.revision, rules.digest);
        count++;
      }
    };
    const workers = Array.from({ length: 8 }, worker);
    for (let round = 0; round < 3; round++) {
      for (const name of NAMES) {
        const { status, body } = await put(running, archive(name));
        assert.equal(status, 200);
        digests.set(name, body.digest);
        assert.equal((await judged(running)).rules.revision, name);
      }
    }
    done = true;
    await Promise.all(workers);
    assert.ok(count > 50, `${count} reviews`);
    for (const [revision, digest] of seen) assert.equal(digests.get(revision), digest);
    assert.ok(
      NAMES.every((name) => seen.has(name)),
      [...seen.keys()].join(),
    );
  });
});

describe('a bundle that is fetched', () => {
  test('comes by its ETag; a bad one is told everywhere; without the server its last copy judges', async () => {
    const source = await bundleServer();
    const flags = {
      ...{ rulesBundle: source.address, 'bundle.pollSeconds': '1' },
      'bundle.tokenFile': join(root, 'token'),
    };
    writeFileSync(join(root, 'token'), 'secret\n');
    source.serve('one', archive('one'));
    const running = await runningGate(flags);
    assert.equal((await judged(running)).rules.revision, 'one');
    assert.deepEqual(source.asked[0]?.headers.authorization, 'Bearer secret');
    await until(
      async () => source.asked.some(({ headers }) => headers['if-none-match'] === '"one"'),
      'an ETag',
    );
    source.serve('two', archive('two'));
    await until(async () => (await judged(running)).rules.revision === 'two', 'the second');

    source.serve('bad', archive('three').subarray(0, 5000));
    await until(async () => (await inForce(running)).failing !== undefined, 'the failure');
    const { asked } = source;
    await until(
      async () => asked.filter(({ headers }) => headers['if-none-match'] === '"bad"').length > 1,
      'polls',
    );
    const state = await inForce(running);
    assert.match(state.failing.message, /archive cannot be read/);
    assert.equal((await judged(running)).rules.revision, 'two');
    const ready = await running.as('').get('/readyz');
    assert.deepEqual([ready.status, ready.body.warnings], [200, ['rules-update']]);
    const { text } = await running.as().get('/metrics');
    assert.match(text, /^tracegate_rules_update_failing 1$/m);
    assert.equal(running.gate.service.audit.read({ type: 'rules.refused' }).length, 1);
    const env = { TRACEGATE_STATE_DIR: running.stateDir };
    const listed = await runInProcess(['rules', 'list', '--server', running.gate.url], { env });
    assert.match(listed.stderr, /newer rules do not come into force since .*archive cannot be read/);

    source.serve('three', archive('three'));
    await until(async () => (await judged(running)).rules.revision === 'three', 'the third');
    assert.equal((await inForce(running)).failing, undefined);
    await source.close();
    await until(async () => (await inForce(running)).failing !== undefined, 'its absence');
    assert.equal((await judged(running)).rules.revision, 'three');
  });

  test('starts from the last copy while the server is away', async () => {
    const source = await bundleServer();
    source.serve('one', archive('one'));
    const flags = { rulesBundle: source.address };
    const first = await runningGate(flags);
    await first.gate.close();
    await source.close();
    const second = await runningGate({ ...flags, stateDir: first.stateDir });
    const { revision, source: from, failing } = await inForce(second);
    assert.deepEqual([revision, from], ['one', `the last copy of ${source.address}`]);
    assert.match(failing.message, /cannot be fetched/);
  });

  test('over plain HTTP only signed or from this host', async () => {
    await assert.rejects(
      runningGate({ rulesBundle: 'http://rules.example/b.tar.gz' }),
      /use https, or signed/,
    );
  });
});

test('a file is followed, and half a file changes nothing', async () => {
  const path = join(root, 'followed.tar.gz');
  const place = (bytes: Buffer) => {
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
  };
  place(archive('one'));
  const running = await runningGate({ rulesBundle: path, 'bundle.pollSeconds': '1' });
  place(archive('two').subarray(0, 999));
  await until(async () => (await inForce(running)).failing !== undefined, 'the failure');
  assert.equal((await judged(running)).rules.revision, 'one');
  place(archive('two'));
  await until(async () => (await judged(running)).rules.revision === 'two', 'the second');
  assert.equal((await inForce(running)).failing, undefined);
});
