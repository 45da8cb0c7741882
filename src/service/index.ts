// SPDX-License-Identifier: Apache-2.0

export type { PolicyRecord, PolicyRevision } from '../store/index.ts';
export { type AgentClientOptions, agentClient } from './agent-client.ts';
export { type Difference, difference } from './difference.ts';
export { effectiveMode, initialMode } from './effective-mode.ts';
export { LOADABLE_RULE } from './loadability.ts';
export type { AlterRequest, ApplyRequest, Changed, RetireRequest } from './policies.ts';
export {
  keyOf,
  type Planned,
  type RecordedInput,
  type ReviewDeps,
  type ReviewOutcome,
  type ReviewRequest,
  review,
} from './review.ts';
export {
  createService,
  type DecisionQuery,
  type LogName,
  type Replacing,
  type RulesPort,
  type Service,
  type ServiceDeps,
} from './service.ts';
export { ADMIN_TOKEN_FILE, ensureAdminToken, type NewToken, type Tokens, type TokenView } from './tokens.ts';
