// SPDX-License-Identifier: Apache-2.0
export type { Change, PolicyRecord, PolicyRevision, Tombstone } from './policy-record.ts';
export { openStore, type PolicyQuery, type Store } from './store.ts';
export type { TokenRecord } from './token-record.ts';
