// SPDX-License-Identifier: Apache-2.0
/** Where a verification reads a log from: the database itself, or an export or segment of it. Neither needs a running process. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import { headFrom, openForReading, privateSql, readHead, tileStore } from './database.ts';
import { exportSource } from './export-file.ts';
import { keyRecordsIn } from './key-chain.ts';
import type { LogSource, StoredRecord } from './log-source.ts';
import { prunedBefore } from './pruner.ts';
import { textOf } from './search.ts';
import { TILE_WIDTH, tileId } from './tiles.ts';
import { syncWhatWasRead } from './wal-file.ts';

/** Opens a database or an export, told apart by their first bytes. */
export async function openSource(path: string): Promise<LogSource> {
  if (!existsSync(path))
    throw new Fault('not-found', `${path} does not exist: name an audit database, an export or a segment`);
  return isDatabase(path) ? databaseSource(path) : exportSource(path);
}

export function isDatabase(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(16);
    readSync(file, magic, 0, 16, 0);
    return magic.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(file);
  }
}

/**
 * One snapshot for all that is read, while the writer goes on. Without one, each page is as it is then: for records that
 * nobody takes out meanwhile, so that a long reading does not keep the write-ahead log from being moved.
 */
export function databaseSource(path: string, { snapshot = true } = {}): LogSource {
  const database = openForReading(path);
  try {
    if (snapshot) database.exec('begin');
    const last = database.prepare('select max(seq) as seq from record').get()?.seq;
    syncWhatWasRead(path);
    return {
      ...{ name: path, head: readHead(database), from: 0, peaks: [], piece: false },
      ...{ keyRecords: keyRecordsIn(database), checkpoints: checkpointsIn(database) },
      size: last === null || last === undefined ? 0 : Number(last) + 1,
      prunedBefore: prunedBefore(database),
      ...pagesOf(database),
      ...(hasTable(database, 'tile') && storedTiles(database)),
      damage: () => damageOf(database),
      close: () => database.close(),
    };
  } catch (cause) {
    database.close();
    throw new Fault('unreadable', `${path} is no audit log: ${(cause as Error).message}`, { cause });
  }
}

function pagesOf(database: DatabaseSync): Pick<LogSource, 'pages' | 'page' | 'bytes'> {
  const columns = `seq, bytes, ${privateSql(database)}, type, object, decision`;
  const rows = database.prepare(`select ${columns} from record where seq >= ? and seq < ? order by seq`);
  // a page at a time and without names: twice as fast as a row at a time with them
  rows.setReturnArrays(true);
  const records = (from: number, to: number): StoredRecord[] =>
    (rows.all(from, to) as unknown as Row[]).map(recordOf);
  const one = database.prepare('select bytes from record where seq = ?');
  const next = database.prepare('select min(seq) as seq from record where seq >= ?');
  return {
    bytes: (seq) => textOf(one.get(seq)?.bytes),
    page: (position) => ({ position, records: records(position * TILE_WIDTH, (position + 1) * TILE_WIDTH) }),
    *pages(from, to = Number.MAX_SAFE_INTEGER) {
      // also what stands where no number may: it is to be found, not passed over
      const below = from === undefined ? records(Number.MIN_SAFE_INTEGER, 0) : [];
      if (below.length > 0) yield { position: 0, records: below };
      for (let at = next.get(from ?? 0)?.seq; typeof at === 'number' && at < to; ) {
        const position = Math.floor(at / TILE_WIDTH);
        const end = (position + 1) * TILE_WIDTH;
        yield { position, records: records(at, Math.min(end, to)) };
        at = next.get(end)?.seq;
      }
    },
  };
}

type Row = [
  seq: number,
  bytes: string,
  apart: string | null,
  type: string,
  object: string | null,
  decision: string | null,
];

function recordOf([seq, bytes, apart, type, object, decision]: Row): StoredRecord {
  return { seq, bytes: String(bytes), apart: textOf(apart), searched: { type, object, decision } };
}

function storedTiles(database: DatabaseSync): Pick<LogSource, 'leaves' | 'tile' | 'tiles'> {
  const store = tileStore(database);
  return {
    tile: store.tile,
    leaves: (position) => {
      const tile = store.tile(0, position);
      // what is there and is no tile holds no record's hash
      return tile && (tile.hashes instanceof Uint8Array ? Buffer.from(tile.hashes).toString('hex') : '');
    },
    *tiles() {
      const all = `select id, root, case when id >= ${tileId(1, 0)} then hashes end as hashes from tile`;
      for (const { id, root, hashes } of database.prepare(all).iterate()) {
        const level = Math.floor(Number(id) / tileId(1, 0));
        const position = Number(id) % tileId(1, 0);
        yield {
          level,
          position,
          root: String(root),
          hashes: hashes === null ? undefined : Buffer.from(hashes as Uint8Array),
        };
      }
    },
  };
}

function checkpointsIn(database: DatabaseSync): SignedHead[] {
  if (!hasTable(database, 'checkpoint')) return [];
  const rows = database.prepare('select size, bytes from checkpoint order by size').all();
  return rows.map(({ size, bytes }) => headFrom(bytes) ?? unreadableHead(Number(size)));
}

/** Stands for a head that cannot be read, and is told as one that nobody signed. */
function unreadableHead(size: number): SignedHead {
  return { logId: '', size, root: '', last: '', time: '', keyId: '', signature: '' };
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare('select 1 from sqlite_master where name = ?').get(name) !== undefined;
}

export function damageOf(database: DatabaseSync): string | undefined {
  // not integrity_check: that indexes list every record costs as much as verifying them, and changes none
  const row = database.prepare('pragma quick_check(1)').get();
  const answer = String(row?.quick_check ?? 'no answer');
  return answer === 'ok' ? undefined : answer;
}
