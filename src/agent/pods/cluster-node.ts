// SPDX-License-Identifier: Apache-2.0
/**
 * The node of a cluster that this host is: its labels and the pods on it, followed. The agent asks the API server itself: a gate
 * that somebody took over could place any process in any pod. Reads only. While the server is away what is known stays true.
 */
import { asFault, type Fault } from '../../errors.ts';
import type { Labels } from '../../model/labels.ts';
import { BACKOFF, type BackoffOptions } from '../sources/backoff.ts';
import type { ClusterConnection } from '../sources/cluster-connection.ts';
import {
  IDLE_MS,
  type Listed,
  ListWatch,
  type ListWatchOptions,
  WATCH_SECONDS,
} from '../sources/list-watch.ts';
import { isPlainObject } from '../sources/stored-object.ts';
import { PodIndex } from './pod-index.ts';
import { type KnownPod, readPod } from './pod-object.ts';

export interface ClusterNodeOptions {
  /** as the cluster names it */
  name: string;
  connection: ClusterConnection;
  /** pods have come, gone or changed */
  onPods(): void;
  /** the labels of the node are known, or others than before */
  onLabels(): void;
  onTrouble(fault: Fault): void;
  watchSeconds?: number;
  idleMs?: number;
  backoff?: BackoffOptions;
}

export class ClusterNode {
  readonly name: string;
  readonly index = new PodIndex();
  readonly #options: ClusterNodeOptions;
  readonly #followed: ListWatch[];
  readonly #uids = new Map<string, string>();
  readonly #told = new Map<string, string>();
  #labels: Labels | undefined;
  #podsKnown = false;

  constructor(options: ClusterNodeOptions) {
    this.name = options.name;
    this.#options = options;
    this.#followed = [this.#pods(), this.#node()];
  }

  start(): void {
    for (const listWatch of this.#followed) listWatch.start();
  }

  async stop(): Promise<void> {
    for (const listWatch of this.#followed) await listWatch.stop();
  }

  /** Undefined: not known yet. */
  get labels(): Labels | undefined {
    return this.#labels;
  }

  /** The pods of the node have been listed once. */
  get podsKnown(): boolean {
    return this.#podsKnown;
  }

  #follow(kind: string, path: string, fieldSelector: string, on: On): ListWatch {
    const { connection, watchSeconds = WATCH_SECONDS, idleMs = IDLE_MS, backoff = BACKOFF } = this.#options;
    return new ListWatch({
      ...{ connection, kind, apiVersion: 'v1', path, fieldSelector, watchSeconds, idleMs, backoff, ...on },
      onTrouble: (thrown) => this.#note(kind, thrown),
    });
  }

  #pods(): ListWatch {
    return this.#follow('Pod', '/api/v1/pods', `spec.nodeName=${this.name}`, {
      onList: (all) => {
        const pods = [...all.values()].flatMap((listed) => this.#known(listed) ?? []);
        this.index.replace(pods);
        for (const key of this.#uids.keys()) if (!all.has(key)) this.#uids.delete(key);
        this.#podsKnown = true;
        this.#options.onPods();
      },
      onPut: (listed) => {
        const before = this.#uids.get(listed.identity.key);
        // a name that came back is another pod
        if (before !== undefined && before !== listed.identity.uid) this.index.delete(before);
        const pod = this.#known(listed);
        if (pod) this.index.put(pod);
        this.#options.onPods();
      },
      onDelete: (key) => {
        this.index.delete(this.#uids.get(key) ?? '');
        this.#uids.delete(key);
        this.#options.onPods();
      },
    });
  }

  #known({ document, identity }: Listed): KnownPod | undefined {
    this.#uids.set(identity.key, identity.uid);
    return readPod(document);
  }

  #node(): ListWatch {
    const put = ({ document }: Listed) => {
      const { labels } = document.metadata as { labels?: unknown };
      const entries = Object.entries(isPlainObject(labels) ? labels : {});
      this.#learn(Object.fromEntries(entries.map(([key, value]) => [key, String(value)])));
    };
    return this.#follow('Node', '/api/v1/nodes', `metadata.name=${this.name}`, {
      onList: (all) => {
        for (const listed of all.values()) put(listed);
        if (all.size === 0) this.#note('Node', new Error(`the cluster has no node ${this.name}`));
      },
      onPut: put,
      // a node that was taken out of the cluster keeps what it has been told
      onDelete: () => undefined,
    });
  }

  #learn(labels: Labels): void {
    const before = this.#labels;
    this.#labels = labels;
    if (before === undefined || textOf(before) !== textOf(labels)) this.#options.onLabels();
  }

  /** What keeps it from seeing, once. */
  #note(kind: string, thrown: unknown): void {
    if (thrown === undefined) {
      this.#told.delete(kind);
      return;
    }
    const fault = asFault(thrown);
    if (this.#told.get(kind) === fault.message) return;
    this.#told.set(kind, fault.message);
    this.#options.onTrouble(fault);
  }
}

type On = Pick<ListWatchOptions, 'onList' | 'onPut' | 'onDelete'>;

const textOf = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());
