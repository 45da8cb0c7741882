// SPDX-License-Identifier: Apache-2.0
/**
 * One kind of object, followed: list in pages, watch from the list's version, go on from the last version seen when
 * the stream ends or is cut, list anew when that version is gone or the stream cannot be trusted.
 */
import type { IncomingMessage } from 'node:http';
import { Fault } from '../../errors.ts';
import { type BackoffOptions, backoffMs, pause } from './backoff.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import type { ObjectIdentity } from './policy-sink.ts';
import { identityOf, isPlainObject, type StoredObject } from './stored-object.ts';
import { documentOf, errorOf, eventsOf, Gone, type WatchEvent } from './watch-stream.ts';

/** Servers send a bookmark about once a minute. */
export const IDLE_MS = 180_000;
export const WATCH_SECONDS = 300;
const PAGE_ITEMS = 500;
const LIST_IDLE_MS = 30_000;
const SHORT_WATCH_MS = 1_000;

export interface Listed {
  document: StoredObject;
  identity: ObjectIdentity;
}

export interface ListWatchOptions {
  connection: ClusterConnection;
  kind: string;
  apiVersion: string;
  /** `/apis/<group>/<version>/<plural>` */
  path: string;
  /** only objects with these fields */
  fieldSelector?: string;
  /** after this long the server ends a watch; the client draws up to twice as much */
  watchSeconds: number;
  /** a stream that shows nothing for so long, not even a bookmark, is taken for dead */
  idleMs: number;
  backoff: BackoffOptions;
  onList(all: Map<string, Listed>): void;
  onPut(listed: Listed): void;
  onDelete(key: string): void;
  /** undefined: it works again */
  onTrouble(thrown: unknown): void;
}

export class ListWatch {
  readonly #options: ListWatchOptions;
  readonly #stop = new AbortController();
  /** where to go on from; undefined: nothing is known, list */
  #version: string | undefined;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(options: ListWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) this.#version = await this.#list();
        const startedMs = performance.now();
        await this.#watch(this.#version);
        // a server that ends every watch at once is not asked in a tight loop
        if (performance.now() - startedMs < SHORT_WATCH_MS) await this.#wait();
      } catch (thrown) {
        if (signal.aborted) return;
        // what the stream said cannot be relied on any more, unless only the connection went
        if (thrown instanceof Gone || thrown instanceof Fault || thrown instanceof SyntaxError)
          this.#version = undefined;
        if (!(thrown instanceof Gone)) this.#options.onTrouble(thrown);
        await this.#wait();
      }
    }
  }

  #wait(): Promise<void> {
    return pause(backoffMs(this.#failures++, this.#options.backoff), this.#stop.signal);
  }

  async #ask(query: Record<string, string>): Promise<IncomingMessage> {
    const { connection, path, fieldSelector } = this.#options;
    const narrowed = { ...query, ...(fieldSelector !== undefined && { fieldSelector }) };
    const response = await connection.get(`${path}?${new URLSearchParams(narrowed)}`, this.#stop.signal);
    if (response.statusCode === 200) return response;
    const status = await documentOf(response, LIST_IDLE_MS).catch(() => undefined);
    throw errorOf(status, response.statusCode);
  }

  async #list(): Promise<string> {
    const all = new Map<string, Listed>();
    let token = '';
    for (;;) {
      const response = await this.#ask({
        limit: String(PAGE_ITEMS),
        ...(token && { continue: token }),
      });
      const page = pageOf(await documentOf(response, LIST_IDLE_MS));
      for (const object of page.items) {
        const listed = this.#listed(object);
        all.set(listed.identity.key, listed);
      }
      if (page.token) {
        token = page.token;
        continue;
      }
      this.#options.onList(all);
      return page.version;
    }
  }

  #listed(object: StoredObject): Listed {
    const { kind, apiVersion } = this.#options;
    // items of a list may leave out what the list is of
    const document = { apiVersion, ...object, kind };
    return { document, identity: identityOf(kind, object) };
  }

  /** Resolves when the server ended the stream. */
  async #watch(from: string): Promise<void> {
    const { watchSeconds, idleMs } = this.#options;
    const response = await this.#ask({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(Math.ceil(watchSeconds * (1 + Math.random()))),
    });
    this.#options.onTrouble(undefined);
    for await (const event of eventsOf(response, idleMs)) {
      this.#take(event);
      this.#failures = 0;
    }
  }

  #take({ type, object }: WatchEvent): void {
    if (type === 'BOOKMARK') {
      const version = object.metadata?.resourceVersion;
      if (typeof version === 'string' && version !== '') this.#version = version;
      return;
    }
    const listed = this.#listed(object);
    if (type === 'DELETED') this.#options.onDelete(listed.identity.key);
    else this.#options.onPut(listed);
    this.#version = listed.identity.resourceVersion;
  }
}

function pageOf(list: unknown): { items: StoredObject[]; version: string; token: string } {
  const { items, metadata } = isPlainObject(list) ? list : {};
  const { resourceVersion, continue: token } = isPlainObject(metadata) ? metadata : {};
  // an empty list must be said, not guessed: it would remove every policy
  if (!Array.isArray(items) || !items.every(isPlainObject) || typeof resourceVersion !== 'string')
    throw new Fault('unreadable', 'the API server answered a list with something that is none');
  return { items, version: resourceVersion, token: typeof token === 'string' ? token : '' };
}
