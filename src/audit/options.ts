// SPDX-License-Identifier: Apache-2.0
import type { Syncs } from './wal-file.ts';

export interface AuditLogOptions {
  path: string;
  /** the Ed25519 key's file: kept apart from the database, made where missing */
  keyPath: string;
  kind: 'gate' | 'agent';
  /** the file never grows beyond this; a full log takes no record and nothing is acknowledged */
  maxBytes?: number;
  /** in place of `fdatasync`, for tests of a disk that fails */
  syncs?: Syncs;
  now?: () => Date;
  /** a clock that nobody sets, for telling that the other one was */
  steadyMs?: () => number;
}
