// SPDX-License-Identifier: Apache-2.0
/** How a stored policy has stood until it is changed: what a promotion from watching to acting is judged by. */

import type { Standing } from '../model/approval.ts';
import { digestOfValue } from '../model/digest.ts';
import { intakeObject } from '../model/intake.ts';
import { isEnforcing, type NormalPolicy } from '../model/normal-policy.ts';
import type { HostPolicyStatus } from '../model/status.ts';
import type { PolicyRecord, PolicyRevision } from '../store/index.ts';
import { effectiveMode } from './effective-mode.ts';
import { storedNormal } from './skeleton.ts';

export interface Stood {
  record: PolicyRecord;
  /** oldest first */
  revisions: readonly PolicyRevision[];
  statuses: readonly HostPolicyStatus[];
}

/** `next`: what is to take its place; undefined where it does nothing to anybody, so that nobody has to wait for it. */
export function standingOf(
  next: NormalPolicy,
  at: Date,
  { record, revisions, statuses }: Stood,
): Standing | undefined {
  if (!isEnforcing(next)) return undefined;
  const mode = effectiveMode(storedNormal(intakeObject(record.document)).mode, record.mode);
  const wouldHave = statuses.reduce((sum, { counters }) => sum + counters.wouldHave, 0);
  return {
    ...{ mode, enabled: record.enabled, watchedMinutes: watchedMinutes(next, at, revisions) },
    ...(statuses.length === 0 ? {} : { wouldHave }),
  };
}

/** Since it began to do what it would do now, enabled and whatever its mode; a change of that begins anew. */
function watchedMinutes(next: NormalPolicy, at: Date, revisions: readonly PolicyRevision[]): number {
  const wanted = meaningOf(next);
  let sinceMs = at.getTime();
  const meanings = new Map<string, string>();
  for (const { digest, document, enabled, operation, time } of revisions.toReversed()) {
    const known = meanings.get(digest) ?? meaningOf(storedNormal(intakeObject(document)));
    meanings.set(digest, known);
    if (!enabled || operation === 'delete' || known !== wanted) break;
    sinceMs = Date.parse(time);
  }
  return Math.max(0, Math.floor((at.getTime() - sinceMs) / 60_000));
}

/** What it does, without in which mode, for whom it is written down or what it is labelled with. */
function meaningOf({ hooks, scopes, workloads, nodes }: NormalPolicy): string {
  return digestOfValue({ hooks, scopes, workloads: workloads ?? null, nodes: nodes ?? null });
}
