// SPDX-License-Identifier: Apache-2.0
import type { SignedHead } from '../model/audit-record.ts';
import type { TreeNode } from './merkle.ts';
import type { SearchedBy } from './record-bytes.ts';
import type { TileStore } from './tiles.ts';

export interface StoredRecord {
  seq: number;
  bytes: string;
  /** the values the bytes only commit to, as JSON */
  apart: string | undefined;
  /** what it is found by, where that is still to be held against its bytes */
  searched?: SearchedBy;
}

/** Up to 256 neighbouring records: as many as a tile has leaves. */
export interface Page {
  position: number;
  records: StoredRecord[];
}

export interface LogSource {
  name: string;
  head: SignedHead | undefined;
  /** its first record's number: 0 but in a segment, or where what was before has been pruned */
  from: number;
  /** it is a segment: what came after it is not in it */
  piece: boolean;
  /** the complete subtrees of what came before */
  peaks: TreeNode[];
  /** exact bytes of the records that introduce the log's keys */
  keyRecords: string[];
  /** heads of the past that were kept */
  checkpoints: SignedHead[];
  /** one more than the largest number; undefined where only reading tells */
  size: number | undefined;
  /** in stored order */
  pages(from?: number, to?: number): AsyncIterable<Page> | Iterable<Page>;
  /** a page again, after `pages` went over it */
  page(position: number): Page;
  /** one record's bytes; only databases have a way to it */
  bytes?(seq: number): string | undefined;
  /** the stored leaves of a full page, 64 hex digits each; only databases store any */
  leaves?(position: number): string | undefined;
  /** a stored tile; only databases store any */
  tile?: TileStore['tile'];
  /** records before this were taken out after they were sealed */
  prunedBefore?: number;
  /** the stored tiles; the hashes of level 0, which `leaves` gives, are left out */
  tiles?(): Iterable<{ level: number; position: number; root: string; hashes: Buffer | undefined }>;
  /** what the database engine itself finds wrong with the file */
  damage?(): string | undefined;
  close(): void;
}
