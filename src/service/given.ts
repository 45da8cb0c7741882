// SPDX-License-Identifier: Apache-2.0
/** What this gate knows of a submission beside what was sent. */
import { policyKey } from '../model/document.ts';
import type { HostPolicyStatus } from '../model/status.ts';
import type { Store } from '../store/index.ts';
import type { Approvals } from './approvals.ts';
import type { Given } from './decision-record.ts';
import type { Exceptions } from './exceptions.ts';
import type { About } from './review.ts';
import { standingOf } from './standing.ts';

interface Knowing {
  exceptions: Exceptions;
  approvals: Approvals;
  store: Store;
  statusesOf: (key: string) => readonly HostPolicyStatus[];
}

export function givenFor(
  about: About,
  { exceptions: all, approvals: given, store, statusesOf }: Knowing,
): Given {
  const exceptions = all.about(about);
  const { policy, operation, time } = about;
  if (operation === 'delete') return { exceptions };
  const approvals = given.about(about);
  const { kind, name, namespace } = policy;
  const key = policyKey({ kind, metadata: namespace === undefined ? { name } : { name, namespace } });
  const record = operation === 'update' ? store.get(key) : undefined;
  if (record === undefined) return { exceptions, approvals };
  const stood = { record, revisions: store.revisions(key), statuses: statusesOf(key) };
  const standing = standingOf(policy, new Date(time), stood);
  return { exceptions, approvals, ...(standing && { standing }) };
}
