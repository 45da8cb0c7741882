// SPDX-License-Identifier: Apache-2.0
/** The audit room: one module for gate and agent, each with a log of its own. */

export type { AuditLog } from './audit-log.ts';
export { configEntries } from './config-change.ts';
export { openForReading, privateSql } from './database.ts';
export { exportLines } from './export-log.ts';
export { logIdOf } from './key-chain.ts';
export { openAuditLog } from './log.ts';
export { isConsistent, leafHash, provenRoot } from './merkle.ts';
export type { AuditLogOptions } from './options.ts';
export type { Problem } from './problem.ts';
export { type HeadBefore, headAfter, type PushedHead, recordsAfter } from './pushed-head.ts';
export type { Proof } from './reader.ts';
export { type AuditEntry, decodeRecord as decodeStored } from './record-bytes.ts';
export { segmentsFolder } from './retention.ts';
export { type AuditFilter, readAuditLog } from './search.ts';
export { acceptHead, type Shown } from './second-party.ts';
export { headIsSignedBy, notAHead } from './signed-head.ts';
export {
  keyIdOf,
  loadOrCreateSigningKey,
  publicKeyPath,
  readPublicKey,
  type SigningKey,
} from './signing-key.ts';
export { openSource } from './source.ts';
export { threadFile } from './thread-file.ts';
export { verifyLogs } from './verify.ts';
export type { LogReport, VerifyOptions, VerifyReport } from './verify-report.ts';
export { syncWhatWasRead } from './wal-file.ts';
export { lastWitnessed, witnessHead } from './witness.ts';
