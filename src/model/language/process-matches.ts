// SPDX-License-Identifier: Apache-2.0
/** Filters on the process that makes the call: its namespaces and capabilities, and what it has changed of them. */
import { CAPABILITIES, capabilityNumber } from '../capabilities.ts';
import { NAMESPACES } from '../crd/selector-schema.ts';
import type { CapabilitySpec, SelectorSpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { CapabilityMatch, CapabilitySet, NamespaceKind, NormalSelector } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';
import { parseInteger } from './numbers.ts';
import { checkCount, checkEntries } from './values.ts';

export const HOST_NAMESPACE = 'host_ns';
type NamespaceSpec = NonNullable<SelectorSpec['matchNamespaces']>[number];

const LAST_INODE = 0xffff_ffffn;

const FILTERS = [
  ...(['matchNamespaces', 'matchNamespaceChanges'] as const),
  ...(['matchCapabilities', 'matchCapabilityChanges'] as const),
];
type ProcessFilter = (typeof FILTERS)[number];

export function normalProcessFilters(
  ledger: Ledger,
  spec: SelectorSpec,
  at: (field: string) => string,
): Pick<NormalSelector, ProcessFilter> {
  if (FILTERS.every((field) => spec[field] === undefined)) return {};
  const kindOf = ({ namespace }: NamespaceSpec) => ({ namespace: namespace as NamespaceKind });
  const written = listed(ledger, spec.matchNamespaces, at('matchNamespaces'), normalInode, kindOf);
  const namespaces = written.map((match) => ({ ...match, values: match.values.map(hostNamed(match)) }));
  const moved = listed(
    ledger,
    spec.matchNamespaceChanges,
    at('matchNamespaceChanges'),
    normalKind,
    () => ({}),
  );
  const sets = (field: 'matchCapabilities' | 'matchCapabilityChanges'): CapabilityMatch[] =>
    listed(ledger, spec[field], at(field), normalCapability, setOf);
  const capabilities = sets('matchCapabilities');
  const gained = sets('matchCapabilityChanges');
  return {
    ...(namespaces.length > 0 && { matchNamespaces: namespaces }),
    ...(capabilities.length > 0 && { matchCapabilities: capabilities }),
    ...(moved.length > 0 && { matchNamespaceChanges: moved }),
    ...(gained.length > 0 && { matchCapabilityChanges: gained }),
  };
}

const setOf = ({ type = 'Effective', isNamespaceCapability = false }: CapabilitySpec) => ({
  type: type as CapabilitySet,
  isNamespaceCapability,
});

/** Filters of one kind: an operator, values that are each read by `readValue`, and what else such a filter has. */
function listed<Spec extends { operator: string; values: string[] }, Value, Rest>(
  ledger: Ledger,
  specs: readonly Spec[] = [],
  pointer: string,
  readValue: (ledger: Ledger, value: string, pointer: string) => Value,
  restOf: (spec: Spec) => Rest,
): (Rest & { path: string; operator: 'In' | 'NotIn'; values: Value[] })[] {
  checkEntries(ledger, specs, pointer);
  return specs.map((spec, index) => {
    const path = `${pointer}/${index}`;
    checkCount(ledger, spec.values, `${path}/values`, spec.operator);
    return {
      ...restOf(spec),
      path,
      operator: spec.operator as 'In' | 'NotIn',
      values: spec.values.map((value, at) => readValue(ledger, value, `${path}/values/${at}`)),
    };
  });
}

/** The kinds are read in any case, as upstream reads them. */
function normalKind(ledger: Ledger, value: string, pointer: string): NamespaceKind {
  const known = NAMESPACES.find((kind) => kind.toLowerCase() === value.toLowerCase());
  if (known) return known;
  refuse(ledger, pointer, `"${excerpt(value)}" is no kind of namespace`, suggestion(value, NAMESPACES));
  return 'Uts';
}

/** The numbers that the kernel gives the namespaces it starts with, on every host. */
const FIRST_INODES: Readonly<Partial<Record<NamespaceKind, string>>> = {
  ...{ Ipc: '4026531839', Uts: '4026531838', User: '4026531837', Cgroup: '4026531835' },
  ...{ Pid: '4026531836', PidForChildren: '4026531836', Time: '4026531834', TimeForChildren: '4026531834' },
};

const hostNamed =
  ({ namespace }: { namespace: NamespaceKind }) =>
  (value: string): string =>
    value === FIRST_INODES[namespace] ? HOST_NAMESPACE : value;

function normalInode(ledger: Ledger, value: string, pointer: string): string {
  if (value === HOST_NAMESPACE) return value;
  const inode = parseInteger(value);
  if (inode !== undefined && inode > 0n && inode <= LAST_INODE) return String(inode);
  const message = `"${excerpt(value)}" is no namespace`;
  refuse(
    ledger,
    pointer,
    message,
    `write ${HOST_NAMESPACE}, or the number in /proc/PID/ns, such as 4026531836`,
  );
  return '0';
}

function normalCapability(ledger: Ledger, value: string, pointer: string): string {
  const number = capabilityNumber(value);
  if (number !== undefined) return CAPABILITIES[number] as string;
  const name = value.trim().toUpperCase();
  refuse(ledger, pointer, `"${excerpt(value)}" is no capability`, suggestion(name, CAPABILITIES));
  return CAPABILITIES[0] as string;
}
