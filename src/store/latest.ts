// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';

export interface Latest {
  isAfter(time: string): boolean;
  /** to be called before the table changes */
  forget(): void;
}

/**
 * The last `time` of a query, kept until the table changes: whether anything is in force is asked for every review, and
 * mostly nothing is. The store has one writer, which is this process.
 */
export function latest(database: DatabaseSync, sql: string): Latest {
  const statement = database.prepare(sql);
  let known: { time: string | null } | undefined;
  return {
    isAfter(time) {
      known ??= statement.get() as { time: string | null };
      return known.time !== null && known.time > time;
    },
    forget() {
      known = undefined;
    },
  };
}
