// SPDX-License-Identifier: Apache-2.0
/** Every route, in the order they are tried. */
import type { Route } from '../route.ts';
import { APPROVAL_ROUTES } from './approvals.ts';
import { getAuditHead, getAuditProof, getAuditRecord, listAuditRecords } from './audit.ts';
import { pruneAuditLog, redactAuditRecord, rotateAuditKey, sealAuditLog } from './audit-keeping.ts';
import { BPF_ROUTES } from './bpf.ts';
import {
  admitBpfSuccessor,
  changeBpfBaseline,
  getBpfBaseline,
  getBpfGuard,
  putBpfGuard,
} from './bpf-guard.ts';
import { getDecision, listDecisions } from './decisions.ts';
import { streamEvents } from './events.ts';
import { approveException, createException, listExceptions, revokeException } from './exceptions.ts';
import { getHealth, getReadiness } from './health.ts';
import { getHostFacts, listHosts } from './hosts.ts';
import { POLICY_ROUTES } from './policies.ts';
import { createReview } from './reviews.ts';
import { allowOlderRules, getRule, getRuleBundle, listRules, putRuleBundle } from './rules.ts';
import { createSuspension, endSuspension, listSuspensions } from './suspensions.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';

export const ROUTES: readonly Route[] = [
  createReview,
  ...POLICY_ROUTES,
  ...APPROVAL_ROUTES,
  ...[listSuspensions, createSuspension, endSuspension],
  ...[listExceptions, createException, approveException, revokeException],
  ...[listDecisions, getDecision],
  ...[listAuditRecords, getAuditRecord, getAuditHead, getAuditProof],
  ...[redactAuditRecord, rotateAuditKey, sealAuditLog, pruneAuditLog],
  ...BPF_ROUTES,
  ...[createToken, listTokens, revokeToken],
  ...[listHosts, getHostFacts],
  ...[getBpfGuard, putBpfGuard, admitBpfSuccessor, getBpfBaseline, changeBpfBaseline],
  ...[listRules, getRuleBundle, putRuleBundle, allowOlderRules, getRule],
  streamEvents,
  ...[getHealth, getReadiness],
];
