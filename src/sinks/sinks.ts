// SPDX-License-Identifier: Apache-2.0
/** The sinks of a process, from the outside: started, asked how they are, ended. */
import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import { threadFile } from '../audit/index.ts';
import type { AuditPosition } from './audit-feed.ts';
import { type FeedSpec, SINK_TASK, type SinkNews, type SinkTask } from './sink-task.ts';

export interface SinksOptions {
  /** `gate` or `agent` */
  part: string;
  version: string;
  feeds: FeedSpec[];
  /** where positions and messages that were laid aside are kept */
  folder: string;
  /** how many records the log of a feed has now; undefined where that is not known at once */
  sizeOf(feed: string): number | undefined;
  /** told when a sink no longer gets on, and when it does again */
  onChange(name: string, error: string | undefined): void;
}

export interface SinkStatus {
  /** `webhook of gate-audit` */
  name: string;
  behind: number;
  delivered: number;
  laidAside: number;
  /** for how long it has had something to tell and told nothing; seen whenever it is asked */
  lagSeconds: number;
  /** that is longer than is in order */
  late: boolean;
  error?: string;
}

const RESTART_MS = 5_000;
/** Sinks try once more what is there, and say goodbye. */
const CLOSE_LIMIT_MS = 6_000;

/** Beyond so much more than the distance heads are sent at, the other side lags. */
const LATE_SECONDS = 60;

export class Sinks {
  readonly #options: SinksOptions;
  readonly #news = new Map<string, SinkNews>();
  readonly #waiting = new Map<string, { delivered: number; sinceMs: number }>();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(options: SinksOptions) {
    this.#options = options;
    if (options.feeds.some(({ sinks }) => sinks.length > 0)) this.#start();
  }

  #start(): void {
    const { part, version, feeds, folder } = this.#options;
    const teller = { part, version, host: hostname(), processId: process.pid };
    const task: SinkTask = { task: SINK_TASK, feeds, folder, teller };
    const worker = new Worker(threadFile('sinks/sink-thread'), { workerData: task });
    this.#worker = worker;
    worker.unref();
    worker.on('message', (news: SinkNews) => this.#learn(news));
    worker.on('error', (error) => this.#ended(error.message));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
  }

  #learn(news: SinkNews): void {
    const name = `${news.name} of ${news.feed}`;
    const before = this.#news.get(name)?.state.error;
    this.#news.set(name, news);
    const { error } = news.state;
    if ((before === undefined) !== (error === undefined)) this.#options.onChange(name, error);
  }

  #ended(why: string): void {
    this.#worker = undefined;
    if (this.#closing) return;
    this.#options.onChange('all sinks', why);
    this.#restart = setTimeout(() => this.#start(), RESTART_MS);
    this.#restart.unref();
  }

  status(): SinkStatus[] {
    return [...this.#news].map(([name, { feed, behind, state }]) => {
      const { delivered, laidAside, error, position } = state;
      const size = this.#options.sizeOf(feed);
      const told = (position as Partial<AuditPosition> | undefined)?.seq ?? -1;
      const left = size === undefined ? behind : size - 1 - told;
      const lagSeconds = this.#lagSeconds(name, { delivered, left });
      const late = lagSeconds > LATE_SECONDS + this.#distanceOf(feed);
      return {
        ...{ name, delivered, laidAside, behind: left, lagSeconds, late },
        ...(error !== undefined && { error }),
      };
    });
  }

  #lagSeconds(name: string, { delivered, left }: { delivered: number; left: number }): number {
    const nowMs = performance.now();
    const known = this.#waiting.get(name);
    if (left <= 0) this.#waiting.delete(name);
    else if (known?.delivered !== delivered) this.#waiting.set(name, { delivered, sinceMs: nowMs });
    else return (nowMs - known.sinceMs) / 1000;
    return 0;
  }

  /** How long what is new is kept back in any case. */
  #distanceOf(feed: string): number {
    return this.#options.feeds.find(({ name }) => name === feed)?.everySeconds ?? 0;
  }

  /** After the last record. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('stop');
    const limit = setTimeout(() => void worker.terminate(), CLOSE_LIMIT_MS);
    await ended;
    clearTimeout(limit);
  }
}
