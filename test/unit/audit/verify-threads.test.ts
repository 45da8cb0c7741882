// SPDX-License-Identifier: Apache-2.0
/** A log so long that several threads read it, each some stretches of it: what is done where two of them meet is found as anywhere. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { openAuditLog, verifyLogs } from '../../../src/audit/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-threads-'));
after(() => rmSync(directory, { recursive: true }));
const log = join(directory, 'log.db');
const RECORDS = 52_000;
/** where the second stretch begins */
const MEET = 4096;

before(() => {
  const written = openAuditLog({ path: log, keyPath: join(directory, 'log.key'), kind: 'gate' });
  for (let n = 1; n < RECORDS; n += 2000)
    written.append(
      Array.from({ length: Math.min(2000, RECORDS - n) }, (_, at) => ({
        type: 'order.done',
        object: `p-${(n + at) % 9}`,
        body: { n: n + at, allowed: false },
      })),
    );
  written.close();
});

const edit = (seq: number) =>
  `update record set bytes = replace(bytes, '"allowed":false', '"allowed":true') where seq = ${seq}`;

const DONE: Record<string, { sql: string; at: number; says: RegExp }> = {
  'the last record of a stretch edited': { sql: edit(MEET - 1), at: MEET - 1, says: /edited/ },
  'the first record of a stretch edited': { sql: edit(MEET), at: MEET, says: /edited/ },
  'the last record of a stretch removed': {
    sql: `delete from record where seq = ${MEET - 1}`,
    at: MEET - 1,
    says: /removed/,
  },
  'the first record of a stretch removed': {
    sql: `delete from record where seq = ${MEET}`,
    at: MEET,
    says: /removed/,
  },
  'two stretches removed': {
    sql: `delete from record where seq between ${MEET} and ${3 * MEET - 1}`,
    at: MEET,
    says: /removed/,
  },
  'records on both sides in each other’s place': {
    sql: `update record set seq = -1 where seq = ${MEET};
      update record set seq = ${MEET} where seq = ${MEET - 1}; update record set seq = ${MEET - 1} where seq = -1`,
    at: MEET - 1,
    says: /reordered/,
  },
  'a record of the last stretch found under another object': {
    sql: `update record set object = 'p-x' where seq = ${RECORDS - 10}`,
    at: RECORDS - 10,
    says: /another kind, object or decision/,
  },
};

describe('a log that several threads read', () => {
  it('verifies when nothing was done to it', async () => {
    const { logs, problems } = await verifyLogs({ paths: [log] });
    assert.deepEqual(problems, []);
    assert.equal(logs[0]?.records, RECORDS);
  });
  for (const [name, { sql, at, says }] of Object.entries(DONE))
    it(`shows ${name}`, async () => {
      const path = join(directory, 'copy.db');
      copyFileSync(log, path);
      const db = new DatabaseSync(path);
      for (const { trigger } of db
        .prepare("select name as trigger from sqlite_master where type = 'trigger'")
        .all())
        db.exec(`drop trigger ${trigger}`);
      db.exec(`pragma ignore_check_constraints = on; ${sql}`);
      db.close();
      const { ok, problems } = await verifyLogs({ paths: [path] });
      assert.equal(ok, false);
      assert.equal(problems[0]?.seq, at, JSON.stringify(problems[0]));
      assert.match(problems[0]?.message ?? '', says);
    });

  it('is whole also while values are taken out of it: a thread that began later sees what this one does not', async () => {
    const path = join(directory, 'live.db');
    const live = openAuditLog({ path, keyPath: join(directory, 'live.key'), kind: 'gate' });
    const actor = { user: 'jane@example.org', groups: [] };
    const entry = { type: 'order.done', actor, body: {} };
    for (let n = 0; n < 60; n += 1) live.append(Array.from({ length: 2000 }, () => entry));
    for (let times = 0; times < 3; times += 1) {
      const verifying = verifyLogs({ paths: [path] });
      for (let seq = 119_000 + times; seq < 119_100; seq += 20) live.redact({ seq, reason: 'she asked' });
      assert.deepEqual((await verifying).problems, []);
    }
    live.close();
  });
});
