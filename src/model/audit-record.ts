// SPDX-License-Identifier: Apache-2.0
/** One schema for both logs, gate's and agent's. */
export interface AuditRecord {
  /** `gate:<hex>` or `agent:<hex>`, chosen when the log is made */
  logId: string;
  seq: number;
  /** hex leaf hash (RFC 9162) of the previous record's exact bytes, 64 zeros in the first */
  prev: string;
  time: string;
  type: string;
  actor?: { user: string; groups: string[]; door?: string };
  /** the policy key, rule id, token id … it is about */
  object?: string;
  body: Record<string, unknown>;
  /** JSON Pointers of values that were taken away since; who did and why is a record `audit.redacted` */
  redacted?: string[];
}

/**
 * A log's state at `size` records. The signature is over its text form, a C2SP checkpoint; `root` is the hex RFC 9162
 * Merkle tree hash.
 */
export interface SignedHead {
  logId: string;
  size: number;
  root: string;
  /** hex leaf hash of the last record */
  last: string;
  time: string;
  keyId: string;
  signature: string;
}

/** Which records of a log. */
export interface AuditFilter {
  /** a type, or a prefix that ends in a dot (`policy.`) */
  type?: string;
  object?: string;
  actor?: string;
  /** a decision's id */
  decision?: string;
  /** the host it is of */
  host?: string;
  /** decisions in which this rule found something */
  rule?: string;
  outcome?: 'allowed' | 'denied' | 'failed';
  /** RFC 3339, inclusive */
  since?: string;
  until?: string;
  /** only records beyond this number in the order asked for */
  after?: number;
  limit?: number;
  order?: 'ascending' | 'descending';
}
