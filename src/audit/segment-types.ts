// SPDX-License-Identifier: Apache-2.0
import { isOwnSql } from './own-types.ts';

/** A piece of the log was written to a file of its own; the record names its root. */
export const SEALED_TYPE = 'log.sealed';
/** Records that sealed segments hold were taken out of the database. */
export const PRUNED_TYPE = 'log.pruned';

/** What a log keeps of itself whatever is taken out: its keys, and what was sealed and taken out, besides its first record. */
const KEPT_TYPES = ['log.key-rotated', SEALED_TYPE, PRUNED_TYPE];

/** That a record is one which a pruning takes out. */
export function isTakenSql(table: string): string {
  return `${table}.seq > 0 and ${table}.type not in (${KEPT_TYPES.map((type) => `'${type}'`)})`;
}

/** Up to where records were taken out, as `before`: null where none were. */
export const PRUNED_BEFORE_SQL: string = `select max(bytes ->> '$.body.before') as before from record where ${isOwnSql} and type = '${PRUNED_TYPE}'`;

/** That a pruning which was written down covers a record. */
export function isPrunedSql(table: string): string {
  return `${isTakenSql(table)} and ${table}.seq < (${PRUNED_BEFORE_SQL})`;
}
