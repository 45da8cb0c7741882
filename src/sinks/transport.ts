// SPDX-License-Identifier: Apache-2.0
import type { SinkFormat } from '../config/sink-keys.ts';
import type { Item } from './item.ts';

/** One item on its way: what it is, and the line that tells it. */
export interface Message {
  item: Item;
  line: string;
}

/** A message a receiver will never take, and why. */
export interface Refused {
  message: Message;
  reason: string;
}

/** Takes messages away. A rejection means that none of them can be counted on: they are sent again. */
export interface Transport {
  send(messages: readonly Message[]): Promise<Refused[]>;
  /** How long after a `send` its messages may still turn out lost; 0 where the receiver itself says that it has them. */
  readonly settleMs: number;
  /** Why what was sent and has not settled is to be sent again. Asking clears it. */
  takeBreak(): Error | undefined;
  /** True: all that was sent has arrived as far as anybody can tell. */
  close(): Promise<boolean>;
}

export type TransportSpec =
  | { kind: 'file'; path: string; maxBytes: number; kept: number }
  | { kind: 'syslog'; address: string; facility: number; ca?: string }
  | { kind: 'webhook'; url: string; token?: string; ca?: string; insist?: boolean };

export interface SinkSpec {
  /** `file`, `syslog`, `webhook`, `checkpoint` */
  name: string;
  format: SinkFormat;
  batch: number;
  transport: TransportSpec;
}

/** What the receiver asked for: not before so long. */
export class Later extends Error {
  readonly afterMs: number | undefined;

  constructor(message: string, afterMs: number | undefined) {
    super(message);
    this.afterMs = afterMs;
  }
}
