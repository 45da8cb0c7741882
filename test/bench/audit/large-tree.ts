// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import { openForWriting } from '../../../src/audit/database.ts';
import { Frontier } from '../../../src/audit/merkle.ts';
import { packHashes, TileEdge, tileId } from '../../../src/audit/tiles.ts';

/** A database with the tiles of so many leaves (a multiple of 256); answers with the root. */
export function largeTree(path: string, size: number): string {
  const database = openForWriting(path, undefined);
  const put = database.prepare('insert into tile (id, root, hashes) values (?, ?, ?)');
  const [frontier, edge] = [new Frontier(), new TileEdge()];
  database.exec('begin');
  for (let n = 0; n < size; n += 1)
    for (const { level, position, root, hashes } of edge.take(frontier.append(hash('sha256', String(n)))))
      put.run(tileId(level, position), root, packHashes(hashes));
  database.exec('commit');
  database.close();
  return frontier.root();
}
