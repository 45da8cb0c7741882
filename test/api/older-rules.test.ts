// SPDX-License-Identifier: Apache-2.0
/** A signed bundle of before takes no newer one's place unasked: from wherever it comes, and over a restart. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { AuditEntry } from '../../src/audit/index.ts';
import { agentRules } from '../../src/gate/rules/index.ts';
import { BUNDLE_FILES, packBundle, replaceFile, unpackBundle } from '../../src/guardrails/index.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { keyPair, signedArchive, variant } from '../fixtures/bundles.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { binary, bundleServer, until, writeOciLayout } from './bundle-places.ts';
import { configFor, type Running, runningGate } from './running-gate.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-older-'));
after(() => rmSync(root, { recursive: true }));
const key = keyPair();
const keyFile = join(root, 'key.pem');
writeFileSync(keyFile, key.pem);

const signed = (name: string, generation?: number) =>
  signedArchive(variant(name, generation === undefined ? {} : { generation }), key);
const FIRST = signed('first', 1);
const SECOND = signed('second', 2);
const KEYED = { 'bundle.keyFile': keyFile, 'bundle.pollSeconds': '1' };

const state = async ({ as }: Running) => (await as().get('/v1/rules/bundle')).body;
const judgedBy = async (running: Running) => (await state(running)).revision;
const records = ({ gate }: Running, type: string) => gate.service.audit.read({ type });

interface Place {
  name: string;
  put(archive: Buffer): void;
}

function unpackedInto(folder: string, archive: Buffer): void {
  const { beside, ...files } = unpackBundle(archive, key);
  for (const name of BUNDLE_FILES) replaceFile(join(folder, name), files[name]);
  for (const [name, bytes] of beside ?? []) replaceFile(join(folder, name), bytes);
}

async function places(): Promise<Record<string, Place>> {
  const source = await bundleServer();
  let count = 0;
  const [file, folder, layout] = ['b.tar.gz', 'unpacked', 'layout'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  return {
    file: { name: file, put: (archive) => replaceFile(file, archive) },
    folder: { name: folder, put: (archive) => unpackedInto(folder, archive) },
    layout: { name: `oci:${layout}`, put: (archive) => writeOciLayout(layout, archive) },
    server: { name: source.address, put: (archive) => source.serve(`v${count++}`, archive) },
  };
}

const PLACES = await places();

for (const [kind, { name, put }] of Object.entries(PLACES)) {
  test(`from a ${kind} an older bundle is refused, told everywhere, and let in by a word`, async () => {
    put(SECOND);
    const flags = { ...KEYED, rulesBundle: name };
    const before = await runningGate(flags);
    assert.deepEqual([await judgedBy(before), (await state(before)).generation], ['second', 2]);
    put(FIRST);
    await until(async () => (await state(before)).failing?.older !== undefined, 'the refusal');
    const { failing, revision } = await state(before);
    assert.equal(revision, 'second');
    assert.match(failing.message, /first is of generation 1, and second, .* of 2/);
    const ready = await before.as('').get('/readyz');
    assert.deepEqual([ready.status, ready.body.warnings], [200, ['rules-update', 'rules-older']]);
    assert.match((await before.as().get('/metrics')).text, /^tracegate_rules_older_refused 1$/m);
    const [refused] = records(before, 'rules.refused');
    assert.equal(refused?.body.older, failing.older);
    await before.gate.close();

    const { stateDir } = before;
    const again = await runningGate({ ...flags, stateDir });
    assert.equal(await judgedBy(again), 'second', 'a restart brings the older one in');
    assert.equal((await state(again)).source, `the last copy of ${name}`);
    const bob = again.tokenFor('bob', 'tracegate:enforcers');
    const asked = { digest: failing.older, reason: 'the second one denies too much' };
    const path = '/v1/rules/bundle/allowances';
    assert.equal((await again.as(bob).post(path).send(asked)).status, 403);
    assert.equal((await again.as().post(path).send({ digest: failing.older })).status, 400);
    const allowed = await again.as().post(path).send(asked);
    assert.deepEqual([allowed.status, allowed.body.revision], [200, 'first'], JSON.stringify(allowed.body));
    assert.equal((await state(again)).failing, undefined);
    const [word] = records(again, 'rules.older-allowed');
    assert.deepEqual([word?.actor?.user, word?.body.reason], ['admin', asked.reason]);
    const [replaced] = records(again, 'rules.replaced');
    assert.equal((replaced?.body.allowance as { by?: string } | undefined)?.by, 'admin');
    await again.gate.close();
    assert.equal(await judgedBy(await runningGate({ ...flags, stateDir })), 'first', 'the word is kept');
  });
}

describe('a bundle that is put', () => {
  const put = ({ as }: Running, archive: Buffer) =>
    as().put('/v1/rules/bundle').set('content-type', 'application/gzip').send(archive);

  test('and is older needs the word too; what is served can be checked by whoever has the key', async () => {
    const running = await runningGate(KEYED);
    assert.equal((await put(running, SECOND)).status, 200);
    const refused = await put(running, FIRST);
    assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
    const digest = /sha256:[0-9a-f]{64}/.exec(refused.body.detail)?.[0] ?? '';
    const cli = await runInProcess(
      ['rules', 'allow-older', digest, '--reason', 'back', '--server', running.gate.url],
      { env: { TRACEGATE_STATE_DIR: running.stateDir } },
    );
    assert.deepEqual([cli.code, /when it is put/.test(cli.stderr)], [0, true], cli.stderr);
    assert.equal((await put(running, signed('zero', 0))).status, 409, 'the word is for one bundle');
    assert.equal((await put(running, FIRST)).status, 200);
    const { body } = await running
      .as()
      .get('/v1/rules/bundle')
      .set('accept', 'application/gzip')
      .buffer(true)
      .parse(binary);
    assert.deepEqual(body, FIRST);
    assert.ok(unpackBundle(body, { publicKey: key.publicKey }).beside?.has('.signatures.json'));
    assert.throws(() => unpackBundle(body, { publicKey: keyPair().publicKey }), /not by the key/);
  });

  test('without a generation, or with the same, is not newer', async () => {
    const running = await runningGate(KEYED);
    for (const [archive, status] of [
      [signed('plain-one'), 200],
      [signed('plain-two'), 200],
      [signed('plain-one'), 409],
      [SECOND, 200],
      [signed('plain-three'), 409],
      [signed('other', 2), 409],
      [SECOND, 200],
      [signed('third', 3), 200],
    ] as const)
      assert.equal((await put(running, archive)).status, status);
  });

  test('with a generation that is none is broken', async () => {
    const running = await runningGate(KEYED);
    const answer = await put(running, signedArchive(variant('half', { generation: 1.5 }), key));
    assert.deepEqual([answer.status, /no whole number/.test(answer.body.detail)], [503, true]);
  });

  test('unsigned is in no order: whoever can write it can write any number', async () => {
    const running = await runningGate();
    for (const generation of [2, 1])
      assert.equal((await put(running, packBundle(variant('x', { generation })))).status, 200);
  });
});

test("an agent's own rules are as particular, and take the word of root on its host", async () => {
  const place = join(root, 'agent.tar.gz');
  const host = mkdtempSync(join(root, 'host-'));
  const stateDir = join(host, 'agent');
  const config = configFor(stateDir, { ...KEYED, rulesBundle: place });
  const told: AuditEntry[] = [];
  const started = async () => {
    const { rules, record } = await agentRules(config, silentLog);
    record({ append: (entries) => told.push(...entries) });
    return rules;
  };
  replaceFile(place, SECOND);
  assert.equal((await started()).current().revision, 'second');
  replaceFile(place, FIRST);
  const rules = await started();
  assert.equal(rules.current().revision, 'second');
  const { older = '' } = rules.failure() ?? {};
  assert.deepEqual([told.at(-1)?.type, told.at(-1)?.body.older], ['rules.refused', older]);
  const env = { TRACEGATE_STATE_DIR: host };
  const cli = await runInProcess(['rules', 'allow-older', older, '--agent', '--reason', 'back'], { env });
  assert.equal(cli.code, 0, cli.stderr);
  assert.deepEqual([await rules.look(), rules.current().revision], [true, 'first']);
  const { allowance } = (told.at(-1)?.body ?? {}) as { allowance?: { reason: string } };
  assert.deepEqual([told.at(-1)?.type, allowance?.reason], ['rules.replaced', 'back']);
});

test('what was taken in last is not guessed when it cannot be read', async () => {
  const place = join(root, 'kept.tar.gz');
  replaceFile(place, SECOND);
  const flags = { ...KEYED, rulesBundle: place };
  const first = await runningGate(flags);
  await first.gate.close();
  const file = join(first.stateDir, 'gate', 'accepted-rules.json');
  assert.ok(readdirSync(join(first.stateDir, 'gate')).includes('accepted-bundle.tar.gz'));
  writeFileSync(file, readFileSync(file).subarray(0, 20));
  const second = await runningGate({ ...flags, stateDir: first.stateDir });
  const { status, body } = await second.as().post('/v1/reviews').send({ policy: {} });
  assert.deepEqual([status === 200, body.status], [false, status]);
  assert.match((await second.as('').get('/readyz')).text, /rules/);
});
