// SPDX-License-Identifier: Apache-2.0
export type { ApprovalRecord } from './approval-record.ts';
export type { ExceptionRecord } from './exception-record.ts';
export type { Change, PolicyRecord, PolicyRevision, Tombstone } from './policy-record.ts';
export { openStore, type PolicyQuery, type Store } from './store.ts';
export type { TokenRecord } from './token-record.ts';
