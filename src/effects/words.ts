// SPDX-License-Identifier: Apache-2.0
/** Selectors and actions in plain words, for people who do not write policies. */
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import type {
  BinaryMatch,
  BinaryOperator,
  CapabilityMatch,
  NamespaceChangeMatch,
  NamespaceKind,
  NamespaceMatch,
  NormalAction,
  NormalArg,
  NormalHook,
  NormalMatch,
  NormalSelector,
  Operator,
} from '../model/normal-policy.ts';
import { numberMeaning } from './known-calls.ts';
import { argumentWords, type Called, parameterWords, placeWords } from './parameters.ts';
import { workloadWords } from './whose-words.ts';

const OPERATORS: Readonly<Record<Operator, string>> = {
  Equal: 'is',
  NotEqual: 'is not',
  Prefix: 'begins with',
  NotPrefix: 'does not begin with',
  Postfix: 'ends with',
  NotPostfix: 'does not end with',
  SubString: 'contains',
  SubStringIgnCase: 'contains, in small or capital letters,',
  GT: 'is above',
  LT: 'is below',
  Mask: 'has one of the bits of',
  InRange: 'is among',
  NotInRange: 'is not among',
  SAddr: 'has the source address',
  NotSAddr: 'has another source address than',
  DAddr: 'has the destination address',
  NotDAddr: 'has another destination address than',
  SPort: 'has the source port',
  NotSPort: 'has another source port than',
  DPort: 'has the destination port',
  NotDPort: 'has another destination port than',
  Protocol: 'is of the protocol',
  Family: 'is of the family',
  State: 'is in the state',
  FileType: 'is of the type',
  NotFileType: 'is of another type than',
  CapabilitiesGained: 'has a capability more than',
};
/** It has one end: where a connection goes to as well as where it comes from. */
const OF_ONE_ADDRESS: Partial<Record<Operator, string>> = {
  SAddr: 'is',
  NotSAddr: 'is another than',
  SPort: 'has the port',
  NotSPort: 'has another port than',
};
const BINARIES: Readonly<Record<BinaryOperator, string>> = {
  In: '',
  NotIn: 'anything but ',
  Prefix: 'what begins with ',
  NotPrefix: 'what does not begin with ',
  Postfix: 'what ends with ',
  NotPostfix: 'what does not end with ',
};
/** Of a list, where a sentence has to stay short. */
const SHOWN_VALUES = 3;

export function hookWords({ type, call, syscall, abi }: NormalHook): string {
  if (type === 'lsm') return `is checked by the LSM hook ${call.replace(/^security_/, '')}`;
  if (type === 'uprobe')
    return `runs ${call.slice(call.lastIndexOf(':') + 1)} of ${call.slice(0, call.lastIndexOf(':'))}`;
  if (type === 'loader') return 'maps an executable file';
  if (type === 'usdt')
    return `passes the marker ${call.slice(call.lastIndexOf(':') + 1)} of ${call.slice(0, call.lastIndexOf(':'))}`;
  if (type !== 'kprobe') return `passes the tracepoint ${call}`;
  if (!syscall) return `makes the kernel run ${call}`;
  return `calls ${call.replace(/^sys_/, '')}${abi === 'i386' ? ' from a 32-bit program' : ''}`;
}

/** One phrase per filter; none: every process is meant. */
export function filterWords(
  { matchArgs, matchReturnArgs, matchPIDs, matchBinaries, ...of }: NormalSelector,
  hook: NormalHook,
  shown = SHOWN_VALUES,
): string[] {
  const listed = (values: readonly (string | number)[]) => listOf(values, shown);
  return [
    ...(of.matchWorkloads === undefined ? [] : [workloadWords(of.matchWorkloads)]),
    ...matchBinaries.map((match) => `running ${programWords(match, shown)}`),
    ...(of.matchParentBinaries ?? []).map((match) => `started by ${programWords(match, shown)}`),
    ...matchPIDs.map(({ operator, values, isNamespacePID, followForks }) => {
      const whose = `${isNamespacePID ? 'in-container ' : ''}process id`;
      if (operator === 'In')
        return `with ${whose} ${listed(values)}${followForks ? ', or descending from it,' : ''}`;
      return followForks
        ? `neither with ${whose} ${listed(values)} nor descending from such a one`
        : `not with ${whose} ${listed(values)}`;
    }),
    ...(of.matchNamespaces ?? []).map(namespaceWords),
    ...(of.matchCapabilities ?? []).map(capabilityWords),
    ...(of.matchNamespaceChanges ?? []).map(moveWords),
    ...(of.matchCapabilityChanges ?? []).map(changeWords),
    ...matchArgs.map(
      (match) => `whose ${argName(match, hook)} ${operatorWords(match)} ${comparedWith(match, hook, shown)}`,
    ),
    ...matchReturnArgs.map((match) => `whose result ${OPERATORS[match.operator]} ${listed(match.values)}`),
  ];
}

function programWords({ operator, values, followChildren }: BinaryMatch, shown: number): string {
  const followed = followChildren ? `${operator === 'In' ? ' or' : ' and'} what comes from it` : '';
  return `${BINARIES[operator]}${listOf(values, shown)}${followed}`;
}

const NAMESPACE_WORDS: Partial<Record<NamespaceKind, string>> = {
  PidForChildren: 'pid (for children)',
  TimeForChildren: 'time (for children)',
  Mnt: 'mount',
  Net: 'network',
};

function namespaceWords({ namespace, operator, values }: NamespaceMatch): string {
  const kind = NAMESPACE_WORDS[namespace] ?? namespace.toLowerCase();
  const named = (value: string) => (value === 'host_ns' ? `the host's` : `number ${value}`);
  if (operator !== 'In') return `in another ${kind} namespace than ${values.map(named).join(' or ')}`;
  const each = values.map((value) =>
    value === 'host_ns' ? `the host's ${kind} namespace` : `the ${kind} namespace number ${value}`,
  );
  return `in ${each.join(' or ')}`;
}

function capabilityWords({ type, operator, values, isNamespaceCapability }: CapabilityMatch): string {
  const outside = isNamespaceCapability ? ' in a user namespace of its own' : '';
  const holds = operator === 'In' ? 'holding' : 'without';
  return `${holds} ${values.join(operator === 'In' ? ' or ' : ' and ')} (${type.toLowerCase()})${outside}`;
}

function moveWords({ operator, values }: NamespaceChangeMatch): string {
  const kinds = values.map((kind) => NAMESPACE_WORDS[kind] ?? kind.toLowerCase()).join(' or ');
  return `whose ${operator === 'In' ? kinds : `namespace of another kind than ${kinds}`}${operator === 'In' ? ' namespace' : ''} is not the one it began with`;
}

function changeWords({ type, operator, values, isNamespaceCapability }: CapabilityMatch): string {
  const outside = isNamespaceCapability ? ' in a user namespace of its own' : '';
  const what = operator === 'In' ? values.join(' or ') : `other capabilities than ${values.join(' and ')}`;
  return `that has gained or lost ${what} (${type.toLowerCase()}) since it began${outside}`;
}

export function actionWords(
  { action, argError, argSig, ...of }: NormalAction,
  hook: Called & Pick<NormalHook, 'args'>,
): string {
  switch (action) {
    case 'Sigkill':
      return 'is killed';
    case 'Signal':
      return `gets the signal ${signalName(argSig ?? 0)}`;
    case 'Override':
      return (argError ?? 0) < 0
        ? `gets ${errorName(-(argError ?? 0))} instead`
        : `gets ${argError ?? 0} instead, ${argError ? 'which is no error' : 'as if it had worked'}`;
    case 'Set':
      return `has its ${nameOf(hook, of.argIndex)} overwritten with ${of.argValue ?? 0}`;
    case 'TrackSock':
    case 'UntrackSock':
      return `has its ${nameOf(hook, of.argSock)} ${action === 'TrackSock' ? 'tracked as its own' : 'no longer tracked'}`;
    default:
      return action === 'Post' ? `is reported${besideWords(of)}` : 'is not reported';
  }
}

function nameOf(hook: Called & Pick<NormalHook, 'args'>, position = 0): string {
  return argumentWords(hook, hook.args[position] ?? { index: position });
}

function besideWords({ kernelStackTrace, userStackTrace, imaHash }: Partial<NormalAction>): string {
  const whose = [...(kernelStackTrace ? ['the kernel'] : []), ...(userStackTrace ? ['the program'] : [])];
  const parts = [
    ...(imaHash ? ['the digest of the file'] : []),
    ...(whose.length > 0 ? [`the way that led there in ${whose.join(' and ')}`] : []),
  ];
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')}`;
}

/** Where a value that is no argument as it stands comes from; undefined for one that is. */
export function insideWords({ resolve, source, index, btfType }: NormalArg): string | undefined {
  if (resolve === undefined) return undefined;
  if (source === 'pt_regs') return `register ${resolve}`;
  if (source === 'current_task') return `own ${resolve}`;
  return `argument ${index}'s ${btfType === undefined ? '' : `(${btfType}) `}${resolve}`;
}

function operatorWords({ type, operator }: Pick<NormalMatch, 'type' | 'operator'>): string {
  return (type === 'sockaddr' ? OF_ONE_ADDRESS[operator] : undefined) ?? OPERATORS[operator];
}

type ArgOfMatch = Pick<NormalMatch, 'argPosition' | 'argIndex' | 'type'>;

function comparedWith(match: NormalMatch, hook: NormalHook, shown: number): string {
  const before = hook.args[match.beforePosition ?? -1];
  if (!before) return listOf(match.values, shown, (value) => numberMeaning(hook.call, match.argIndex, value));
  return argName(
    { argPosition: match.beforePosition as number, argIndex: before.index, type: before.type },
    hook,
  );
}

function argName({ argPosition, argIndex, type }: ArgOfMatch, hook: NormalHook): string {
  const arg = hook.args[argPosition];
  if (arg?.label !== undefined) return argumentWords(hook, arg);
  const inside = arg && insideWords(arg);
  if (inside !== undefined) return `${inside} (${type})`;
  const name = parameterWords(hook, argIndex);
  const place = placeWords(hook, argIndex);
  return name ? `${name} (${place}, ${type})` : `${place} (${type})`;
}

function listOf(
  values: readonly (string | number)[],
  most: number,
  meaning: (value: string) => string | undefined = () => undefined,
): string {
  const shown = values.slice(0, most).map((value) => {
    const means = meaning(String(value));
    return `${JSON.stringify(value)}${means === undefined ? '' : ` (${means})`}`;
  });
  const rest = values.length - shown.length;
  return `${shown.join(' or ')}${rest > 0 ? ` or one of ${rest} more` : ''}`;
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `${number}`;
}

/** `EPERM (operation not permitted)` */
function errorName(number: number): string {
  const name = Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
  return name === undefined ? `error ${number}` : `${name} (${getSystemErrorMessage(-number)})`;
}
