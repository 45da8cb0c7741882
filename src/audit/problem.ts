// SPDX-License-Identifier: Apache-2.0
import type { SignedHead } from '../model/audit-record.ts';

export interface Problem {
  log: string;
  /** the record it starts at, where it can be said */
  seq?: number;
  message: string;
}

/** Somebody's memory of a log: `by` says a head of that log was this one. */
export interface Claim {
  by: string;
  seq?: number;
  head: SignedHead;
}
