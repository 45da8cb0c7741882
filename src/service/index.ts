// SPDX-License-Identifier: Apache-2.0

export type { LogName } from '../model/audit-keeping.ts';
export type { PolicyRecord, PolicyRevision } from '../store/index.ts';
export { type AgentClientOptions, agentClient, bpfGateClient } from './agent-client.ts';
export type { Approvals, NewApproval } from './approvals.ts';
export type { Given, RecordedInput } from './decision-record.ts';
export { type Difference, difference } from './difference.ts';
export { effectiveMode, initialMode } from './effective-mode.ts';
export type { Exceptions, ExceptionView, NewException } from './exceptions.ts';
export { LOADABLE_RULE } from './loadability.ts';
export type { AlterRequest, ApplyRequest, Changed, RetireRequest } from './policies.ts';
export type { HostShown, RevisionHistory } from './policy-history.ts';
export { keyOf } from './recorded.ts';
export {
  type Planned,
  type ReviewDeps,
  review,
} from './review.ts';
export type { ReviewOutcome, ReviewRequest } from './review-request.ts';
export type { Replacing, RulesPort } from './rules-port.ts';
export {
  createService,
  type DecisionQuery,
  type Service,
  type ServiceDeps,
} from './service.ts';
export type { SinkView } from './sink-view.ts';
export { storedNormal } from './skeleton.ts';
export { ADMIN_TOKEN_FILE, ensureAdminToken, type NewToken, type Tokens, type TokenView } from './tokens.ts';
