// SPDX-License-Identifier: Apache-2.0
/** Filters on the process that makes the call, as the programs compare them. */
import { capabilityMask } from '../model/capabilities.ts';
import type { HostFacts } from '../model/facts.ts';
import { HOST_NAMESPACE } from '../model/language/process-matches.ts';
import type {
  CapabilityMatch,
  CapabilitySet,
  NamespaceChangeMatch,
  NamespaceKind,
  NamespaceMatch,
  NormalHook,
  NormalSelector,
} from '../model/normal-policy.ts';
import type { HookConfig, ProcessKindCode, ProcessMatchConfig } from './hook-config.ts';
import { TG_CAPSET, TG_NAMESPACE, TG_PROCESS_KIND } from './layout.generated.ts';
import { looksBackAtPrograms } from './program-filters.ts';

const { TG_P_CAPABILITIES, TG_P_CAPABILITY_CHANGES, TG_P_NAMESPACE_CHANGES } = TG_PROCESS_KIND;

// biome-ignore format: a table is read in rows
const NAMESPACES: Record<NamespaceKind, number> = {
  Uts: TG_NAMESPACE.TG_NS_UTS, Ipc: TG_NAMESPACE.TG_NS_IPC, Mnt: TG_NAMESPACE.TG_NS_MNT, Pid: TG_NAMESPACE.TG_NS_PID,
  PidForChildren: TG_NAMESPACE.TG_NS_PID_FOR_CHILDREN, Net: TG_NAMESPACE.TG_NS_NET, Time: TG_NAMESPACE.TG_NS_TIME,
  TimeForChildren: TG_NAMESPACE.TG_NS_TIME_FOR_CHILDREN, Cgroup: TG_NAMESPACE.TG_NS_CGROUP, User: TG_NAMESPACE.TG_NS_USER,
};

const CAPABILITY_SETS: Record<CapabilitySet, number> = {
  Permitted: TG_CAPSET.TG_CAP_PERMITTED,
  Effective: TG_CAPSET.TG_CAP_EFFECTIVE,
  Inheritable: TG_CAPSET.TG_CAP_INHERITABLE,
};

function namespaceConfig({ namespace, operator, values }: NamespaceMatch): ProcessMatchConfig {
  return {
    kind: TG_PROCESS_KIND.TG_P_NAMESPACE,
    which: NAMESPACES[namespace],
    negated: operator === 'NotIn',
    outsideOnly: false,
    numbers: values.map(BigInt),
  };
}

/** NotIn means that one of the other kinds has changed. */
function moveConfig({ operator, values }: NamespaceChangeMatch): ProcessMatchConfig {
  const meant = Object.entries(NAMESPACES).filter(
    ([kind]) => values.includes(kind as NamespaceKind) === (operator === 'In'),
  );
  return {
    kind: TG_P_NAMESPACE_CHANGES,
    which: 0,
    negated: false,
    outsideOnly: false,
    numbers: [meant.reduce((mask, [, code]) => mask | (1n << BigInt(code)), 0n)],
  };
}

function capabilityConfig(match: CapabilityMatch, kind: ProcessKindCode): ProcessMatchConfig {
  return {
    kind,
    which: CAPABILITY_SETS[match.type],
    negated: match.operator === 'NotIn',
    outsideOnly: match.isNamespaceCapability,
    numbers: [BigInt(capabilityMask(match.values.join(',')))],
  };
}

/** Expects `host_ns` to be resolved. */
export function processMatches(selector: NormalSelector): ProcessMatchConfig[] {
  return [
    ...(selector.matchNamespaces ?? []).map(namespaceConfig),
    ...(selector.matchCapabilities ?? []).map((m) => capabilityConfig(m, TG_P_CAPABILITIES)),
    ...(selector.matchNamespaceChanges ?? []).map(moveConfig),
    ...(selector.matchCapabilityChanges ?? []).map((m) => capabilityConfig(m, TG_P_CAPABILITY_CHANGES)),
  ];
}

/** A hook that only tells tells a change once. One that acts acts each time: what it refused once must not pass the second time. */
export function tellsOnce({ selectors }: HookConfig): boolean {
  const changes = selectors.some((s) =>
    s.processMatches?.some(({ kind }) => kind === TG_P_NAMESPACE_CHANGES || kind === TG_P_CAPABILITY_CHANGES),
  );
  return changes && selectors.every((s) => s.signal === 0 && s.error === 0 && !s.set);
}

/** Every new task passes it before it runs for the first time, and it is handed that task. */
export const NEW_TASK = 'wake_up_new_task';

const looksBack = (selector: NormalSelector) =>
  (selector.matchNamespaceChanges ?? []).length + (selector.matchCapabilityChanges ?? []).length > 0 ||
  looksBackAtPrograms(selector);

/** Whether a filter of the hook asks what the process was before. */
export function asksForKin({ selectors }: NormalHook): boolean {
  return selectors.some(looksBack);
}

/** The hook with `host_ns` replaced by the host's own namespaces, or why that cannot be. */
export function onThisHost(hook: NormalHook, facts: HostFacts): NormalHook | { reason: string } {
  const unknown = new Set<NamespaceKind>();
  const resolved = (match: NamespaceMatch): NamespaceMatch => ({
    ...match,
    values: match.values.map((value) => {
      if (value !== HOST_NAMESPACE) return value;
      const inode = facts.hostNamespaces?.[match.namespace];
      if (inode === undefined) unknown.add(match.namespace);
      return String(inode ?? 0);
    }),
  });
  const selectors = hook.selectors.map((selector) => ({
    ...selector,
    ...(selector.matchNamespaces && { matchNamespaces: selector.matchNamespaces.map(resolved) }),
  }));
  if (unknown.size === 0) return { ...hook, selectors };
  const names = [...unknown].join(', ');
  return {
    reason: `it could not be told which namespace ${HOST_NAMESPACE} is on ${facts.host} (${names}): write its number, or let the agent read /proc/1/ns`,
  };
}
