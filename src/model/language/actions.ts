// SPDX-License-Identifier: Apache-2.0
/** `matchActions` and `matchReturnActions`. */
import type { ActionSpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { HookType, NormalAction } from '../normal-policy.ts';
import { following, refuseSeveralSets, setting } from './argument-actions.ts';
import { type Ledger, refuse, refuseFields, refuseFor, refuseUnsupported } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import type { Lookup } from './looked-at.ts';
import { rateLimit, refuseStrayLimit } from './rate-limit.ts';
import { NO_REGISTERS, REFUSED_ACTIONS, REFUSED_FIELDS } from './refusals.ts';
import { refuseStrayParts, stacks } from './stacks.ts';

const SUPPORTED = [
  'Post',
  'NoPost',
  'Sigkill',
  'Signal',
  'Override',
  'TrackSock',
  'UntrackSock',
  'Set',
] as const;
export const UNSUPPORTED_FIELDS = [
  'argFqdn',
  'argNewAddr',
  'argNewOffset',
  'argNewSymbol',
  'argRegs',
  'argUrl',
];
/** Signals whose default leaves the process as it was: SIGCHLD, SIGCONT, SIGURG, SIGWINCH. */
const HARMLESS_SIGNALS: readonly number[] = [17, 18, 23, 28];
const LAST_SIGNAL = 64;
/** The largest errno the kernel tells from a value. */
const MAX_ERRNO = 4095;

export type Side = 'entry' | 'return';

export function normalActions(
  ledger: Ledger,
  lookup: Lookup,
  side: Side,
  specs: readonly ActionSpec[],
  pointer: string,
): NormalAction[] {
  if (specs.length > POLICY_LIMITS.actions) {
    refuse(
      ledger,
      pointer,
      `there are ${specs.length} actions, at most ${POLICY_LIMITS.actions} are possible`,
      'leave some out',
    );
  }
  refuseSeveralSets(ledger, specs, pointer);
  return specs.flatMap(
    (spec, index) => normalAction(ledger, lookup, side, spec, `${pointer}/${index}`) ?? [],
  );
}

function normalAction(
  ledger: Ledger,
  { hook, args }: Lookup,
  side: Side,
  spec: ActionSpec,
  pointer: string,
): NormalAction[] | NormalAction | undefined {
  const action = SUPPORTED.find((name) => name === spec.action);
  if (spec.action === 'NotifyEnforcer') return notified(ledger, hook, side, spec, pointer);
  if (spec.action === 'CleanupEnforcerNotification') return cleanedUp(ledger, pointer);
  const refused = REFUSED_ACTIONS[spec.action];
  if (refused) refuseFor(ledger, `${pointer}/action`, `the action ${spec.action}`, refused);
  else if (!action) {
    refuseUnsupported(
      ledger,
      `${pointer}/action`,
      `the action ${spec.action}`,
      suggestion(spec.action, SUPPORTED),
    );
  }
  if (!action) return undefined;
  refuseFields(ledger, pointer, spec, UNSUPPORTED_FIELDS, REFUSED_FIELDS);
  noteStray(ledger, spec, action, pointer);
  if (action !== 'Post') {
    refuseStrayLimit(ledger, spec, action, pointer);
    refuseStrayParts(ledger, spec, action, pointer);
  }
  if (action === 'Override') return override(ledger, hook, side, spec, pointer);
  if (action === 'Signal') return signal(ledger, spec, pointer);
  if (action === 'TrackSock' || action === 'UntrackSock')
    return following(ledger, args, action, spec, pointer);
  if (action === 'Set') return setting(ledger, { hook, args }, spec, pointer);
  if (action === 'Post') {
    const more = { ...rateLimit(ledger, spec, pointer), ...stacks(ledger, hook, spec, pointer) };
    return { path: pointer, action, kills: false, ...more, ...(spec.imaHash && { imaHash: true }) };
  }
  return { path: pointer, action, kills: action === 'Sigkill' };
}

/** NotifyEnforcer where it is decided and carried out in one: what it asks for, each as the action it is. */
function notified(
  ledger: Ledger,
  hook: HookType,
  side: Side,
  spec: ActionSpec,
  path: string,
): NormalAction[] {
  refuseFields(ledger, path, spec, UNSUPPORTED_FIELDS, REFUSED_FIELDS);
  refuseStrayParts(ledger, spec, 'NotifyEnforcer', path);
  const { argSig = 0, argError = 0 } = spec;
  if (hook !== 'kprobe' || side === 'return')
    refuse(
      ledger,
      `${path}/action`,
      'NotifyEnforcer is carried out in the call where it is decided, and here is none',
      'use a kprobe, or raw_syscalls/sys_enter with a filter on the calls; elsewhere Sigkill or Override',
    );
  if (argSig === 0 && argError === 0)
    refuse(ledger, path, 'NotifyEnforcer asks for nothing', 'add argError, such as -1, or argSig, such as 9');
  const kill = { path, action: 'Sigkill' as const, kills: true };
  return [
    ...(argSig === 9 ? [kill] : argSig === 0 ? [] : [signal(ledger, spec, path)]),
    ...(argError === 0 || hook !== 'kprobe' ? [] : [override(ledger, hook, side, spec, path)]),
  ];
}

function cleanedUp(ledger: Ledger, pointer: string): undefined {
  const message =
    'there is nothing to clean up: a notified action is carried out in the call where it is decided';
  ledger.notes.push({ pointer: `${pointer}/action`, message, fix: 'leave it out' });
}

function override(
  ledger: Ledger,
  hook: HookType,
  side: Side,
  { argError = 0 }: ActionSpec,
  path: string,
): NormalAction {
  const at = `${path}/action`;
  if (hook === 'lsm') return answer(ledger, argError, path);
  if (hook === 'uprobe')
    refuse(ledger, at, NO_REGISTERS, 'use Sigkill: it ends the process before the function runs');
  else if (hook !== 'kprobe')
    refuse(
      ledger,
      at,
      `a ${hook === 'usdt' ? 'marker' : 'tracepoint'} has no return value to override`,
      'use a kprobe on the function, or Sigkill',
    );
  if (side === 'return')
    refuse(
      ledger,
      at,
      'at return the call has been made: there is nothing to override',
      'move it to matchActions',
    );
  if (argError < -MAX_ERRNO) {
    refuse(
      ledger,
      `${path}/argError`,
      `${argError} is not an error number`,
      `use -1 (EPERM) to -${MAX_ERRNO}`,
    );
  }
  return { path, action: 'Override', kills: false, argError };
}

/** What an LSM hook answers: 0 lets the call pass, an error number refuses it, and anything else refuses it with EPERM. */
function answer(ledger: Ledger, written: number, path: string): NormalAction {
  const argError = written > 0 || written < -MAX_ERRNO ? -1 : written;
  const pointer = `${path}/argError`;
  if (argError !== written) {
    const message = `${written} is not an error number: the LSM hook answers -1 (EPERM)`;
    ledger.notes.push({ pointer, message, fix: `use -1 to -${MAX_ERRNO}` });
  } else if (argError === 0) {
    const message = 'an Override with 0 lets the call pass, as if it were not there';
    ledger.notes.push({ pointer, message, fix: 'use -1 (EPERM) to refuse it' });
  }
  return { path, action: 'Override', kills: false, argError };
}

function signal(ledger: Ledger, { argSig }: ActionSpec, path: string): NormalAction {
  if (argSig === undefined)
    refuse(ledger, path, 'Signal names no signal', 'add argSig, such as 15 for SIGTERM');
  else if (argSig < 1 || argSig > LAST_SIGNAL) {
    refuse(ledger, `${path}/argSig`, `${argSig} is not a signal`, `use 1 to ${LAST_SIGNAL}`);
  }
  return { path, action: 'Signal', kills: !HARMLESS_SIGNALS.includes(argSig ?? 0), argSig: argSig ?? 0 };
}

/** A parameter on an action that does not take it: the field has such policies, and it means nothing in either runtime. */
function noteStray(ledger: Ledger, spec: ActionSpec, action: NormalAction['action'], pointer: string): void {
  const takes: Record<string, string> = {
    ...{ argError: 'Override', argSig: 'Signal', argSock: 'TrackSock', argIndex: 'Set', argValue: 'Set' },
  };
  for (const [field, owner] of Object.entries(takes)) {
    if (spec[field] === undefined || owner === action.replace('Untrack', 'Track')) continue;
    const message = `${field} has no meaning with ${action}`;
    ledger.notes.push({ pointer: `${pointer}/${field}`, message, fix: `remove it, or use action: ${owner}` });
  }
}
