// SPDX-License-Identifier: Apache-2.0
/** The sinks' room: copies of what the logs hold, taken elsewhere. */
export { AuditFeed, type AuditPosition } from './audit-feed.ts';
export { EventFeed, type EventPosition } from './event-feed.ts';
export { HeadFeed, type HeadPosition } from './head-feed.ts';
export type { Feed } from './item.ts';
export { auditSinks, checkpointFeed, remoteSinks } from './plan.ts';
export { readSinkState, type SinkState, sinkStatesIn } from './sink-state.ts';
export type { FeedSpec } from './sink-task.ts';
export { sinkTeller } from './sink-teller.ts';
export { type SinkStatus, Sinks } from './sinks.ts';
