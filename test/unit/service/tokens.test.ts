// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fault } from '../../../src/errors.ts';
import { ensureAdminToken } from '../../../src/service/index.ts';
import { platform, serviceUnderTest } from './gate-under-test.ts';

const by = { subject: platform, door: 'api' } as const;

test('a token stands for its user and groups until it is revoked', async () => {
  const { service, close } = serviceUnderTest();
  const { token, view } = service.tokens.create({ user: 'ci', groups: ['team'] }, by);
  assert.deepEqual(service.tokens.authenticate(token), {
    user: 'ci',
    groups: ['team'],
    uid: `token:${view.id}`,
  });
  service.tokens.revoke(view.id, by);
  assert.equal(service.tokens.authenticate(token), undefined);
  assert.throws(
    () => service.tokens.revoke('none', by),
    (fault: Fault) => fault.code === 'not-found',
  );
  await close();
});

test('only a hash of it is stored, and making and revoking it is in the log', async () => {
  const { service, store, audit, directory, close } = serviceUnderTest();
  const { token, view } = service.tokens.create({ user: 'ci', groups: [] }, by);
  service.tokens.revoke(view.id, by);
  const secret = token.split('_').slice(2).join('_');
  assert.doesNotMatch(JSON.stringify(store.findToken(view.id)), new RegExp(secret));
  assert.doesNotMatch(JSON.stringify(service.tokens.list()), /hash/);
  assert.deepEqual(
    audit.read({ type: 'token.' }).map(({ type, actor }) => [type, actor?.user]),
    [
      ['token.created', 'ada'],
      ['token.revoked', 'ada'],
    ],
  );
  await close();
  for (const file of ['audit.db', 'store.db']) {
    assert.equal(readFileSync(join(directory, file)).includes(secret), false, file);
  }
});

test('an expired token stands for nobody, and one that is born expired is not made', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const { service, close } = serviceUnderTest({ now: () => now });
  const { token } = service.tokens.create({ user: 'ci', groups: [], expires: '2026-01-02T00:00:00Z' }, by);
  assert.equal(service.tokens.authenticate(token)?.user, 'ci');
  now = new Date('2026-01-02T00:00:00Z');
  assert.equal(service.tokens.authenticate(token), undefined);
  for (const expires of ['2026-01-01T00:00:00Z', 'soon']) {
    assert.throws(
      () => service.tokens.create({ user: 'x', groups: [], expires }, by),
      (f: Fault) => f.code === 'bad-request',
    );
  }
  await close();
});

test('nothing but a whole token is a token', async () => {
  const { service, close } = serviceUnderTest();
  const { token } = service.tokens.create({ user: 'ci', groups: [] }, by);
  const other = service.tokens.create({ user: 'ci', groups: [] }, by).token;
  const [, id] = token.split('_');
  const mixed = `tg_${id}_${other.split('_').slice(2).join('_')}`;
  for (const wrong of [
    '',
    'tg',
    'tg__',
    `${token}x`,
    token.slice(0, -1),
    token.replace('tg_', 'xx_'),
    mixed,
    `${token}\n`,
  ]) {
    assert.equal(service.tokens.authenticate(wrong), undefined, JSON.stringify(wrong));
  }
  await close();
});

test('the first start leaves an administrator token only its owner can read, and no second one', async () => {
  const { service, directory, close } = serviceUnderTest();
  const path = ensureAdminToken(service.tokens, directory);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const token = readFileSync(path, 'utf8').trim();
  assert.deepEqual(service.tokens.authenticate(token)?.groups, ['tracegate:platform']);
  ensureAdminToken(service.tokens, directory);
  assert.equal(service.tokens.list().length, 1);
  assert.equal(readFileSync(path, 'utf8').trim(), token);
  await close();
});
