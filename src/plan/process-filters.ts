// SPDX-License-Identifier: Apache-2.0
/** Filters on the process that makes the call, as the programs compare them. */
import { capabilityMask } from '../model/capabilities.ts';
import type { HostFacts } from '../model/facts.ts';
import { HOST_NAMESPACE } from '../model/language/process-matches.ts';
import type {
  BinaryMatch,
  BinaryOperator,
  CapabilityMatch,
  CapabilitySet,
  NamespaceKind,
  NamespaceMatch,
  NormalHook,
  NormalSelector,
} from '../model/normal-policy.ts';
import type { OpCode, ProcessMatchConfig, SelectorConfig } from './hook-config.ts';
import { TG_CAPSET, TG_NAMESPACE, TG_OP, TG_PROCESS_KIND } from './layout.generated.ts';

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

function capabilityConfig(match: CapabilityMatch): ProcessMatchConfig {
  return {
    kind: TG_PROCESS_KIND.TG_P_CAPABILITIES,
    which: CAPABILITY_SETS[match.type],
    negated: match.operator === 'NotIn',
    outsideOnly: match.isNamespaceCapability,
    numbers: [BigInt(capabilityMask(match.values.join(',')))],
  };
}

const BINARY_OPS: Record<BinaryOperator, OpCode> = {
  In: TG_OP.TG_OP_EQ,
  NotIn: TG_OP.TG_OP_EQ,
  Prefix: TG_OP.TG_OP_PREFIX,
  NotPrefix: TG_OP.TG_OP_PREFIX,
  Postfix: TG_OP.TG_OP_POSTFIX,
  NotPostfix: TG_OP.TG_OP_POSTFIX,
};

export function binaryConfig({ operator, values }: BinaryMatch): NonNullable<SelectorConfig['binaries']> {
  return { op: BINARY_OPS[operator], values, negated: operator.startsWith('Not') };
}

/** Expects `host_ns` to be resolved. */
export function processMatches(selector: NormalSelector): ProcessMatchConfig[] {
  return [
    ...(selector.matchNamespaces ?? []).map(namespaceConfig),
    ...(selector.matchCapabilities ?? []).map(capabilityConfig),
  ];
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
