// SPDX-License-Identifier: Apache-2.0
/** Whose processes a policy or a selector is about, in plain words, and what that rests on. */
import type { LabelRequirement } from '../model/labels.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import { NAMESPACE_LABEL, type SomeWorkloads, type Workloads } from '../model/workloads.ts';

/** Whom it is about, and who counts as that. */
const WHOSE = {
  host:
    'It is about the processes of the host, and not about those in containers: a cgroup that a runtime of root named after a container. ' +
    'Containers of users count as the host; root of the host can make itself look like a container.',
  containers:
    'It is about processes in containers: a cgroup that a runtime of root named after a container, and what lies in it. Containers of ' +
    'users count as the host.',
};

/** What a policy on certain pods rests on. */
const PODS =
  'Which container is whose the agent learns from the cluster: a container it has not heard of yet counts as meant where a call is ' +
  'denied, and nobody is killed or signalled for that. A host that follows no cluster refuses the policy.';

const values = (list: readonly string[]) => list.map((value) => JSON.stringify(value)).join(' or ');

function requirementWords({ key, operator, values: list }: LabelRequirement): string {
  const name = key === NAMESPACE_LABEL ? 'namespace' : key;
  if (operator === 'In') return `${name} is ${values(list)}`;
  if (operator === 'NotIn') return `${name} is not ${values(list)}`;
  return operator === 'Exists' ? `there is a ${name}` : `there is no ${name}`;
}

const whoseWith = (what: string, requirements: readonly LabelRequirement[]) =>
  requirements.length === 0 ? what : `${what} (${requirements.map(requirementWords).join(' and ')})`;

/** `in a container of a pod of team-a (app is "web")` */
export function workloadWords(workloads: Workloads): string {
  if (workloads === 'host') return 'of the host';
  if (workloads === 'containers') return 'in a container';
  const { host, namespace, pods = [], containers = [] } = workloads satisfies SomeWorkloads;
  const pod = whoseWith(`a pod${namespace === undefined ? '' : ` of ${namespace}`}`, pods);
  return `${host ? 'of the host or ' : ''}in ${whoseWith('a container', containers)} of ${pod}`;
}

/** Sentences on the whole policy; none where it is about everybody, everywhere. */
export function whoseWords({ workloads, hooks, nodes }: NormalPolicy): string[] {
  const some = [workloads, ...hooks.flatMap((hook) => hook.selectors.map((s) => s.matchWorkloads))];
  return [
    ...(typeof workloads === 'string' ? [WHOSE[workloads]] : []),
    ...(typeof workloads === 'object' ? [`It is about processes ${workloadWords(workloads)}.`] : []),
    ...(some.some((one) => typeof one === 'object') ? [PODS] : []),
    ...(nodes ? [`It is for nodes whose labels fit: ${nodesWords(nodes)}.`] : []),
  ];
}

const nodesWords = (nodes: readonly LabelRequirement[]) =>
  nodes.length === 0 ? 'any' : nodes.map(requirementWords).join(' and ');
