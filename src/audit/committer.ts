// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';
import type { Extension } from './extend.ts';
import type { AuditLogOptions } from './options.ts';
import { searchedBy } from './record-bytes.ts';
import { packHashes, tileId } from './tiles.ts';
import { WalFile } from './wal-file.ts';

/** Writes extensions over one connection, its statements prepared once. */
export interface Committer extends Pick<WalFile, 'sync' | 'syncSoon' | 'close'> {
  /** all of it or nothing; on the disk after a sync that begins when this has returned */
  write(extension: Extension, also?: () => void): void;
}

export function committer(database: DatabaseSync, { path, syncs }: AuditLogOptions): Committer {
  const begin = database.prepare('begin immediate');
  const end = database.prepare('commit');
  const putRecord = database.prepare(
    'insert into record (seq, bytes, private, type, object, decision) values (?, ?, ?, ?, ?, ?)',
  );
  const putTile = database.prepare('insert into tile (id, root, hashes) values (?, ?, ?)');
  const putCheckpoint = database.prepare('insert into checkpoint (size, bytes) values (?, ?)');
  const putHead = database.prepare('insert or replace into head (id, bytes) values (1, ?)');
  const wal = new WalFile(path, syncs);
  const write: Committer['write'] = ({ records, tiles, checkpoints, head }, also) => {
    begin.run();
    try {
      for (const { record, bytes, apart } of records) {
        const { type, object, decision } = searchedBy(record);
        const values = apart === undefined ? null : JSON.stringify(apart);
        putRecord.run(record.seq, bytes, values, type, object, decision);
      }
      for (const { level, position, root, hashes } of tiles)
        putTile.run(tileId(level, position), root, packHashes(hashes));
      for (const one of checkpoints) putCheckpoint.run(one.size, JSON.stringify(one));
      putHead.run(JSON.stringify(head));
      also?.();
      end.run();
    } catch (thrown) {
      if (database.isTransaction) database.exec('rollback');
      throw thrown;
    }
  };
  return {
    write,
    sync: () => wal.sync(),
    syncSoon: (done) => wal.syncSoon(done),
    close: () => wal.close(),
  };
}
