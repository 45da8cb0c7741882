// SPDX-License-Identifier: Apache-2.0
import { CONTAINER_KEYS, NAMESPACE_LABEL } from '../../src/model/workloads.ts';
import { code, codes } from './markdown.ts';

/** Selectors of pods, containers and nodes. */
export function workloads(): string[] {
  return [
    '`hostSelector: {}` means the processes of the host, `containerSelector: {}` those in containers (not of pods alone), both together everybody.',
    'A container is what runs in a cgroup that a runtime of root named after it (docker, containerd, cri-o, podman); what cannot be told is meant.',
    '',
    `${code('podSelector')} goes by the labels of pods (and ${code(NAMESPACE_LABEL)}), ${code('containerSelector')} by ${codes(CONTAINER_KEYS)} of their containers; a`,
    'TracingPolicyNamespaced is about the pods of its namespace. `matchWorkloads` says the same of one selector, of those that the policy is about.',
    '`nodeSelector` goes by the labels of the node: elsewhere the policy is `skipped`, and it comes and goes with them. All of this needs an agent that follows',
    'the cluster (`kubernetes.node`); any other host refuses the policy. A container that the agent has not heard of yet is denied what the policy',
    'denies, gets no exception from it, and is neither killed nor signalled (`unplaced` in its events); the cgroup of its pod is enough to place it by labels.',
  ];
}
