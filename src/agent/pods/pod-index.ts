// SPDX-License-Identifier: Apache-2.0
/** The pods of a node by what their cgroups are named after. Those deleted are kept while their cgroups may still be there. */
import { shownId } from '../../kernel/container-id.ts';
import type { KnownContainer, KnownPod } from './pod-object.ts';

const DELETED_KEPT = 1024;

/** A container that the status of a pod names. */
export interface Listed {
  pod: KnownPod;
  container: KnownContainer;
}

export class PodIndex {
  readonly #pods = new Map<string, KnownPod>();
  /** static pods by what they claim to be: two that claim one are neither */
  readonly #claims = new Map<string, Set<string>>();
  readonly #byContainer = new Map<string, Listed>();
  readonly #byShortId = new Map<string, string>();
  /** uids, the longest ago first */
  readonly #deleted = new Set<string>();

  get size(): number {
    return this.#pods.size - this.#deleted.size;
  }

  put(pod: KnownPod): void {
    this.#drop(pod.uid);
    this.#pods.set(pod.uid, pod);
    if (pod.staticHash !== undefined)
      this.#claims.set(pod.staticHash, (this.#claims.get(pod.staticHash) ?? new Set()).add(pod.uid));
    for (const container of pod.containers) {
      this.#byContainer.set(container.id, { pod, container });
      this.#byShortId.set(shownId(container.id), container.id);
    }
  }

  delete(uid: string): void {
    if (!this.#pods.has(uid)) return;
    this.#deleted.add(uid);
    for (const oldest of this.#deleted) {
      if (this.#deleted.size <= DELETED_KEPT) return;
      this.#drop(oldest);
    }
  }

  /** These are all there are. */
  replace(pods: readonly KnownPod[]): void {
    const there = new Set(pods.map(({ uid }) => uid));
    for (const uid of this.#pods.keys()) if (!there.has(uid)) this.delete(uid);
    for (const pod of pods) this.put(pod);
  }

  ofCgroup(podUid: string): KnownPod | undefined {
    const claimants = [...(this.#claims.get(podUid) ?? [])];
    return (
      this.#pods.get(podUid) ?? (claimants.length === 1 ? this.#pods.get(claimants[0] as string) : undefined)
    );
  }

  ofContainer(id: string): Listed | undefined {
    return this.#byContainer.get(id);
  }

  /** By the beginning of its id, as events have it. */
  ofShortId(shown: string): Listed | undefined {
    const id = this.#byShortId.get(shown);
    return id === undefined ? undefined : this.#byContainer.get(id);
  }

  #drop(uid: string): void {
    const pod = this.#pods.get(uid);
    if (!pod) return;
    this.#pods.delete(uid);
    this.#deleted.delete(uid);
    const claimants = this.#claims.get(pod.staticHash ?? '');
    claimants?.delete(uid);
    if (claimants?.size === 0) this.#claims.delete(pod.staticHash as string);
    for (const { id } of pod.containers) {
      if (this.#byContainer.get(id)?.pod !== pod) continue;
      this.#byContainer.delete(id);
      this.#byShortId.delete(shownId(id));
    }
  }
}
