// SPDX-License-Identifier: Apache-2.0
/**
 * One sink of one feed: takes what comes after its position to the receiver, and moves the position when that has it. It
 * comes after everything else: nobody waits for it, and what it has not told yet lies in the log.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { lineOf } from './format.ts';
import type { Feed, Teller } from './item.ts';
import type { LinesFile } from './lines-file.ts';
import { readSinkState, type SinkState, writeSinkState } from './sink-state.ts';
import { Later, type Refused, type SinkSpec, type Transport } from './transport.ts';

const IDLE_MS = 250;
const SAVE_EVERY_MS = 1_000;
/** What is there at the end is tried once more, for so long. */
const LAST_MS = 2_000;
const RETRY_MS = { first: 500, most: 60_000 };

export interface SinkParts {
  spec: SinkSpec;
  feed: Feed;
  transport: Transport;
  teller: Teller;
  statePath: string;
  deadLetters: LinesFile;
  onState(state: SinkState): void;
}

interface Sent {
  position: unknown;
  count: number;
  atMs: number;
}

export class Sink {
  readonly #parts: SinkParts;
  readonly #state: SinkState;
  /** where reading goes on; ahead of the state's by what has not settled */
  #reading: unknown;
  #unsettled: Sent[] = [];
  #savedAtMs = 0;
  #unsaved = false;
  #retryMs = RETRY_MS.first;

  constructor(parts: SinkParts) {
    this.#parts = parts;
    this.#state = readSinkState(parts.statePath);
    this.#reading = this.#state.position;
  }

  /** Until it is told to stop; then what is there is tried once more. */
  async run(stop: AbortSignal): Promise<void> {
    this.#save();
    while (!stop.aborted) {
      const waitMs = await this.#step();
      if (waitMs > 0) await pause(waitMs, undefined, { signal: stop }).catch(() => {});
    }
    this.#parts.feed.ending?.();
    const untilMs = Date.now() + LAST_MS;
    for (let left = true; left && Date.now() < untilMs; ) left = (await this.#step()) === 0;
    if (await this.#parts.transport.close()) this.#settle(Number.POSITIVE_INFINITY);
    this.#save();
    this.#parts.deadLetters.close();
    this.#parts.feed.close();
  }

  /** Sends what is there; how long to wait until the next time, 0 while there is more. */
  async #step(): Promise<number> {
    try {
      const broken = this.#parts.transport.takeBreak();
      if (broken) throw broken;
      this.#settle(Date.now() - this.#parts.transport.settleMs);
      const moved = await this.#sendNext();
      this.#went(moved);
      return moved ? 0 : IDLE_MS;
    } catch (thrown) {
      return this.#failed(thrown);
    }
  }

  async #sendNext(): Promise<boolean> {
    const { feed, transport, spec, teller } = this.#parts;
    const { items, next } = feed.next(this.#reading, spec.batch);
    if (items.length > 0) {
      const messages = items.map((item) => ({ item, line: lineOf(item, spec.format, teller) }));
      const refused = await transport.send(messages);
      if (refused.length > 0) this.#layAside(refused);
      this.#unsettled.push({ position: next, count: items.length - refused.length, atMs: Date.now() });
      if (transport.settleMs === 0) this.#settle(Number.POSITIVE_INFINITY);
    }
    this.#reading = next;
    return items.length > 0;
  }

  /** On the disk before the position goes past them. */
  #layAside(refused: readonly Refused[]): void {
    const time = new Date().toISOString();
    this.#parts.deadLetters.add(
      refused.map(({ message: { line }, reason }) => JSON.stringify({ time, reason, line })),
    );
    this.#state.laidAside += refused.length;
  }

  #settle(untilMs: number): void {
    while (this.#unsettled[0] && this.#unsettled[0].atMs <= untilMs) {
      const { position, count } = this.#unsettled.shift() as Sent;
      this.#state.position = position;
      this.#state.delivered += count;
      this.#unsaved = true;
    }
  }

  #went(moved: boolean): void {
    // idle says nothing: only what was taken shows that it gets on again
    const recovered = this.#state.error !== undefined && (moved || this.#unsettled.length > 0);
    if (recovered) {
      delete this.#state.error;
      delete this.#state.errorSince;
      this.#retryMs = RETRY_MS.first;
    }
    const due = this.#unsaved && Date.now() - this.#savedAtMs >= SAVE_EVERY_MS;
    if (recovered || due) this.#save();
  }

  #failed(thrown: unknown): number {
    const first = this.#state.error === undefined;
    this.#state.error = (thrown as Error).message || String(thrown);
    if (first) this.#state.errorSince = new Date().toISOString();
    this.#reading = this.#state.position;
    this.#unsettled = [];
    this.#save();
    const asked = thrown instanceof Later ? thrown.afterMs : undefined;
    // some sooner, some later: receivers that come back are not met by all at once
    const waitMs = Math.min(asked ?? this.#retryMs * (0.75 + Math.random() / 2), RETRY_MS.most);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.most);
    return Math.max(waitMs, 1);
  }

  #save(): void {
    this.#savedAtMs = Date.now();
    this.#unsaved = false;
    this.#state.at = new Date().toISOString();
    try {
      writeSinkState(this.#parts.statePath, this.#state);
    } catch (thrown) {
      // a full disk: the older position stands, and some things are sent twice
      this.#state.error ??= (thrown as Error).message;
    }
    this.#parts.onState(this.#state);
  }
}
