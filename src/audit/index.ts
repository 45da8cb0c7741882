// SPDX-License-Identifier: Apache-2.0
/** The audit room: one module for gate and agent, each with a log of its own. */
export { type AuditLog, logIdOf, openAuditLog } from './log.ts';
export { leafHash, provenRoot } from './merkle.ts';
export type { AuditLogOptions } from './options.ts';
export type { Problem } from './problem.ts';
export { type AuditFilter, type InclusionProof, readAuditLog } from './reader.ts';
export type { AuditEntry } from './record-bytes.ts';
export { headIsSignedBy, notAHead } from './signed-head.ts';
export {
  keyIdOf,
  loadOrCreateSigningKey,
  publicKeyPath,
  readPublicKey,
  type SigningKey,
} from './signing-key.ts';
export { exportLines, openSource } from './source.ts';
export { type LogReport, type VerifyOptions, type VerifyReport, verifyLogs } from './verify.ts';
export { lastWitnessed, witnessHead } from './witness.ts';
