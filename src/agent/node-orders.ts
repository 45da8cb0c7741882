// SPDX-License-Identifier: Apache-2.0
/**
 * Orders that hang on what is known of this host's node: those of policies for other nodes, and on pods that are not known yet.
 * Kept, so that they are looked at again when the node's labels change or its pods become known.
 */
import { type Labels, labelsMatch } from '../model/labels.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import type { HostState } from '../model/status.ts';
import { needsPods } from '../plan/whose.ts';
import type { Taken } from './orders-in-force.ts';

/** What the agent knows of its node. */
export interface NodeKnowledge {
  readonly labels: Labels | undefined;
  readonly podsKnown: boolean;
}

/** Why a policy is not to be loaded now. */
export interface NotHere {
  state: Extract<HostState, 'skipped' | 'pending'>;
  reason: string;
}

const UNFIT = 'its nodeSelector does not fit the labels of this node';

export class NodeOrders {
  readonly #node: NodeKnowledge | undefined;
  /** policies with a nodeSelector, and those that wait */
  readonly #kept = new Map<string, Taken>();

  /** Without a node: no cluster is followed, and plans refuse what would need one. */
  constructor(node?: NodeKnowledge) {
    this.#node = node;
  }

  /** Undefined: it is to be loaded, or refused by its plan. */
  notHere(taken: Taken): NotHere | undefined {
    const found = this.#judge(taken.intake.normal);
    if (found || taken.intake.normal.nodes) this.#kept.set(taken.order.key, taken);
    else this.forget(taken.order.key);
    return found;
  }

  #judge(policy: NormalPolicy): NotHere | undefined {
    if (!this.#node) return undefined;
    const { labels, podsKnown } = this.#node;
    if (policy.nodes !== undefined) {
      if (labels === undefined) return pending('the labels of this node are not known yet');
      if (!labelsMatch(policy.nodes, labels)) return { state: 'skipped', reason: UNFIT };
    }
    return podsKnown || !needsPods(policy)
      ? undefined
      : pending('which pods run on this node is not known yet');
  }

  /** Of what an earlier agent loaded: whether it is for this node no more. */
  unfit({ nodes }: Pick<NormalPolicy, 'nodes'>): string | undefined {
    const labels = this.#node?.labels;
    return nodes && labels && !labelsMatch(nodes, labels) ? UNFIT : undefined;
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  all(): Taken[] {
    return [...this.#kept.values()];
  }
}

const pending = (reason: string): NotHere => ({ state: 'pending', reason });
