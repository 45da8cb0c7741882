// SPDX-License-Identifier: Apache-2.0
/** Whether a policy, or one of its selectors, is about the process that was seen, as far as that can be told. */
import { requirementHolds } from '../model/labels.ts';
import { type Membership, NAMESPACE_LABEL, type SomeWorkloads, scopeKey } from '../model/workloads.ts';
import type { WhoseConfig } from '../plan/hook-config.ts';
import { TG_WORKLOAD } from '../plan/layout.generated.ts';
import { isAbout } from '../plan/matcher.ts';
import type { SeenProcess } from './seen.ts';

const POD = 'which pod it is in is not known';

/** A text: why it cannot be told. */
export function isMeant(whose: WhoseConfig | undefined, process: SeenProcess): boolean | string {
  const { workload = TG_WORKLOAD.TG_W_ANY, scope } = whose ?? {};
  if (workload === TG_WORKLOAD.TG_W_ANY) return true;
  const { inContainer } = process;
  if (inContainer === undefined) return scope ? POD : 'whether it is in a container is not known';
  const scopes = scope && new Map([[scopeKey(scope), memberOf(scope, process)]]);
  return isAbout(whose, { inContainer, ...(scopes && { scopes }) }) ?? POD;
}

/** Of a pod the namespace is told and no label: the namespace may be all that is asked, or rule it out. */
function memberOf({ namespace, pods = [], containers }: SomeWorkloads, { pod }: SeenProcess): Membership {
  if (pod === undefined) return 'unknown';
  const [own = ''] = pod.split('/');
  const [asked, others] = [
    pods.filter(({ key }) => key === NAMESPACE_LABEL),
    pods.filter(({ key }) => key !== NAMESPACE_LABEL),
  ];
  const held = asked.every((requirement) => requirementHolds(requirement, { [NAMESPACE_LABEL]: own }));
  if (!held || (namespace !== undefined && namespace !== own)) return 'out';
  return others.length === 0 && containers === undefined ? 'in' : 'unknown';
}
