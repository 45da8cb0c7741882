// SPDX-License-Identifier: Apache-2.0
/**
 * `enforcers[]` and NotifyEnforcer. Tetragon decides in one place, leaves a note for the thread, and another program acts on
 * it in the call that is listed. Here both are one hook on that call: nothing is left that another call could take for its own.
 */
import type { ActionSpec, ArgSpec, PolicySpec, SelectorSpec, TracepointSpec } from '../document.ts';
import type { NormalHook, NormalSelector } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Call, callsNamed } from './calls.ts';
import { type Ledger, newLedger, refuse } from './ledger.ts';
import { marks, normalSelectors } from './selectors.ts';

const NOTIFY = 'NotifyEnforcer';
const NUMBER_TYPE = 'syscall64';
interface EnforcerSpec {
  calls: string[];
}

export const callKey = ({ call, abi = 'x64' }: Call): string => `${abi}/${call}`;

const actionsOf = (selector: SelectorSpec): ActionSpec[] => selector.matchActions ?? [];
const notifies = (selector: SelectorSpec): boolean =>
  actionsOf(selector).some(({ action }) => action === NOTIFY);

export function asksEnforcer({ selectors = [] }: { selectors?: SelectorSpec[] }): boolean {
  return selectors.some(notifies);
}

/** The calls in which a notified action may be carried out. */
export function enforcedCalls(spec: PolicySpec): Set<string> {
  const aside = newLedger(); // what is wrong with them is said once, by checkEnforcers
  const enforcers = (spec.enforcers ?? []) as EnforcerSpec[];
  const calls = enforcers.flatMap((e) => e.calls.flatMap((name) => callsOfEnforcer(aside, spec, name, '')));
  return new Set(calls.map(callKey));
}

function callsOfEnforcer(ledger: Ledger, spec: PolicySpec, name: string, pointer: string): Call[] {
  return callsNamed(ledger, spec, name, !name.startsWith('security_'), pointer);
}

/** What is wrong with the enforcers themselves. */
export function checkEnforcers(ledger: Ledger, spec: PolicySpec): void {
  const enforcers = (spec.enforcers ?? []) as EnforcerSpec[];
  if (enforcers.length > 1)
    refuse(
      ledger,
      '/spec/enforcers',
      'there are several enforcers, one is possible',
      'put the calls into one',
    );
  enforcers.forEach(({ calls }, i) => {
    calls.forEach((name, k) => void callsOfEnforcer(ledger, spec, name, `/spec/enforcers/${i}/calls/${k}`));
  });
  if (enforcers.length > 0 && ![...(spec.kprobes ?? []), ...(spec.tracepoints ?? [])].some(asksEnforcer))
    ledger.notes.push({
      pointer: '/spec/enforcers',
      message: 'no action notifies the enforcer: it never acts',
      fix: `add ${NOTIFY} to a kprobe or to raw_syscalls/sys_enter, or leave it out`,
    });
}

/** A call that decides has to be one that enforces. */
export function refuseElsewhere(
  ledger: Ledger,
  spec: PolicySpec,
  calls: readonly Call[],
  pointer: string,
): void {
  const enforced = enforcedCalls(spec);
  for (const call of calls) {
    if (enforced.has(callKey(call))) continue;
    refuse(
      ledger,
      pointer,
      `${excerpt(call.call)} is none of the enforcers' calls: decided in one call and carried out in another, it could hit the wrong one`,
      'add it to the calls of the enforcer, or hook one of those',
    );
  }
}

/** A tracepoint that notifies, as one hook on each system call that its selectors name. */
export function enforcerHooks(
  ledger: Ledger,
  spec: PolicySpec,
  tracepoint: TracepointSpec,
  path: string,
): NormalHook[] {
  const specs = tracepoint.selectors ?? [];
  if (`${tracepoint.subsystem}/${tracepoint.event}` !== 'raw_syscalls/sys_enter') {
    refuse(
      ledger,
      path,
      `${NOTIFY} in ${excerpt(tracepoint.subsystem)}/${excerpt(tracepoint.event)} is decided elsewhere than it is carried out`,
      'use raw_syscalls/sys_enter, or a kprobe on the call itself',
    );
    return [];
  }
  specs.forEach(({ macros }, i) => {
    const used = Array.isArray(macros) && macros.length > 0;
    const message = `macros beside ${NOTIFY}: the selector itself tells which calls are meant`;
    if (used)
      refuse(ledger, `${path}/selectors/${i}/macros`, message, 'write their filters into the selector');
  });
  const meant = specs.map((selector, i) =>
    callsMeant(ledger, spec, tracepoint, selector, `${path}/selectors/${i}`),
  );
  // who and what: the calls are told apart by where the hook is
  const withoutCall = specs.map((selector) => ({ ...selector, matchArgs: [] }));
  const selectors = normalSelectors(ledger, { hook: 'kprobe', args: [] }, withoutCall, path);
  const calls = new Map(meant.flat().map((call) => [callKey(call), call]));
  refuseElsewhere(ledger, spec, [...calls.values()], path);
  return [...calls].map(([key, call]) => ({
    type: 'kprobe' as const,
    path,
    ...call,
    args: [],
    return: false,
    selectors: selectors.filter((_, i) => meant[i]?.some((one) => callKey(one) === key)) as NormalSelector[],
    ignoreMissing: false,
    ...marks(ledger, tracepoint, path),
  }));
}

/** The field with that number, else the position. */
function byIndex(args: readonly ArgSpec[], number = 0): ArgSpec | undefined {
  return args.find(({ index }) => index === number) ?? args[number];
}

/** The calls one selector is about. */
function callsMeant(
  ledger: Ledger,
  spec: PolicySpec,
  { args = [] }: TracepointSpec,
  selector: SelectorSpec,
  pointer: string,
): Call[] {
  const [match, ...more] = selector.matchArgs ?? [];
  const arg = match && (args[match.args?.[0] ?? -1] ?? byIndex(args, match.index));
  const fits =
    arg?.type === NUMBER_TYPE && ['InMap', 'InRange', 'Equal', 'In'].includes(match?.operator ?? '');
  if (!notifies(selector) || !fits || more.length > 0) {
    refuse(
      ledger,
      pointer,
      `beside ${NOTIFY} a selector names the calls that are meant, by one filter on an argument of type ${NUMBER_TYPE}, and nothing else of the tracepoint`,
      'write matchArgs with InMap and values: ["list:NAME"], and put other selectors into a hook of their own',
    );
    return [];
  }
  return (match?.values ?? []).flatMap((value, i) => {
    const at = `${pointer}/matchArgs/0/values/${i}`;
    if (!/^[0-9]/.test(value)) return callsNamed(ledger, spec, value, true, at);
    refuse(
      ledger,
      at,
      `${excerpt(value)} is a number, which means another call on each ABI`,
      'name a list of calls',
    );
    return [];
  });
}
