// SPDX-License-Identifier: Apache-2.0
import type { Fault } from '../errors.ts';
import type { HostPolicyStatus, HostState, PolicyStatus } from '../model/status.ts';
import type { PolicyRecord } from '../store/index.ts';
import { effectiveMode } from './effective-mode.ts';

/** What the kernels show of what was asked for. */
export interface Observed {
  statuses: HostPolicyStatus[];
  /** the agent would not take this revision at all */
  refusal?: Fault | undefined;
  /** why nothing newer is known than what `statuses` says */
  away?: Fault | undefined;
}

export function policyStatus(record: PolicyRecord, observed: Observed): PolicyStatus {
  const { name, namespace, revision, mode, enabled } = record;
  const hosts = observed.statuses.map((status) => hostOf(record, status, observed));
  const states = hosts.map(({ state }) => state);
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    revision,
    mode,
    enabled,
    state: hosts.length === 0 && observed.refusal !== undefined ? 'refused' : overall(states, enabled),
    effectiveMode: shownMode(record, observed.statuses),
    hosts,
  };
}

function hostOf(
  record: PolicyRecord,
  status: HostPolicyStatus,
  observed: Observed,
): PolicyStatus['hosts'][number] {
  const { host, hooks, counters, members } = status;
  const reason = [status.reason, behind(record, status), observed.refusal?.message, observed.away?.message];
  const told = reason.filter((text) => text !== undefined && text !== '').join('; ');
  return {
    host,
    state: hostState(record, status, observed),
    ...(told === '' ? {} : { reason: told }),
    hooks,
    counters,
    ...(members && { members }),
  };
}

/** A host that runs another revision than asked has refused this one, or has not answered yet. */
function hostState(record: PolicyRecord, status: HostPolicyStatus, { refusal }: Observed): HostState {
  if (status.revision === record.revision || status.state === 'suspended') return status.state;
  return refusal !== undefined || status.state === 'refused' ? 'refused' : 'pending';
}

function behind(record: PolicyRecord, { revision }: HostPolicyStatus): string | undefined {
  if (revision === record.revision || revision === 0) return undefined;
  return `revision ${revision} is in force there, not ${record.revision}`;
}

function overall(all: HostState[], enabled: boolean): HostState {
  // other nodes say nothing of those it is for
  const states = all.filter((state) => state !== 'skipped');
  return states.length === 0 && all.length > 0 ? 'skipped' : overallOf(states, enabled);
}

function overallOf(states: HostState[], enabled: boolean): HostState {
  const all = (state: HostState) => states.length > 0 && states.every((s) => s === state);
  if (!enabled && states.every((s) => s === 'disabled')) return 'disabled';
  for (const state of ['loaded', 'refused', 'suspended', 'disabled'] as const) if (all(state)) return state;
  if (states.some((s) => s === 'loaded' || s === 'partial')) return 'partial';
  if (states.some((s) => s === 'suspended')) return 'suspended';
  return states.some((s) => s === 'refused') && !states.includes('pending') ? 'refused' : 'pending';
}

/** The strictest that any host shows; before any shows one, what will run. */
function shownMode(record: PolicyRecord, statuses: HostPolicyStatus[]): PolicyStatus['effectiveMode'] {
  if (statuses.some((status) => status.effectiveMode === 'enforce')) return 'enforce';
  if (statuses.length > 0) return 'monitor';
  return effectiveMode(documentMode(record), record.mode);
}

function documentMode({ document }: PolicyRecord): 'monitor' | undefined {
  const option = document.spec.options?.find(({ name }) => name === 'policy-mode');
  return option?.value === 'monitor' ? 'monitor' : undefined;
}
