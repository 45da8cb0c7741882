// SPDX-License-Identifier: Apache-2.0
/** As much of an API server as list and watch need, and all the ways it can let a client down. */
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClusterConnection } from '../../../../src/agent/sources/cluster-connection.ts';
import type { ObjectIdentity, PolicySink } from '../../../../src/agent/sources/policy-sink.ts';

interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  version: number;
  object: Record<string, unknown> & { metadata: Record<string, string> };
}

export class SmallApiServer {
  readonly asked: URL[] = [];
  /** answers instead of the next requests, in order */
  readonly next: ((url: URL, response: ServerResponse) => void)[] = [];
  pageItems = 500;
  readonly #objects = new Map<string, Change['object']>();
  readonly #history: Change[] = [];
  readonly #watchers = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #version = 10;
  #oldest = 0;
  #uids = 0;

  async start(): Promise<ClusterConnection> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return {
      get: (path, signal) =>
        new Promise<IncomingMessage>((resolve, reject) =>
          get({ host: '127.0.0.1', port, path, signal, agent: false }, resolve).on('error', reject),
        ),
    };
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get watching(): number {
    return this.#watchers.size;
  }

  put(name: string, spec: object = {}): void {
    const old = this.#objects.get(name);
    const version = ++this.#version;
    const uid = old?.metadata.uid ?? `uid-${++this.#uids}`;
    const object = {
      apiVersion: 'cilium.io/v1alpha1',
      kind: 'TracingPolicy',
      metadata: { name, uid, resourceVersion: String(version) },
      spec,
    };
    this.#objects.set(name, object);
    this.#note({ type: old ? 'MODIFIED' : 'ADDED', version, object });
  }

  delete(name: string): void {
    const old = this.#objects.get(name);
    if (!old) throw new Error(`no ${name}`);
    this.#objects.delete(name);
    const version = ++this.#version;
    const metadata = { ...old.metadata, resourceVersion: String(version) };
    this.#note({ type: 'DELETED', version, object: { ...old, metadata } });
  }

  /** To every watch: a line as it is. */
  say(line: object | string): void {
    for (const watcher of this.#watchers)
      watcher.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  }

  /** Ends every watch: as a server does after its time, or as a network does. */
  end(how: 'politely' | 'cut'): void {
    for (const watcher of this.#watchers) how === 'cut' ? watcher.destroy() : watcher.end();
    this.#watchers.clear();
  }

  /** Forgets the history: whoever was away has to list anew. */
  compact(): void {
    this.#oldest = this.#version + 1;
    this.#history.length = 0;
  }

  #note(change: Change): void {
    this.#history.push(change);
    this.say({ type: change.type, object: change.object });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://small');
    if (url.pathname.endsWith('/tracingpoliciesnamespaced')) {
      this.#answerNamespaced(url, response);
      return;
    }
    this.asked.push(url);
    const instead = this.next.shift();
    if (instead) instead(url, response);
    else if (url.searchParams.get('watch')) this.#watch(url, response);
    else this.#list(url, response);
  }

  /** The other kind stays empty. */
  #answerNamespaced(url: URL, response: ServerResponse): void {
    if (url.searchParams.get('watch')) response.writeHead(200).flushHeaders();
    else response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }));
  }

  #list(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('continue') ?? '0');
    const limit = Math.min(Number(url.searchParams.get('limit')), this.pageItems);
    const all = [...this.#objects.values()];
    const next = from + limit < all.length ? { continue: String(from + limit) } : {};
    const metadata = { resourceVersion: String(this.#version), ...next };
    response.end(JSON.stringify({ metadata, items: all.slice(from, from + limit) }));
  }

  #watch(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    if (from + 1 < this.#oldest) {
      response.writeHead(410);
      response.end(JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }));
      return;
    }
    response.writeHead(200).flushHeaders();
    for (const { type, version, object } of this.#history)
      if (version > from) response.write(`${JSON.stringify({ type, object })}\n`);
    this.#watchers.add(response);
    response.on('close', () => this.#watchers.delete(response));
  }
}

/** Writes down what it is handed: `put a uid-1`, `remove a uid-1`, `listed a,b`. */
export class RecordingSink implements PolicySink {
  readonly calls: string[] = [];
  readonly documents = new Map<string, unknown>();
  /** names whose next calls fail, and how often */
  readonly fails = new Map<string, number>();

  async put(document: unknown, { key, uid }: ObjectIdentity): Promise<void> {
    this.#mayFail(key);
    this.calls.push(`put ${key} ${uid}`);
    this.documents.set(key, document);
  }

  async remove({ key, uid }: ObjectIdentity): Promise<void> {
    this.#mayFail(key);
    this.calls.push(`remove ${key} ${uid}`);
    this.documents.delete(key);
  }

  async listed(kind: string, keys: ReadonlySet<string>): Promise<void> {
    if (kind === 'TracingPolicy') this.calls.push(`listed ${[...keys].sort().join(',')}`);
  }

  #mayFail(key: string): void {
    const left = this.fails.get(key) ?? 0;
    if (left === 0) return;
    this.fails.set(key, left - 1);
    throw new Error(`${key} cannot be taken now`);
  }
}
