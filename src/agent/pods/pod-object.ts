// SPDX-License-Identifier: Apache-2.0
/** A pod as the API server has it → what is asked of it here. */
import type { ContainerFact, PodFact } from '../../model/workloads.ts';
import { isPlainObject } from '../sources/stored-object.ts';

export interface KnownContainer extends ContainerFact {
  /** as the status has it: `containerd://…` */
  url: string;
  id: string;
  image: { id: string; name: string };
  startedAt?: string;
}

export interface KnownPod extends PodFact {
  /** of a static pod: under which the kubelet makes its cgroup, which is then not its uid. Whoever makes a pod may claim any. */
  staticHash?: string;
  containers: KnownContainer[];
}

/** The kubelet shows a static pod to the API server as another object, which names the first by its hash. */
const STATIC_HASH = 'kubernetes.io/config.hash';
const STATIC_MIRROR = 'kubernetes.io/config.mirror';
const HASH = /^[0-9a-f]{32}$/;
const STATUSES = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];

const text = (value: unknown) => (typeof value === 'string' ? value : '');

function objectIn(value: unknown, name: string): Record<string, unknown> {
  const inner = isPlainObject(value) ? value[name] : undefined;
  return isPlainObject(inner) ? inner : {};
}

/** Undefined: it does not say which one it is. */
export function readPod(object: unknown): KnownPod | undefined {
  const metadata = objectIn(object, 'metadata');
  const [name, namespace, uid] = [text(metadata.name), text(metadata.namespace), text(metadata.uid)];
  if (name === '' || namespace === '' || uid === '') return undefined;
  const labels = Object.entries(objectIn(metadata, 'labels')).map(([key, value]) => [key, text(value)]);
  const status = objectIn(object, 'status');
  const annotations = objectIn(metadata, 'annotations');
  const hash = text(annotations[STATIC_HASH]);
  const isStatic = HASH.test(hash) && annotations[STATIC_MIRROR] === hash;
  return {
    ...{ name, namespace, uid },
    labels: Object.fromEntries(labels),
    ...(isStatic && { staticHash: hash }),
    containers: STATUSES.flatMap((key) => containersIn(status[key])),
  };
}

function containersIn(statuses: unknown): KnownContainer[] {
  if (!Array.isArray(statuses)) return [];
  return statuses.filter(isPlainObject).flatMap((status) => {
    const url = text(status.containerID);
    const id = url.slice(url.indexOf('://') + 3);
    if (!url.includes('://') || id === '') return []; // it has not started yet
    const image = { id: text(status.imageID), name: text(status.image) };
    const startedAt = text(objectIn(objectIn(status, 'state'), 'running').startedAt);
    const repo = repoOf(image);
    return [{ url, id, name: text(status.name), repo, image, ...(startedAt !== '' && { startedAt }) }];
  });
}

/** Without tag and digest; of an image that the status names by no digest, what the pod asked for. */
function repoOf({ id, name }: KnownContainer['image']): string {
  const parts = id.split('@');
  if (parts.length === 2) return (parts[0] as string).replace(/^[a-z-]+:\/\//, '');
  return (name.split('@')[0] as string).replace(/:[^:/]*$/, '');
}
