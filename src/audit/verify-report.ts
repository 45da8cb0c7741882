// SPDX-License-Identifier: Apache-2.0
import type { SignedHead } from '../model/audit-record.ts';
import type { Problem } from './problem.ts';

export interface LogReport {
  name: string;
  logId: string | undefined;
  records: number;
  root: string;
  /** up to where another log of this verification vouches that nothing is missing; 0 = no witness */
  witnessedSize: number;
}

export interface VerifyReport {
  ok: boolean;
  logs: LogReport[];
  problems: Problem[];
  /** what this verification cannot tell, in plain words */
  notCovered: string[];
}

export interface VerifyOptions {
  /** databases, exports, segments */
  paths: string[];
  /** heads kept elsewhere (an earlier `audit checkpoint`): they must still be in their log's past */
  trustedHeads?: SignedHead[];
  /** keys known from elsewhere, by `keyId`; without one a log's key is the one its name commits to */
  trustedKeyIds?: string[];
}
