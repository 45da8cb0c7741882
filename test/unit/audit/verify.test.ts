// SPDX-License-Identifier: Apache-2.0
/** Each attack is made on a copy of two logs that witness each other, by somebody who can write the file. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { exportLines, openAuditLog, openSource, verifyLogs, witnessHead } from '../../../src/audit/index.ts';
import type { Fault } from '../../../src/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-verify-'));
after(() => rmSync(directory, { recursive: true }));
const gate = join(directory, 'gate.db');
const agent = join(directory, 'agent.db');
const earlierGate = join(directory, 'earlier-gate.db');
const RECORDS = 40;

before(() => {
  const logs = {
    gate: openAuditLog({ path: gate, keyPath: join(directory, 'gate.key'), kind: 'gate' }),
    agent: openAuditLog({ path: agent, keyPath: join(directory, 'agent.key'), kind: 'agent' }),
  };
  for (let n = 0; n < RECORDS; n += 1) {
    logs.gate.append([
      { type: 'decision', object: `p${n}`, body: { n, allowed: n % 2 === 0, note: 'line\u2028separator' } },
    ]);
    logs.agent.append([{ type: 'order.done', body: { n } }]);
    if (n === 10) backUp(gate, earlierGate);
    if (n % 7 === 0) witnessHead(logs.gate, witnessHead(logs.agent, logs.gate.head()));
  }
  witnessHead(logs.gate, witnessHead(logs.agent, logs.gate.head()));
  logs.gate.close();
  logs.agent.close();
});

function backUp(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true });
  database.exec(`vacuum into '${to}'`);
  database.close();
}

let copies = 0;
/** A copy of `path` on which `attack` ran, in tables that nothing guards. */
function attacked(path: string, attack: (database: DatabaseSync) => void): string {
  copies += 1;
  const copy = join(directory, `copy-${copies}.db`);
  copyFileSync(path, copy);
  const database = new DatabaseSync(copy);
  for (const [table, columns] of Object.entries({
    record: 'seq, bytes, private, type, object, decision',
    tile: 'id, root, hashes',
  })) {
    database.exec(`create table free as select ${columns} from ${table}; drop table ${table}`);
    database.exec(`alter table free rename to ${table}`);
  }
  attack(database);
  database.close();
  return copy;
}

async function problems(paths: string[]): Promise<string> {
  const report = await verifyLogs({ paths });
  assert.equal(report.ok, report.problems.length === 0);
  return report.problems.map((p) => `${p.seq ?? ''}: ${p.message}`).join('\n');
}

test('two untouched logs verify, and the report says what that does not cover', async () => {
  const report = await verifyLogs({ paths: [gate, agent] });
  assert.deepEqual(report.problems, []);
  assert.ok(report.ok);
  assert.match(report.notCovered.join('\n'), /root on this host with both keys/);
  assert.match(report.notCovered.join('\n'), /its last \d records were not witnessed yet/);
});

test('an edit is found', async () => {
  const copy = attacked(gate, (db) =>
    db.exec(`update record set bytes = replace(bytes, 'false', 'true') where seq = 9`),
  );
  assert.match(await problems([copy]), /^9: edited/);
});

test('a removal is found, with and without closing the gap', async () => {
  const gap = attacked(gate, (db) => db.exec('delete from record where seq = 9'));
  assert.match(await problems([gap]), /^9: removed or reordered: record 9 is expected, 10 stands there/);
  const closed = attacked(gate, (db) => {
    db.exec(
      'delete from record where seq = 9; update record set seq = seq + 1000 where seq > 9; update record set seq = seq - 1001 where seq > 9',
    );
  });
  assert.notEqual(await problems([closed]), '');
});

test('a reordering is found', async () => {
  const copy = attacked(gate, (db) => {
    const get = db.prepare('select bytes from record where seq = ?');
    const [a, b] = [get.get(5)?.bytes ?? '', get.get(6)?.bytes ?? ''];
    const put = db.prepare('update record set bytes = ? where seq = ?');
    put.run(b, 5);
    put.run(a, 6);
  });
  assert.match(await problems([copy]), /5: removed or reordered/);
});

test('a truncation is found by the head', async () => {
  const copy = attacked(gate, (db) => db.exec('delete from record where seq > 20'));
  assert.match(await problems([copy]), /cut off: the head says \d+ records, there are 21/);
});

test('a record added behind the head is found', async () => {
  const copy = attacked(gate, (db) =>
    db.exec('insert into record select max(seq) + 1, bytes, private, type, object, decision from record'),
  );
  assert.notEqual(await problems([copy]), '');
});

test('setting one log back to an older, rightly signed state is found by the other', async () => {
  assert.equal(await problems([earlierGate]), '');
  assert.match(await problems([earlierGate, agent]), /set back: it had \d+ records/);
});

test('a log made anew under another key is found by the other', async () => {
  const path = join(directory, 'replaced.db');
  openAuditLog({ path, keyPath: join(directory, 'other.key'), kind: 'gate' }).close();
  assert.match(await problems([path, agent]), /replaced: .* knows gate:/);
});

test('a second past of the same log, signed with its own key, is found by the other', async () => {
  const path = join(directory, 'forked.db');
  copyFileSync(earlierGate, path);
  const log = openAuditLog({ path, keyPath: join(directory, 'gate.key'), kind: 'gate' });
  for (let n = 0; n < 2 * RECORDS; n += 1) log.append([{ type: 'decision', body: { forged: n } }]);
  log.close();
  assert.equal(await problems([path]), '');
  assert.match(await problems([path, agent]), /rewritten: its first \d+ records are not those of/);
});

test('a log longer than a tile is held against heads of its past, by the other log', async () => {
  const paths = ['long-gate.db', 'long-agent.db'].map((name) => join(directory, name)) as [string, string];
  const [one, other] = (['gate', 'agent'] as const).map((kind, n) =>
    openAuditLog({ path: paths[n] as string, keyPath: `${paths[n]}.key`, kind }),
  ) as [ReturnType<typeof openAuditLog>, ReturnType<typeof openAuditLog>];
  const write = (count: number) =>
    one.append(Array.from({ length: count }, (_, n) => ({ type: 'order.done', body: { n } })));
  for (const count of [100, 200, 400]) {
    write(count);
    witnessHead(one, witnessHead(other, one.head()));
  }
  write(30);
  one.close();
  other.close();
  const sound = await verifyLogs({ paths });
  assert.deepEqual([sound.ok, sound.problems], [true, []]);
});

test('a witness refuses a step back and a second past, and keeps the evidence', () => {
  const log = openAuditLog({
    path: join(directory, 'w.db'),
    keyPath: join(directory, 'w.key'),
    kind: 'agent',
  });
  const other = openAuditLog({
    path: join(directory, 'o.db'),
    keyPath: join(directory, 'o.key'),
    kind: 'gate',
  });
  const old = other.head();
  other.append([{ type: 'x', body: {} }]);
  witnessHead(log, other.head());
  assert.throws(
    () => witnessHead(log, old),
    (fault: Fault) => fault.code === 'tampered',
  );
  assert.throws(() => witnessHead(log, { ...other.head(), root: '0'.repeat(64) }), /two pasts/);
  assert.throws(
    () => witnessHead(log, { size: -1 }),
    (fault: Fault) => fault.code === 'bad-request',
  );
  assert.equal(log.read({ type: 'audit.contradiction' }).length, 2);
  other.close();
  log.close();
});

test('an export verifies like the database, and an edited export does not', async () => {
  const source = await openSource(gate);
  const lines: string[] = [];
  for await (const line of exportLines(source)) lines.push(line);
  source.close();
  const path = join(directory, 'export.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  assert.equal(await problems([path, agent]), '');
  writeFileSync(path, `${lines.with(9, (lines[9] ?? '').replace('decision', 'Decision')).join('\n')}\n`);
  assert.match(await problems([path]), /edited/);
  writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`);
  assert.match(await problems([path]), /cut off/);
});

test('a head kept elsewhere finds both logs set back together', async () => {
  const source = await openSource(gate);
  const head = source.head ?? assert.fail();
  source.close();
  const report = await verifyLogs({ paths: [earlierGate], trustedHeads: [head] });
  assert.match(report.problems[0]?.message ?? '', /set back/);
});

test('a key that is none of those given is named', async () => {
  const report = await verifyLogs({ paths: [gate], trustedKeyIds: ['sha256:00'] });
  assert.match(report.problems[0]?.message ?? '', /none of those given/);
});

test('what is no log gets an error, not a verdict', async () => {
  const path = join(directory, 'no-log');
  writeFileSync(path, 'hello\n');
  await assert.rejects(verifyLogs({ paths: [path] }), (fault: Fault) => fault.code === 'unreadable');
  writeFileSync(path, '');
  await assert.rejects(verifyLogs({ paths: [path] }), (fault: Fault) => fault.code === 'unreadable');
  await assert.rejects(
    verifyLogs({ paths: [join(directory, 'missing')] }),
    (fault: Fault) => fault.code === 'not-found',
  );
});
