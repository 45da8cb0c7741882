// SPDX-License-Identifier: Apache-2.0
/** Whose processes a policy, or one of its selectors, is about; and what of a node's pods that takes in. */
import { type LabelRequirement, type Labels, labelsMatch } from './labels.ts';

/** The host's own processes, those in containers, or those in some containers of pods. Absent: all. */
export type Workloads = 'host' | 'containers' | SomeWorkloads;

/** Every part that is there has to hold. Containers that are no pod's are never meant. */
export interface SomeWorkloads {
  /** the host's own processes as well */
  host?: true;
  namespace?: string;
  /** of the pod's labels; absent: any pod */
  pods?: LabelRequirement[];
  /** of a container's `name` and `repo`; absent: any of the pod's */
  containers?: LabelRequirement[];
}

/** The key by which a podSelector asks for the namespace. */
export const NAMESPACE_LABEL = 'k8s:io.kubernetes.pod.namespace';
/** What a containerSelector may ask for. */
export const CONTAINER_KEYS: readonly string[] = ['name', 'repo'];

export interface PodFact {
  namespace: string;
  name: string;
  uid: string;
  labels: Labels;
}

export interface ContainerFact {
  name: string;
  /** of the image, without tag and digest */
  repo: string;
}

/** What is known of a cgroup: whose it is. Absent: not known (yet); null: it is no pod's, or none of its containers. */
export interface Placed {
  pod?: PodFact | null;
  container?: ContainerFact | null;
}

export type Membership = 'in' | 'out' | 'unknown';

/** Whether the processes of such a cgroup are meant. */
export function membership(scope: SomeWorkloads, { pod, container }: Placed): Membership {
  if (pod === undefined) return 'unknown';
  if (pod === null || !podIsMeant(scope, pod)) return 'out';
  if (scope.containers === undefined) return 'in';
  if (container === undefined) return 'unknown';
  if (container === null) return 'out';
  return labelsMatch(scope.containers, { name: container.name, repo: container.repo }) ? 'in' : 'out';
}

function podIsMeant({ namespace, pods = [] }: SomeWorkloads, pod: PodFact): boolean {
  if (namespace !== undefined && namespace !== pod.namespace) return false;
  return labelsMatch(pods, { ...pod.labels, [NAMESPACE_LABEL]: pod.namespace });
}

/** The same for all that mean the same containers, whether the host is meant as well or not. */
export function scopeKey({ namespace, pods, containers }: SomeWorkloads): string {
  return JSON.stringify([namespace ?? null, pods ?? [], containers ?? null]);
}
