// SPDX-License-Identifier: Apache-2.0
export interface AuditLogOptions {
  path: string;
  /** the Ed25519 key's file: kept apart from the database, made where missing */
  keyPath: string;
  kind: 'gate' | 'agent';
  /** the file never grows beyond this; a full log takes no record and nothing is acknowledged */
  maxBytes?: number;
  /** in place of `fdatasync`, for tests of a disk that fails */
  sync?: (file: number) => void;
  now?: () => Date;
  /** a clock that nobody sets, for telling that the other one was */
  steadyMs?: () => number;
}
