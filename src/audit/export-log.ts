// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import { headerLine, recordLine } from './export-file.ts';
import type { LogSource } from './log-source.ts';
import { peakPlaces } from './merkle.ts';
import { StoredTree, TILE_WIDTH } from './tiles.ts';

/** Which records go into a file, and the head that signs them. */
export interface Piece {
  from: number;
  head: SignedHead;
  segment?: boolean;
}

/** The lines of an export: of everything that is there, or of one piece. */
export async function* exportLines(source: LogSource, piece?: Piece): AsyncIterable<string> {
  const head = piece?.head ?? source.head;
  if (head === undefined)
    throw new Fault(
      'unreadable',
      `${source.name} has no head that can be read: run \`tracegate audit verify\``,
    );
  const from = piece?.from ?? firstOf(source);
  const peaks = from === 0 ? [] : peaksAt(source, from);
  const checkpoints = source.checkpoints.filter(({ size }) => size > from && size <= head.size);
  const { keyRecords } = source;
  yield headerLine({ head, from, ...(piece?.segment && { segment: true }), peaks, keyRecords, checkpoints });
  for await (const { records } of source.pages(from, head.size))
    for (const one of records) yield recordLine(one);
}

/** Where what is there begins: the records before may have been taken out, but for those about keys and segments. */
function firstOf(source: LogSource): number {
  if (source.from > 0) return source.from;
  return source.prunedBefore ?? 0;
}

function peaksAt(source: LogSource, from: number): string[] {
  if (from === source.from) return source.peaks.map(({ hash }) => hash);
  const tree = new StoredTree(
    {
      tile: (level, position) => source.tile?.(level, position),
      root: (level, position) => source.tile?.(level, position)?.root,
      bytes: (seq) => source.page(Math.floor(seq / TILE_WIDTH)).records.find((one) => one.seq === seq)?.bytes,
    },
    (what) => new Fault('tampered', `${source.name} lacks ${what}: run \`tracegate audit verify\``),
  );
  return peakPlaces(from).map(({ level, position }) => tree.nodeAt(level, position));
}
