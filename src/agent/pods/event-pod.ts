// SPDX-License-Identifier: Apache-2.0
import type { EventPod } from '../../model/event.ts';
import type { Listed } from './pod-index.ts';

/** A pod and its container as events show them: Tetragon's names. */
export function eventPod({ pod, container }: Listed): EventPod {
  const { namespace, name, uid, labels } = pod;
  const { url, image, startedAt } = container;
  return {
    ...{ namespace, name, uid },
    container: {
      id: url,
      name: container.name,
      image: { ...(image.id !== '' && { id: image.id }), ...(image.name !== '' && { name: image.name }) },
      ...(startedAt !== undefined && { start_time: startedAt }),
    },
    ...(Object.keys(labels).length > 0 && { pod_labels: labels }),
  };
}
