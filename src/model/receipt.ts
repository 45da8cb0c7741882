// SPDX-License-Identifier: Apache-2.0
import type { Operation } from './decision.ts';

/** What the gate signs when a decision allowed a change: the agent loads nothing without one. */
export interface ReceiptBody {
  version: 1;
  decisionId: string;
  operation: Operation;
  key: string;
  digest: string;
  revision: number;
  /** host name, or `*` for the fleet */
  host: string;
  rulesDigest: string;
  issued: string;
  expires: string;
}

/** `signature`: base64 Ed25519 over the RFC 8785 form of `body`; `keyId`: `sha256:<hex>` of the public key (SPKI DER). */
export interface Receipt {
  body: ReceiptBody;
  keyId: string;
  signature: string;
}
