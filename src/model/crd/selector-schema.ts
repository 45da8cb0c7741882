// SPDX-License-Identifier: Apache-2.0
/** `selectors[]`: what a hook reacts to and what it then does. */
import {
  choice,
  flag,
  int32,
  int64,
  list,
  position,
  record,
  type Schema,
  text,
  withDefault,
} from './schema-parts.ts';

const IN_OR_NOT = choice(['In', 'NotIn'], 'Whether the values are the ones meant or the ones left out.');

const LABEL_REQUIREMENT = record({
  'key!': text('Label key.'),
  'operator!': choice(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'How key and values relate.'),
  values: { ...list(text(), 'None for Exists and DoesNotExist.'), 'x-kubernetes-list-type': 'atomic' },
});

const LABEL_FIELDS: Record<string, Schema> = {
  matchExpressions: { ...list(LABEL_REQUIREMENT, 'All must hold.'), 'x-kubernetes-list-type': 'atomic' },
  matchLabels: {
    type: 'object',
    description: 'Labels with the value each must have.',
    additionalProperties: {
      type: 'string',
      maxLength: 63,
      pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$',
    },
  },
};

export const LABEL_SELECTOR = record(LABEL_FIELDS, { 'x-kubernetes-map-type': 'atomic' });

/** Only `{}` has a meaning: processes outside any pod. */
export const HOST_SELECTOR = record(LABEL_FIELDS, {
  description: 'Host processes: empty ({}) or absent.',
  'x-kubernetes-map-type': 'atomic',
  'x-kubernetes-validations': [
    {
      rule: '!(has(self.matchLabels) || has(self.matchExpressions))',
      message: 'hostSelector can only be empty ({})',
    },
  ],
});

export const OPERATORS = [
  'Equal',
  'NotEqual',
  'Prefix',
  'NotPrefix',
  'Postfix',
  'NotPostfix',
  'GreaterThan',
  'LessThan',
  'GT',
  'LT',
  'Mask',
  'SPort',
  'NotSPort',
  'SPortPriv',
  'NotSportPriv',
  'DPort',
  'NotDPort',
  'DPortPriv',
  'NotDPortPriv',
  'SAddr',
  'NotSAddr',
  'DAddr',
  'NotDAddr',
  'Protocol',
  'Family',
  'State',
  'InMap',
  'NotInMap',
  'CapabilitiesGained',
  'InRange',
  'NotInRange',
  'SubString',
  'SubStringIgnCase',
  'CelExpr',
  'FileType',
  'NotFileType',
] as const;

const MATCH_ARG = record({
  args: list(position(), 'Positions in the argument list, in place of index.'),
  index: position('The argument it looks at, by its index.'),
  'operator!': choice(OPERATORS, 'How argument and values relate.'),
  values: list(text(), 'Any of them may match; the negated operators exclude all of them.'),
});

const MATCH_BINARIES = record({
  followChildren: withDefault(flag('Also what a matching program starts.'), false),
  'operator!': choice(
    ['In', 'NotIn', 'Prefix', 'NotPrefix', 'Postfix', 'NotPostfix'],
    'How path and values relate.',
  ),
  'values!': list(text(), 'Paths of executables.'),
});

const MATCH_CAPABILITIES = record({
  isNamespaceCapability: withDefault(flag('Only processes outside the initial user namespace.'), false),
  'operator!': IN_OR_NOT,
  type: withDefault(choice(['Effective', 'Inheritable', 'Permitted'], 'Which capability set.'), 'Effective'),
  'values!': list(text(), 'Names such as CAP_SYS_ADMIN.'),
});

export const NAMESPACES = [
  'Uts',
  'Ipc',
  'Mnt',
  'Pid',
  'PidForChildren',
  'Net',
  'Time',
  'TimeForChildren',
  'Cgroup',
  'User',
] as const;

const MATCH_NAMESPACES = record({
  'namespace!': choice(NAMESPACES, 'Kind of namespace.'),
  'operator!': IN_OR_NOT,
  'values!': list(text(), 'Inode numbers, or host_ns.'),
});

const MATCH_PIDS = record({
  followForks: withDefault(flag('Also descendants of the processes named.'), false),
  isNamespacePID: withDefault(flag('Values are PIDs inside the PID namespace.'), false),
  'operator!': IN_OR_NOT,
  'values!': list(int32(), 'Process ids.'),
});

export const ACTIONS = [
  'Post',
  'Sigkill',
  'Override',
  'GetUrl',
  'DnsLookup',
  'NoPost',
  'Signal',
  'TrackSock',
  'UntrackSock',
  'NotifyEnforcer',
  'CleanupEnforcerNotification',
  'Set',
] as const;

const ACTION = record(
  {
    'action!': choice(ACTIONS, 'What is done.'),
    argError: int32('Override, NotifyEnforcer: the value returned.'),
    argFqdn: text('DnsLookup: the name asked for.'),
    argIndex: int32('Set: position of the argument.'),
    argNewAddr: int64('Override on uprobes: address to continue at.'),
    argNewOffset: int64('Override on uprobes: file offset to continue at.'),
    argNewSymbol: text('Override on uprobes: function to continue in.'),
    argRegs: list(text(), 'Override on uprobes: register assignments.'),
    argSig: int32('Signal, NotifyEnforcer: the signal sent.'),
    argSock: int32('TrackSock, UntrackSock: position of the socket argument.'),
    argUrl: text('GetUrl: the address fetched.'),
    argValue: int32('Set: the value written.'),
    imaHash: flag('Post: add the file digest of IMA.'),
    kernelStackTrace: flag('Post: add the kernel stack.'),
    rateLimit: text('Post: at most one equal event in this time, such as 5m.'),
    rateLimitScope: text('Post: thread, process or global.'),
    userStackTrace: flag('Post: add the user stack.'),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '(has(self.argNewSymbol) ? 1 : 0) + (has(self.argNewAddr) ? 1 : 0) + (has(self.argNewOffset) ? 1 : 0) <= 1',
        message: 'give at most one of argNewSymbol, argNewAddr and argNewOffset',
      },
    ],
  },
);

const MATCH_WORKLOADS = record({
  containerSelector: LABEL_SELECTOR,
  hostSelector: HOST_SELECTOR,
  podSelector: LABEL_SELECTOR,
});

export const SELECTOR = record({
  label: text('Name of the selector in metrics.'),
  macros: list(text(), 'Selector macros merged into this one.'),
  matchActions: list(ACTION, 'What happens at entry when all filters match.'),
  matchArgs: list(MATCH_ARG, 'Filters on arguments.'),
  matchBinaries: list(MATCH_BINARIES, 'Filter on the executable.', 1),
  matchCapabilities: list(MATCH_CAPABILITIES, 'Filters on capabilities held.'),
  matchCapabilityChanges: list(MATCH_CAPABILITIES, 'Filters on capabilities that changed.'),
  matchData: list(MATCH_ARG, 'Filters on entries of data.'),
  matchNamespaceChanges: list(
    record({ 'operator!': IN_OR_NOT, 'values!': list(text(), 'Kinds of namespace.') }),
    'Filters on namespaces that changed.',
  ),
  matchNamespaces: list(MATCH_NAMESPACES, 'Filters on namespaces.'),
  matchPIDs: list(MATCH_PIDS, 'Filters on process ids.'),
  matchParentBinaries: list(MATCH_BINARIES, 'Filter on the parent executable.', 1),
  matchReturnActions: list(ACTION, 'What happens at return when the return filters match.'),
  matchReturnArgs: list(MATCH_ARG, 'Filters on the return value.'),
  matchWorkloads: MATCH_WORKLOADS,
});
