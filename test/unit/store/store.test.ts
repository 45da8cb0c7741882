// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import type { Fault } from '../../../src/errors.ts';
import { type Change, openStore } from '../../../src/store/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-store-'));
after(() => rmSync(directory, { recursive: true }));
let count = 0;
function freshPath(): string {
  count += 1;
  return join(directory, `${count}.db`);
}

function change(key: string, revision: number, more: Partial<Change['record']> = {}): Change {
  const [namespace, name] = key.includes('/') ? key.split('/') : [undefined, key];
  return {
    record: {
      key,
      kind: namespace === undefined ? 'TracingPolicy' : 'TracingPolicyNamespaced',
      name: name ?? key,
      ...(namespace === undefined ? {} : { namespace }),
      revision,
      mode: 'monitor',
      enabled: true,
      digest: `sha256:${revision}`,
      document: {
        apiVersion: 'cilium.io/v1alpha1',
        kind: 'TracingPolicy',
        metadata: { name: key },
        spec: {},
      },
      decisionId: `d${revision}`,
      rulesDigest: 'sha256:r',
      operation: 'create',
      created: '2026-01-01T00:00:00Z',
      updated: '2026-01-01T00:00:00Z',
      ...more,
    },
    actor: { user: 'jane', groups: ['g'] },
    reason: 'because',
  };
}

test('a record comes back as it went in, from a new process too', () => {
  const path = freshPath();
  const store = openStore(path);
  store.put(change('team/a', 1));
  store.close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const again = openStore(path);
  assert.deepEqual(again.get('team/a'), change('team/a', 1).record);
  assert.deepEqual(again.revisions('team/a')[0]?.actor, { user: 'jane', groups: ['g'] });
  again.close();
});

test('two changes to the same revision: the second is a conflict and changes nothing', () => {
  const store = openStore(freshPath());
  store.put(change('a', 1));
  assert.throws(
    () => store.put(change('a', 1, { digest: 'sha256:x' })),
    (f: Fault) => f.code === 'conflict',
  );
  assert.throws(
    () => store.put(change('a', 3)),
    (f: Fault) => f.code === 'conflict',
  );
  assert.equal(store.get('a')?.digest, 'sha256:1');
  store.close();
});

test('revisions go on counting over a deletion, and history keeps it', () => {
  const store = openStore(freshPath());
  store.put(change('a', 1));
  store.remove(change('a', 2, { operation: 'delete' }));
  assert.equal(store.get('a'), undefined);
  assert.equal(store.lastRevision('a'), 2);
  assert.deepEqual(
    store.tombstones().map((t) => [t.key, t.revision]),
    [['a', 2]],
  );
  store.put(change('a', 3));
  assert.deepEqual(store.tombstones(), []);
  assert.deepEqual(
    store.revisions('a').map((r) => r.operation),
    ['create', 'delete', 'create'],
  );
  store.close();
});

test('a listing pages by key and filters by namespace', () => {
  const store = openStore(freshPath());
  for (const key of ['b', 'a', 'team/x', 'team/y', 'other/z']) store.put(change(key, 1));
  const keys = (query: Parameters<typeof store.list>[0]) => store.list(query).map((r) => r.key);
  assert.deepEqual(keys({ limit: 2 }), ['a', 'b']);
  assert.deepEqual(keys({ limit: 2, after: 'b' }), ['other/z', 'team/x']);
  assert.deepEqual(keys({ limit: 9, namespace: 'team' }), ['team/x', 'team/y']);
  assert.deepEqual(keys({ limit: 9, after: "x' or 1=1 --" }), []);
  store.close();
});

test('a token can be found and revoked once', () => {
  const store = openStore(freshPath());
  const token = { id: 't1', hash: 'aa', user: 'ci', groups: [], created: '2026', createdBy: 'admin' };
  store.addToken(token);
  assert.deepEqual(store.findToken('t1'), token);
  assert.equal(store.revokeToken('t1', '2027'), true);
  assert.equal(store.revokeToken('t1', '2028'), false);
  assert.equal(store.findToken('t1')?.revoked, '2027');
  assert.equal(store.findToken('t2'), undefined);
  store.close();
});

test('a file of a newer version is not touched', () => {
  const path = freshPath();
  const database = new DatabaseSync(path);
  database.exec('pragma user_version = 99');
  database.close();
  assert.throws(
    () => openStore(path),
    (f: Fault) => f.code === 'config' && /newer version/.test(f.message),
  );
});

test('what is in force is known anew after every change', () => {
  const { exceptions, approvals } = openStore(freshPath());
  const before = '2026-01-02T00:00:00.000Z';
  const expires = '2026-01-03T00:00:00.000Z';
  const asked = (time: string): number => exceptions.inForce(time).length;
  const record = {
    ...{ id: 'ex-1', rule: 'TPG-101', scope: {}, who: { users: ['tom'] }, requester: 'tom', ticket: 'T-1' },
    ...{ reason: 'for now', expires, created: '2026-01-01T00:00:00.000Z' },
  };
  assert.equal(asked(before), 0);
  exceptions.add(record);
  assert.equal(asked(before), 0, 'nobody has approved it');
  exceptions.approve('ex-1', 'pat', before);
  assert.equal(asked(before), 1);
  assert.equal(asked(expires), 0, 'it is over');
  exceptions.revoke('ex-1', 'pat', before);
  assert.equal(asked(before), 0);

  const of = { key: 'p', digest: 'sha256:1' };
  assert.equal(approvals.open({ ...of, time: before }).length, 0);
  approvals.add({ ...of, id: 'ap-1', approver: 'pat', created: before, until: expires });
  assert.equal(approvals.open({ ...of, time: before }).length, 1);
  assert.equal(approvals.open({ ...of, time: expires }).length, 0);
  approvals.use(['ap-1'], 'd1');
  assert.equal(approvals.open({ ...of, time: before }).length, 0);
});
