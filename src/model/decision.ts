// SPDX-License-Identifier: Apache-2.0

import type { PolicyKind } from './document.ts';
import type { AppliedException } from './exception.ts';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

export type Door = 'webhook' | 'api' | 'cli' | 'agent';
export type Operation = 'create' | 'update' | 'delete';
export type Mode = 'enforce' | 'monitor';

/** Which rules ran: a decision that cannot say so is no decision. total = evaluated + notApplicable. */
export interface RulesReport {
  /** SHA-256 of the bundle that judged, `sha256:<hex>` */
  digest: string;
  revision: string;
  profile: string;
  total: number;
  evaluated: number;
  notApplicable: number;
}

export interface Decision {
  id: string;
  allowed: boolean;
  operation: Operation;
  door: Door;
  /** RFC 3339, UTC */
  time: string;
  subject: { user: string; groups: string[] };
  policy: { kind: PolicyKind; namespace?: string; name: string; digest: string };
  findings: Finding[];
  rules: RulesReport;
  facts?: { digest: string };
  effectiveMode: Mode;
  /** by whose word some of the findings do not count */
  exceptions?: AppliedException[];
  effects?: unknown;
  durationUs: number;
}

export type DecisionSubject = Pick<Subject, 'user' | 'groups'>;
