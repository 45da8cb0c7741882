// SPDX-License-Identifier: Apache-2.0
/** `podSelector`, `containerSelector`, `hostSelector` of a policy or in matchWorkloads: whose processes it is about. */
import type { PolicySpec } from '../document.ts';
import type { LabelRequirement } from '../labels.ts';
import { suggestion } from '../near-match.ts';
import type { NormalPolicy } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { CONTAINER_KEYS, NAMESPACE_LABEL, type SomeWorkloads, type Workloads } from '../workloads.ts';
import { type LabelSelector, requirementsOf } from './label-selectors.ts';
import { type Ledger, refuse } from './ledger.ts';

const NARROWING = ['podSelector', 'containerSelector', 'hostSelector', 'nodeSelector'];

type Selectors = Record<string, unknown>;

const given = (value: unknown): value is LabelSelector => value !== undefined && value !== null;

/** What of the spec says whose processes and which nodes it is about. */
export function scopesOf(
  ledger: Ledger,
  spec: PolicySpec,
  namespace?: string,
): Pick<NormalPolicy, 'scopes' | 'workloads' | 'nodes'> {
  const scopes = NARROWING.filter((name) => given(spec[name]));
  const whose = scopes.filter((name) => name !== 'nodeSelector');
  if (whose.length > 0 && spec.loader) {
    const message = 'files are mapped by every process of the host: they are not told apart by whose it is';
    refuse(ledger, '/spec/loader', message, 'put it into a policy of its own');
  }
  const workloads = workloadsOf(ledger, spec, '/spec', namespace);
  const { nodeSelector: nodes } = spec;
  return {
    scopes,
    ...(workloads !== undefined && { workloads }),
    ...(given(nodes) && { nodes: requirementsOf(ledger, nodes, '/spec/nodeSelector') }),
  };
}

/** Undefined: everybody. `namespace`: of the policy, whose pods alone it is about. */
export function workloadsOf(
  ledger: Ledger,
  selectors: Selectors,
  pointer: string,
  namespace?: string,
): Workloads | undefined {
  const { hostSelector: host, podSelector: pods, containerSelector: containers } = selectors;
  const podLabels = given(pods)
    ? requirementsOf(ledger, pods, `${pointer}/podSelector`, (key) => key === NAMESPACE_LABEL)
    : undefined;
  const containerLabels = given(containers)
    ? containersOf(ledger, containers, `${pointer}/containerSelector`)
    : undefined;
  const everyContainer = podLabels === undefined && containerLabels?.length === 0;
  if (namespace === undefined && everyContainer) return given(host) ? undefined : 'containers';
  if (namespace === undefined && podLabels === undefined && containerLabels === undefined)
    return given(host) ? 'host' : undefined;
  return some({ namespace, podLabels, containerLabels }, given(host));
}

interface Parts {
  namespace: string | undefined;
  podLabels: LabelRequirement[] | undefined;
  containerLabels: LabelRequirement[] | undefined;
}

/** Every host, pod and container is everybody, as if nothing was said. */
function some(
  { namespace, podLabels = [], containerLabels = [] }: Parts,
  host: boolean,
): Workloads | undefined {
  const all = namespace === undefined && podLabels.length === 0 && containerLabels.length === 0;
  if (all && host) return undefined;
  return {
    ...(host && { host: true as const }),
    ...(namespace !== undefined && { namespace }),
    ...(podLabels.length > 0 && { pods: podLabels }),
    ...(containerLabels.length > 0 && { containers: containerLabels }),
  } satisfies SomeWorkloads;
}

function containersOf(ledger: Ledger, selector: LabelSelector, pointer: string): LabelRequirement[] {
  const requirements = requirementsOf(ledger, selector, pointer);
  for (const { key } of requirements) {
    if (CONTAINER_KEYS.includes(key)) continue;
    const message = `a container has a name and a repo, and nothing by the name of "${excerpt(key)}"`;
    refuse(
      ledger,
      pointer,
      message,
      suggestion(key, CONTAINER_KEYS) ?? 'use name or repo, or podSelector for labels',
    );
  }
  return requirements;
}
