// SPDX-License-Identifier: Apache-2.0
/** Records that say something about logs are few, and looked for whenever a log is opened: they alone are listed in it. */
const OWN_PREFIXES = ['log.', 'audit.'] as const;

/** The condition of that index; a query that is to use it has to say it too. */
export function ownSql(table?: string): string {
  const type = table === undefined ? 'type' : `${table}.type`;
  return `(${OWN_PREFIXES.map((prefix) => `${type} glob '${prefix}*'`).join(' or ')})`;
}

export const isOwnSql: string = ownSql();

export function isOwnType(type: string): boolean {
  return OWN_PREFIXES.some((prefix) => type.startsWith(prefix));
}
