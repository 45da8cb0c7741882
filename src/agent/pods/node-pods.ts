// SPDX-License-Identifier: Apache-2.0
/**
 * Tells the kernel whose the cgroups of this host are: when one is made, when pods change, and every few seconds, because what a
 * full ring swallowed would not be told of otherwise.
 */
import type { EventPod } from '../../model/event.ts';
import type { Labels } from '../../model/labels.ts';
import type { CgroupScopes } from '../../runtime/cgroup-scopes.ts';
import { cgroupRoots, cgroupsBelow } from './cgroup-tree.ts';
import { ClusterNode, type ClusterNodeOptions } from './cluster-node.ts';
import { eventPod } from './event-pod.ts';
import { Placement } from './placement.ts';

export interface NodePodsOptions extends Omit<ClusterNodeOptions, 'onPods' | 'onTrouble' | 'onLabels'> {
  cgroups: Pick<CgroupScopes, 'tell' | 'isTold'>;
  /** what can be decided may be another now: pods are known for the first time, or the node has other labels */
  onChange(): void;
  /** what events say of pods may be another now */
  onPods?(): void;
  onFault(thrown: unknown): void;
}

const LOOK_INTERVAL_MS = 5000;
const LEAST_INTERVAL_MS = 100;

export class NodePods {
  readonly node: ClusterNode;
  readonly #options: NodePodsOptions;
  readonly #placement: Placement;
  #timer: NodeJS.Timeout | undefined;
  #due: NodeJS.Timeout | undefined;
  #lookedMs = -LEAST_INTERVAL_MS;

  constructor(options: NodePodsOptions) {
    this.#options = options;
    this.node = new ClusterNode({
      ...options,
      onPods: () => {
        options.onPods?.();
        this.soon();
      },
      onLabels: () => options.onChange(),
      onTrouble: (fault) => options.onFault(fault),
    });
    this.#placement = new Placement(this.node.index);
  }

  start(): void {
    this.node.start();
    this.#timer = setInterval(() => this.look(), LOOK_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#due);
    await this.node.stop();
  }

  get labels(): Labels | undefined {
    return this.node.labels;
  }

  /** The kernel has been told, too. */
  get podsKnown(): boolean {
    return this.#options.cgroups.isTold;
  }

  /** Of a container by the beginning of its id, as far as a pod's status names it. */
  podOf(shown: string): EventPod | undefined {
    const listed = this.node.index.ofShortId(shown);
    return listed && eventPod(listed);
  }

  /** Looks once for all that is asked for meanwhile: whoever makes cgroups without end keeps it busy for a part of the time only. */
  soon(): void {
    const sinceMs = performance.now() - this.#lookedMs;
    this.#due ??= setTimeout(
      () => {
        this.#due = undefined;
        this.look();
      },
      Math.max(0, LEAST_INTERVAL_MS - sinceMs),
    );
  }

  look(): void {
    if (!this.node.podsKnown) return; // what an earlier agent told the kernel holds until then
    const { cgroups, onChange, onFault } = this.#options;
    const isFirst = !cgroups.isTold;
    this.#lookedMs = performance.now();
    try {
      cgroups.tell(this.#placement.of(cgroupsBelow(cgroupRoots()), performance.now()));
      if (isFirst && cgroups.isTold) onChange();
    } catch (thrown) {
      onFault(thrown);
    }
  }
}
