// SPDX-License-Identifier: Apache-2.0
import type { Teller } from './item.ts';
import type { SinkState } from './sink-state.ts';
import type { SinkSpec } from './transport.ts';

export const SINK_TASK = 'tracegate sinks';

export interface FeedSpec {
  /** `gate-audit`, `agent-audit`, `agent-events`, `gate-checkpoints` or `agent-checkpoints` */
  name: string;
  path: string;
  /** of files of events */
  kept?: number;
  /** of heads: how far apart they are sent */
  everySeconds?: number;
  sinks: SinkSpec[];
}

export interface SinkTask {
  task: typeof SINK_TASK;
  feeds: FeedSpec[];
  folder: string;
  teller: Teller;
}

/** What the thread says: how a sink stands, whenever that was kept. */
export interface SinkNews {
  name: string;
  feed: string;
  behind: number;
  state: SinkState;
}
