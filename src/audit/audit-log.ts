// SPDX-License-Identifier: Apache-2.0
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { Proof } from './reader.ts';
import type { AuditEntry } from './record-bytes.ts';
import type { Redaction } from './redaction.ts';
import type { AuditFilter } from './search.ts';
import type { Pruning, Sealing } from './segments.ts';

export type Actor = NonNullable<AuditRecord['actor']>;

export interface AuditLog {
  readonly logId: string;
  readonly keyId: string;
  /** Durable when it returns. Throws Fault `audit-unavailable` when it is not: then nothing may be acknowledged. */
  append(entries: AuditEntry[]): AuditRecord[];
  /** The same, with what others hand over at about the same time in one commit. */
  appendSoon(entries: AuditEntry[]): Promise<AuditRecord[]>;
  head(): SignedHead;
  read(filter?: AuditFilter): AuditRecord[];
  /** that a record is in the tree; with `from`, also that the tree goes on from its first `from` records */
  prove(seq: number, from?: number): Proof;
  /** hands over to a new key, which the one before signs for */
  rotateKey(actor?: Actor): AuditRecord;
  /** takes values away that the chain only commits to */
  redact(redaction: Redaction): AuditRecord;
  /** Writes what no segment holds yet to a file that stands on its own; nothing is taken out. Fault `conflict` during another. */
  seal(sealing: Sealing): Promise<AuditRecord>;
  /** Takes out what sealed segments hold: from when it resolves that is written down, and goes on behind what else is written. */
  prune(pruning: Pruning): Promise<AuditRecord>;
  /** resolves when all that is to go is gone; closing the log only puts the rest off */
  pruned(): Promise<void>;
  /** Undefined, or why the log takes no record now. */
  trouble(): string | undefined;
  close(): void;
}
