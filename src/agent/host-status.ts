// SPDX-License-Identifier: Apache-2.0
/** What a host says of one policy: what the kernel has, why it has not what was ordered, and who suspended it. */
import type { HookStatus, HostPolicyStatus, HostState, SelectorCount } from '../model/status.ts';
import { type Suspension, suspensionWords } from '../model/suspension.ts';
import { basisOf, type Plan } from '../plan/plan.ts';
import type { LoadedPolicy } from '../runtime/loaded-policy.ts';
import { NO_COUNTS, type PolicyCounters } from '../runtime/shared-maps.ts';
import type { Lapse } from './lapses.ts';

/** Why a policy is not in force as ordered; kept until it is. */
export interface Refusal {
  revision: number;
  digest: string;
  reason: string;
  state: HostState;
  hooks: HostPolicyStatus['hooks'];
}

export interface Shown {
  host: string;
  loaded: LoadedPolicy | undefined;
  refusal: Refusal | undefined;
  counters?: PolicyCounters;
  /** of each loaded hook */
  wouldHave?: readonly SelectorCount[][];
  /** an exception that it stood on has ended */
  lapse: Pick<Lapse, 'reason'> | undefined;
  suspension: Suspension | undefined;
  /** what of it is gone from the kernel, or is another's */
  drifted: string | undefined;
  /** an agent of another version, or with other bounds, loaded it */
  outdated: boolean;
  /** where it is about certain containers */
  members: HostPolicyStatus['members'];
}

export function hostStatus(key: string, shown: Shown): HostPolicyStatus {
  const { host, loaded, refusal, counters = NO_COUNTS } = shown;
  const { exhausted, ...counts } = counters;
  // what is disabled, or for other nodes, is as it was ordered, at that revision
  const settled = refusal?.state === 'disabled' || refusal?.state === 'skipped';
  const asOrdered = loaded ?? (settled ? refusal : undefined);
  const reason = reasonOf(shown);
  return {
    ...{ key, host, state: stateOf(shown) },
    revision: asOrdered?.revision ?? 0,
    digest: asOrdered?.digest ?? '',
    effectiveMode: loaded?.mode === 'monitor' ? 'monitor' : 'enforce',
    ...(reason !== '' && { reason }),
    hooks: refusal && refusal.hooks.length > 0 ? refusal.hooks : loadedHooks(shown),
    counters: counts,
    ...(exhausted && { budgetExhausted: true }),
    ...(shown.members && { members: shown.members }),
  };
}

function loadedHooks({ loaded, wouldHave = [] }: Shown): HookStatus[] {
  return (loaded?.hooks ?? []).map(({ status }, i) => {
    const counts = wouldHave[i] ?? [];
    return { ...status, ...(counts.length > 0 && { wouldHave: counts }) };
  });
}

/** The hooks of a plan none of which was loaded: each says its own reason, or that of the whole. */
export function refusedHooks(plan: Plan, reason: string): HookStatus[] {
  return plan.hooks.map((h) => ({
    hook: h.hook.call,
    state: 'refused',
    mechanism: h.mechanism,
    guarantee: h.guarantee,
    racy: h.racy,
    reason: h.refused ?? reason,
    ...basisOf(h),
  }));
}

/** What stays in force beside a refused revision is suspended with the rest, which its reason says. */
function stateOf({ loaded, refusal, suspension, drifted, outdated }: Shown): HostState {
  if (refusal) return refusal.state;
  if (drifted !== undefined || outdated) return 'pending';
  if (suspension) return 'suspended';
  return loaded?.hooks.some((h) => h.status.state !== 'loaded') ? 'partial' : 'loaded';
}

function reasonOf({ loaded, refusal, lapse, suspension, drifted, outdated }: Shown): string {
  const inForce = loaded ? `; revision ${loaded.revision} stays in force` : '';
  const refused = loaded ? `revision ${refusal?.revision}: ${refusal?.reason}${inForce}` : refusal?.reason;
  const parts = [
    refusal ? refused : '',
    loaded && lapse ? lapse.reason : '',
    drifted === undefined ? '' : `taken out of the kernel past the agent: ${drifted}`,
    outdated
      ? 'an agent of another version, or with other bounds, loaded what is in force, or the kernel preempts otherwise since'
      : '',
    suspension && refusal?.state !== 'disabled' ? suspensionWords(suspension) : '',
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}
