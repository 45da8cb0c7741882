// SPDX-License-Identifier: Apache-2.0
/** Cgroups of this host and pods of its node, put together: what the kernel is told. */
import type { ToldCgroup } from '../../runtime/cgroup-scopes.ts';
import type { FoundCgroup } from './cgroup-tree.ts';
import type { PodIndex } from './pod-index.ts';

/**
 * A pod's cgroup carries its uid, and the API server knew the pod before the kubelet made it. A container's name, and the pod
 * of one that lies in no pod's cgroup, stand in the pod's status some seconds after the start; what nobody
 * names by then is no pod's (docker, podman), or the one that only holds a pod's namespaces.
 */
export const NAMED_WITHIN_MS = 60_000;

export class Placement {
  readonly #index: PodIndex;
  readonly #firstSeenMs = new Map<bigint, number>();

  constructor(index: PodIndex) {
    this.#index = index;
  }

  /** `nowMs`: of a clock that only goes forward. */
  of(found: readonly FoundCgroup[], nowMs: number): ToldCgroup[] {
    const keys = new Set(found.map(({ key }) => key));
    for (const key of this.#firstSeenMs.keys()) if (!keys.has(key)) this.#firstSeenMs.delete(key);
    return found.map((one) => {
      const seenMs = this.#firstSeenMs.get(one.key) ?? nowMs;
      this.#firstSeenMs.set(one.key, seenMs);
      return this.#placed(one, nowMs - seenMs >= NAMED_WITHIN_MS);
    });
  }

  #placed({ key, podUid, containerId }: FoundCgroup, isOld: boolean): ToldCgroup {
    const listed = containerId === undefined ? undefined : this.#index.ofContainer(containerId);
    const pod = (podUid === undefined ? undefined : this.#index.ofCgroup(podUid)) ?? listed?.pod;
    const isContainer = containerId !== undefined;
    if (pod) {
      // what the status of another pod says of it counts for nothing
      const nobody = isContainer && isOld ? { container: null } : {};
      return { key, isContainer, pod, ...(listed?.pod === pod ? { container: listed.container } : nobody) };
    }
    // whoever has a pod's cgroup is a pod's, known or not
    return podUid === undefined && isOld ? { key, isContainer, pod: null } : { key, isContainer };
  }
}
