// SPDX-License-Identifier: Apache-2.0
/** `hostSelector` and `containerSelector`: whose processes a policy is about. */
import type { PolicySpec } from '../document.ts';
import type { Workloads } from '../normal-policy.ts';
import { type Ledger, refuse, refuseFor } from './ledger.ts';
import { WHICH_CONTAINER } from './refusals.ts';

interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: unknown[];
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

const given = (value: unknown): value is LabelSelector => value !== undefined && value !== null;

/** Absent with both: the host and all its containers are everybody. */
export function workloadsOf(ledger: Ledger, spec: PolicySpec): { scopes: string[]; workloads?: Workloads } {
  const { hostSelector: host, containerSelector: containers } = spec;
  const scopes = ['hostSelector', 'containerSelector'].filter((name) => given(spec[name]));
  if (given(containers) && !isEmpty(containers))
    refuseFor(ledger, '/spec/containerSelector', 'a containerSelector that is not empty', WHICH_CONTAINER);
  if (scopes.length > 0 && spec.loader) {
    const message = 'files are mapped by every process of the host: they are not told apart by whose it is';
    refuse(ledger, '/spec/loader', message, 'put it into a policy of its own');
  }
  if (given(host) === given(containers)) return { scopes };
  return { scopes, workloads: given(host) ? 'host' : 'containers' };
}
