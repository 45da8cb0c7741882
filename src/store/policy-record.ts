// SPDX-License-Identifier: Apache-2.0
/** What was asked for: the record of a policy and its history. What the kernels show of it is asked of the agents. */
import type { Mode, Operation } from '../model/decision.ts';
import type { PolicyDocument, PolicyKind } from '../model/document.ts';
import type { JudgedFor } from '../model/receipt.ts';

export interface PolicyRecord {
  key: string;
  kind: PolicyKind;
  name: string;
  namespace?: string;
  /** grows with every change of the key, over deletions too: an agent never takes a lower one */
  revision: number;
  mode: Mode;
  enabled: boolean;
  digest: string;
  document: PolicyDocument;
  /** the decision that allowed this revision, and the rules it was made by: what receipts are signed from */
  decisionId: string;
  rulesDigest: string;
  operation: Operation;
  /** absent in records of before it was kept */
  judged?: JudgedFor;
  created: string;
  updated: string;
}

export interface PolicyRevision {
  key: string;
  revision: number;
  time: string;
  operation: Operation;
  actor: { user: string; groups: string[] };
  reason?: string;
  mode: Mode;
  enabled: boolean;
  digest: string;
  decisionId: string;
  document: PolicyDocument;
}

/** A deleted policy that hosts may still run: kept until they were told. */
export interface Tombstone {
  key: string;
  revision: number;
  digest: string;
  decisionId: string;
  rulesDigest: string;
}

export interface Change {
  record: PolicyRecord;
  actor: { user: string; groups: string[] };
  reason?: string;
}
