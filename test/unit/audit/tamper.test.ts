// SPDX-License-Identifier: Apache-2.0
/**
 * What somebody who can write the file can do to it, one after another, each on a copy: `verify` finds all that a head
 * kept elsewhere or the key covers, and names the record at which to look.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { openAuditLog, verifyLogs } from '../../../src/audit/index.ts';
import { Frontier, leafHash } from '../../../src/audit/merkle.ts';
import { signHead } from '../../../src/audit/signed-head.ts';
import { loadOrCreateSigningKey } from '../../../src/audit/signing-key.ts';
import { packHashes, TileEdge, tileId } from '../../../src/audit/tiles.ts';
import type { SignedHead } from '../../../src/model/audit-record.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-tamper-'));
after(() => rmSync(directory, { recursive: true }));
const log = join(directory, 'log.db');
const key = join(directory, 'log.key');
const earlier = join(directory, 'earlier.db');
const stranger = join(directory, 'stranger.db');
/** More than a kept head apart, and an unfilled tile at the end. */
const RECORDS = 1500;
const REDACTED = 40;
/** taken away from the host while the log had this many records */
let keptElsewhere: SignedHead;

before(() => {
  const written = openAuditLog({ path: log, keyPath: key, kind: 'gate' });
  const actor = (n: number) => ({ user: `user-${n % 7}@example.org`, groups: ['dev'], door: 'api' });
  const entry = (n: number) => ({
    type: n % 3 === 0 ? 'policy.applied' : 'order.done',
    object: `policy-${n % 9}`,
    actor: actor(n),
    body: { n, allowed: false },
  });
  const write = (from: number, to: number) =>
    written.append(Array.from({ length: to - from }, (_, at) => entry(from + at)));
  write(1, 600);
  copy(log, earlier);
  write(600, RECORDS - 20);
  written.redact({ seq: REDACTED, reason: 'asked for by the person' });
  keptElsewhere = written.head();
  write(RECORDS - 19, RECORDS);
  written.close();
  const other = openAuditLog({ path: stranger, keyPath: join(directory, 'stranger.key'), kind: 'gate' });
  other.append(Array.from({ length: RECORDS - 1 }, (_, n) => entry(n)));
  other.close();
});

function copy(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true });
  database.exec(`vacuum into '${to}'`);
  database.close();
}

interface Attack {
  /** what is done to the copy, in tables that nothing guards */
  on: (db: DatabaseSync) => void;
  /** the record it is found at, and in which words */
  at: number | undefined;
  says: RegExp;
}

let count = 0;
function attacked(on: Attack['on']): string {
  const path = join(directory, `copy-${count++}.db`);
  copyFileSync(log, path);
  const db = new DatabaseSync(path);
  const tables = {
    record: 'seq, bytes, private, type, object, decision',
    tile: 'id, root, hashes',
    checkpoint: 'size, bytes',
    head: 'id, bytes',
  };
  for (const [table, columns] of Object.entries(tables)) {
    db.exec(`create table free as select ${columns} from ${table}; drop table ${table}`);
    db.exec(`alter table free rename to ${table}`);
  }
  on(db);
  db.close();
  return path;
}

const sql = (text: string) => (db: DatabaseSync) => db.exec(text);
const bytesOf = (db: DatabaseSync, seq: number) =>
  String(db.prepare('select bytes from record where seq = ?').get(seq)?.bytes);
const put = (db: DatabaseSync, seq: number, bytes: string) =>
  db.prepare('update record set bytes = ? where seq = ?').run(bytes, seq);

/** Chain and tree from a record on as if it had always been so: all that can be done without the key. */
function rehash(db: DatabaseSync, from: number, edit: (bytes: string, seq: number) => string): void {
  const [frontier, edge] = [new Frontier(), new TileEdge()];
  db.exec('delete from tile');
  let prev = '0'.repeat(64);
  for (const { seq, bytes } of db.prepare('select seq, bytes from record order by seq').all()) {
    const edited = edit(String(bytes), Number(seq));
    const chained = Number(seq) < from ? edited : edited.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
    put(db, Number(seq), chained);
    prev = leafHash(chained);
    for (const { level, position, root, hashes } of edge.take(frontier.append(prev)))
      db.prepare('insert into tile values (?, ?, ?)').run(tileId(level, position), root, packHashes(hashes));
  }
  last = { size: frontier.size, root: frontier.root(), last: prev };
}
let last = { size: 0, root: '', last: '' };

/** The same by somebody who has a key: the head is signed anew, and kept heads are left out. */
function resign(db: DatabaseSync, keyPath: string): void {
  const { logId, time } = JSON.parse(String(db.prepare('select bytes from head').get()?.bytes));
  const head = signHead({ logId, time, ...last }, loadOrCreateSigningKey(keyPath));
  db.exec('delete from checkpoint');
  db.prepare('update head set bytes = ?').run(JSON.stringify(head));
}

const lie = (bytes: string) => bytes.replace('"allowed":false', '"allowed":true');
const editedAt = (at: number) => (bytes: string, seq: number) => (seq === at ? lie(bytes) : bytes);

/** Found in the file alone. */
const ALONE: Record<string, Attack> = {
  'a record edited': { on: (db) => put(db, 700, lie(bytesOf(db, 700))), at: 700, says: /edited/ },
  'a record edited in a tile that is not full': {
    on: (db) => put(db, 1450, lie(bytesOf(db, 1450))),
    at: 1450,
    says: /edited/,
  },
  // nothing follows it: it lies after the last head that was kept
  'the last record edited': {
    on: (db) => put(db, RECORDS - 1, lie(bytesOf(db, RECORDS - 1))),
    at: 1024,
    says: /edited/,
  },
  'the first record edited': {
    on: (db) => put(db, 0, bytesOf(db, 0).replace('"keyWasFresh":true', '"keyWasFresh":false')),
    at: 0,
    says: /edited/,
  },
  'one bit of one record': {
    on: (db) => put(db, 333, bytesOf(db, 333).replace('"n":333', '"n":332')),
    at: 333,
    says: /edited/,
  },
  'a record made unreadable': { on: (db) => put(db, 800, '{'), at: 800, says: /not readable/ },
  'a record deleted': { on: sql('delete from record where seq = 700'), at: 700, says: /removed/ },
  'a record deleted and the gap closed': {
    on: sql('delete from record where seq = 700; update record set seq = seq - 1 where seq > 700'),
    at: 700,
    says: /removed or reordered: record 700 is expected, 701 stands there/,
  },
  'a stretch deleted': {
    on: sql('delete from record where seq between 300 and 900'),
    at: 300,
    says: /removed/,
  },
  'two records in each other’s place': {
    on: sql(
      'update record set seq = -1 where seq = 700; update record set seq = 700 where seq = 701; update record set seq = 701 where seq = -1',
    ),
    at: 700,
    says: /reordered/,
  },
  'two numbers swapped in the bytes': {
    on: (db) => {
      put(db, 700, bytesOf(db, 700).replace('"seq":700', '"seq":701'));
      put(db, 701, bytesOf(db, 701).replace('"seq":701', '"seq":700'));
    },
    at: 700,
    says: /reordered/,
  },
  // with the end went the record of the redaction
  'the end cut off': { on: sql('delete from record where seq >= 1000'), at: REDACTED, says: /cut off/ },
  'everything cut off': { on: sql('delete from record'), at: 0, says: /removed|cut off/ },
  'a record inserted': {
    on: sql(
      'update record set seq = seq + 1 where seq >= 700; insert into record select 700, bytes, private, type, object, decision from record where seq = 5',
    ),
    at: 700,
    says: /reordered/,
  },
  'a record twice': {
    on: sql('insert into record select * from record where seq = 700'),
    at: 700,
    says: /a second record 700/,
  },
  'a record before the first': {
    on: sql('insert into record select -1, bytes, private, type, object, decision from record where seq = 5'),
    at: -1,
    says: /a second record -1/,
  },
  'a record added behind the head': {
    on: sql(
      `insert into record select ${RECORDS}, bytes, private, type, object, decision from record where seq = 5`,
    ),
    at: RECORDS,
    says: /added|reordered/,
  },
  'a record of another log': {
    on: (db) => {
      db.exec(`attach '${stranger}' as other`);
      put(db, 700, String(db.prepare('select bytes from other.record where seq = 700').get()?.bytes));
    },
    at: 700,
    says: /another log/,
  },
  'the name of the log changed': {
    on: sql('update record set bytes = replace(bytes, \'"logId":"gate:\', \'"logId":"gate:0\')'),
    at: 0,
    says: /does not name the key/,
  },
  'an edit hashed anew from the middle': {
    on: (db) => rehash(db, 700, editedAt(700)),
    at: 0,
    says: /from 0 to 1023 records are not those of/,
  },
  'an edit hashed anew after the last kept head': {
    on: (db) => rehash(db, 1200, editedAt(1200)),
    at: 1024,
    says: /do not have the root the head signs/,
  },
  'all of it hashed anew and signed with another key': {
    on: (db) => {
      rehash(db, 700, editedAt(700));
      resign(db, join(directory, 'thief.key'));
    },
    at: RECORDS,
    says: /forged: the head's signature/,
  },
  'the key in the first record replaced': {
    on: (db) => {
      const thief = loadOrCreateSigningKey(join(directory, 'thief.key'));
      const der = thief.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
      rehash(db, 0, (bytes, seq) =>
        seq === 0 ? bytes.replace(/"publicKey":"[^"]*"/, `"publicKey":"${der}"`) : bytes,
      );
      resign(db, join(directory, 'thief.key'));
    },
    at: 0,
    says: /does not name the key/,
  },
  'a key introduced that nobody signed for': {
    on: (db) => {
      const thief = loadOrCreateSigningKey(join(directory, 'thief.key'));
      const der = thief.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
      const body = JSON.stringify({ keyId: thief.keyId, publicKey: der, signature: 'AAAA' });
      rehash(db, 700, (bytes, seq) =>
        seq === 700
          ? bytes
              .replace(/"type":"[^"]*"/, '"type":"log.key-rotated"')
              .replace(/"body":.*$/, `"body":${body}}`)
          : bytes,
      );
      resign(db, join(directory, 'thief.key'));
    },
    at: 700,
    says: /the one before it did not sign|under another kind/,
  },
  'the head edited': {
    on: sql('update head set bytes = replace(bytes, \'"size":1\', \'"size":2\')'),
    at: RECORDS,
    says: /signature|cut off/,
  },
  'the head deleted': { on: sql('delete from head'), at: undefined, says: /no signed head/ },
  'the head set back to a kept one': {
    on: sql('update head set bytes = (select bytes from checkpoint)'),
    at: 1024,
    says: /added: the head says 1024/,
  },
  'a kept head edited': {
    on: sql(`update checkpoint set bytes = replace(bytes, '"time":"20', '"time":"19')`),
    at: 0,
    says: /kept at 1024 is not signed/,
  },
  'a stored tile edited': {
    on: sql("update tile set hashes = x'00' || substr(hashes, 2) where id = 2"),
    at: 512,
    says: /the stored tree/,
  },
  'the root of a tile edited': {
    on: sql(`update tile set root = '${'0'.repeat(64)}' where id = 3`),
    at: 768,
    says: /the stored tree differs at 0\/3/,
  },
  'a tile taken out': { on: sql('delete from tile where id = 4'), at: undefined, says: /tiles where/ },
  'who did it, beside the record': {
    on: sql("update record set private = replace(private, 'user-2', 'user-3') where seq = 702"),
    at: 702,
    says: /actor\/user is not the value it was written with/,
  },
  'a value taken away without a record of it': {
    on: sql('update record set private = null where seq = 702'),
    at: 702,
    says: /was taken away, and no record says by whom/,
  },
  'a value given back to a redacted record': {
    on: sql(
      `update record set private = (select private from record where seq = 702) where seq = ${REDACTED}`,
    ),
    at: REDACTED,
    says: /is not the value it was written with/,
  },
  'a record filed under another object': {
    on: sql("update record set object = 'another' where seq = 700"),
    at: 700,
    says: /found under another/,
  },
  'a record filed under another type': {
    on: sql("update record set type = 'nothing' where seq = 700"),
    at: 700,
    says: /found under another/,
  },
  'a record filed under a type that reads as its bytes do, and no object': {
    on: sql(`update record set type = 'policy.applied","object":"policy-0', object = null where seq = 702`),
    at: 702,
    says: /found under another/,
  },
  'a record filed under no text': {
    on: sql('update record set object = cast(object as blob) where seq = 702'),
    at: 702,
    says: /found under another/,
  },
  'a record filed under a decision': {
    on: sql("update record set decision = 'd-1' where seq = 702"),
    at: 702,
    says: /found under another/,
  },
  'the brackets of what lies beside a record': {
    on: sql("update record set private = substr(private, 1, length(private) - 2) || '}]' where seq = 702"),
    at: 702,
    says: /is not the value it was written with/,
  },
  'the clock set back by somebody with the key': {
    on: (db) => {
      rehash(db, 1400, (bytes, seq) => (seq >= 1400 ? bytes.replace(/"time":"20../, '"time":"2001') : bytes));
      resign(db, key);
    },
    at: 1400,
    says: /no record tells of a clock set back/,
  },
};

/** Rightly signed, so only a head kept elsewhere tells. */
const WITH_A_KEPT_HEAD: Record<string, (path: string) => string> = {
  'the file rolled back': () => earlier,
  'the log swapped for another one': () => stranger,
  'all of it written anew with its own key': () =>
    attacked((db) => {
      rehash(db, 700, editedAt(700));
      resign(db, key);
    }),
};

describe('of what is done to a log', () => {
  it('nothing is found in one that nobody touched, and something was redacted from it', async () => {
    const report = await verifyLogs({ paths: [log], trustedHeads: [keptElsewhere] });
    assert.deepEqual(report.problems, []);
    assert.equal(report.logs[0]?.records, RECORDS);
    assert.equal(report.logs[0]?.witnessedSize, keptElsewhere.size);
    assert.match(
      report.notCovered.join('\n'),
      new RegExp(`could, before the next checkpoint .*: .*log.db from record ${keptElsewhere.size}`),
    );
  });

  for (const [name, { on, at, says }] of Object.entries(ALONE))
    it(`${name} is found in the file alone`, async () => {
      const { ok, problems } = await verifyLogs({ paths: [attacked(on)] });
      assert.equal(ok, false);
      assert.equal(problems[0]?.seq, at, JSON.stringify(problems, null, 1));
      assert.match(problems.map(({ message }) => message).join('\n'), says);
    });

  for (const [name, make] of Object.entries(WITH_A_KEPT_HEAD))
    it(`${name} is found by a head kept elsewhere`, async () => {
      const path = make(log);
      assert.equal((await verifyLogs({ paths: [path] })).ok, true, 'it is right in itself');
      const { problems } = await verifyLogs({ paths: [path], trustedHeads: [keptElsewhere] });
      assert.match(problems[0]?.message ?? '', /cut off or set back|rewritten|replaced/);
    });

  it('what comes after the last kept head is rewritten unseen by whoever has the key, and it says so', async () => {
    const path = attacked((db) => {
      rehash(db, RECORDS - 5, editedAt(RECORDS - 5));
      resign(db, key);
    });
    const report = await verifyLogs({ paths: [path], trustedHeads: [keptElsewhere] });
    assert.equal(report.ok, true);
    assert.match(
      report.notCovered.join('\n'),
      /root on this host with a log's key could, before the next checkpoint/,
    );
  });

  it('no flipped byte of any table goes unseen', async () => {
    for (let pick = 1; pick <= 60; pick += 1) {
      const table = ['record', 'tile', 'head', 'checkpoint'][pick % 4] as string;
      const column = table === 'tile' ? 'hashes' : 'bytes';
      const path = attacked((db) => {
        const rows = db.prepare(`select rowid as id, cast(${column} as blob) as bytes from ${table}`).all();
        const row = rows[(pick * 7919) % rows.length] ?? assert.fail();
        const bytes = Buffer.from(row.bytes as Uint8Array);
        const place = (pick * 104_729) % bytes.length;
        bytes[place] = ((bytes[place] ?? 0) ^ 1) & 0x7f;
        const value = table === 'tile' ? bytes : bytes.toString('latin1');
        db.prepare(`update ${table} set ${column} = ? where rowid = ?`).run(value, row.id ?? null);
      });
      const { ok } = await verifyLogs({ paths: [path] });
      assert.equal(ok, false, `${table}, ${pick}`);
      rmSync(path);
    }
  });
});
