// SPDX-License-Identifier: Apache-2.0
/** `kprobes[]`, `tracepoints[]` and `lsmhooks[]` in normal form. */
import type { KprobeSpec, LsmHookSpec, PolicySpec, SelectorSpec, TracepointSpec } from '../document.ts';
import type { HookType, NormalArg, NormalHook, NormalSelector } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { normalActions } from './actions.ts';
import { normalArgs, normalReturnArg, refuseKernelObjects } from './arguments.ts';
import { callsOf } from './calls.ts';
import { type Ledger, refuse, refuseFields, refuseUnsupported } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import { normalBinaries, normalMatches, normalPids } from './matches.ts';

export const UNSUPPORTED_FILTERS = [
  'macros',
  'matchData',
  'matchParentBinaries',
  'matchNamespaces',
  'matchNamespaceChanges',
  'matchCapabilities',
  'matchCapabilityChanges',
  'matchWorkloads',
];
const TRACEPOINT_NAME = /^[A-Za-z0-9_:.-]{1,127}$/;

export function kprobeHooks(
  ledger: Ledger,
  spec: PolicySpec,
  kprobe: KprobeSpec,
  path: string,
): NormalHook[] {
  refuseFields(ledger, path, kprobe, ['data']);
  const returns = kprobe.return ?? false;
  if (kprobe.returnArgAction !== undefined && kprobe.returnArgAction !== 'Post') {
    refuseUnsupported(
      ledger,
      `${path}/returnArgAction`,
      `returnArgAction ${excerpt(kprobe.returnArgAction)}`,
      'use Post or leave it out',
    );
  }
  const args = normalArgs(ledger, 'kprobe', kprobe.args ?? [], `${path}/args`);
  const returnArg =
    kprobe.returnArg && returns ? normalReturnArg(ledger, kprobe.returnArg, `${path}/returnArg`) : undefined;
  if (kprobe.returnArg && !returns) {
    ledger.notes.push({
      pointer: `${path}/returnArg`,
      message: 'the return value is not read without return: true',
      fix: 'add return: true, or remove returnArg',
    });
  }
  const sides: Sides = { hook: 'kprobe', args, ...(returnArg ? { returnArg } : {}) };
  const rest = {
    type: 'kprobe' as const,
    path,
    args,
    return: returns,
    ...(returnArg ? { returnArg } : {}),
    selectors: normalSelectors(ledger, sides, kprobe.selectors ?? [], path),
    ignoreMissing: kprobe.ignore?.callNotFound ?? false,
    ...marks(ledger, kprobe, path),
  };
  const calls = callsOf(ledger, spec, kprobe, path);
  if (calls.some(({ syscall }) => syscall)) refuseKernelObjects(ledger, args);
  return calls.map((call) => ({ ...rest, ...call }));
}

export function tracepointHook(ledger: Ledger, tracepoint: TracepointSpec, path: string): NormalHook {
  const type = tracepoint.raw ? 'raw-tracepoint' : 'tracepoint';
  for (const field of ['subsystem', 'event'] as const) {
    if (!TRACEPOINT_NAME.test(tracepoint[field])) {
      refuse(
        ledger,
        `${path}/${field}`,
        `"${excerpt(tracepoint[field])}" names no tracepoint`,
        'write a name such as sched / sched_process_exec',
      );
    }
  }
  const args = normalArgs(ledger, type, tracepoint.args ?? [], `${path}/args`);
  return {
    type,
    path,
    call: `${tracepoint.subsystem}/${tracepoint.event}`,
    syscall: false,
    args,
    return: false,
    selectors: normalSelectors(ledger, { hook: type, args }, tracepoint.selectors ?? [], path),
    ignoreMissing: false,
    ...marks(ledger, tracepoint, path),
  };
}

const LSM_NAME = /^[a-z][a-z0-9_]{1,63}$/;

export function lsmHook(ledger: Ledger, spec: LsmHookSpec, path: string): NormalHook {
  if (!LSM_NAME.test(spec.hook)) {
    const message = `"${excerpt(spec.hook)}" names no LSM hook`;
    refuse(ledger, `${path}/hook`, message, 'write a name such as file_open');
  } else if (/^(security|bpf_lsm)_/.test(spec.hook)) {
    const bare = spec.hook.replace(/^(security|bpf_lsm)_/, '');
    refuse(
      ledger,
      `${path}/hook`,
      `an LSM hook is named without "${spec.hook.slice(0, -bare.length)}"`,
      bare,
    );
  }
  const args = normalArgs(ledger, 'lsm', spec.args ?? [], `${path}/args`);
  return {
    type: 'lsm',
    path,
    call: `security_${spec.hook}`,
    syscall: false,
    args,
    return: false,
    selectors: normalSelectors(ledger, { hook: 'lsm', args }, spec.selectors ?? [], path),
    ignoreMissing: false,
    ...marks(ledger, spec, path),
  };
}

const NO_RETURN: Readonly<Record<HookType, string>> = {
  kprobe: 'add return: true and a returnArg',
  tracepoint: 'a tracepoint has none',
  'raw-tracepoint': 'a tracepoint has none',
  lsm: 'an LSM hook is asked before there is one',
};

interface Sides {
  hook: HookType;
  args: NormalArg[];
  returnArg?: NormalArg;
}

function normalSelectors(
  ledger: Ledger,
  sides: Sides,
  specs: readonly SelectorSpec[],
  path: string,
): NormalSelector[] {
  const pointer = `${path}/selectors`;
  if (specs.length > POLICY_LIMITS.selectors) {
    refuse(
      ledger,
      pointer,
      `there are ${specs.length} selectors, at most ${POLICY_LIMITS.selectors} are possible`,
      'use several policies',
    );
  }
  if (specs.length === 0) return [matchAll(path)];
  return specs.map((spec, index) => normalSelector(ledger, sides, spec, `${pointer}/${index}`));
}

function normalSelector(
  ledger: Ledger,
  { hook, args, returnArg }: Sides,
  spec: SelectorSpec,
  path: string,
): NormalSelector {
  refuseFields(ledger, path, spec, UNSUPPORTED_FILTERS);
  for (const field of ['matchReturnArgs', 'matchReturnActions'] as const) {
    if ((spec[field] ?? []).length > 0 && !returnArg) {
      refuse(ledger, `${path}/${field}`, `${field} needs the return value`, NO_RETURN[hook]);
    }
  }
  const actions = normalActions(ledger, hook, 'entry', spec.matchActions ?? [], `${path}/matchActions`);
  return {
    path,
    matchArgs: normalMatches(ledger, { hook, args }, spec.matchArgs ?? [], `${path}/matchArgs`),
    matchReturnArgs: returnArg
      ? normalMatches(
          ledger,
          { hook: 'kprobe', args: [returnArg] },
          spec.matchReturnArgs ?? [],
          `${path}/matchReturnArgs`,
        )
      : [],
    matchPIDs: normalPids(ledger, spec.matchPIDs ?? [], `${path}/matchPIDs`),
    matchBinaries: normalBinaries(ledger, spec.matchBinaries ?? [], `${path}/matchBinaries`),
    actions: actions.length > 0 ? actions : matchAll(path).actions,
    returnActions: normalActions(
      ledger,
      hook,
      'return',
      spec.matchReturnActions ?? [],
      `${path}/matchReturnActions`,
    ),
  };
}

/** A hook without selectors, and a selector without actions, posts. */
function matchAll(path: string): NormalSelector {
  const actions = [{ path, action: 'Post' as const, kills: false }];
  return {
    path,
    matchArgs: [],
    matchReturnArgs: [],
    matchPIDs: [],
    matchBinaries: [],
    actions,
    returnActions: [],
  };
}

function marks(
  ledger: Ledger,
  { message, tags = [] }: { message?: string; tags?: string[] },
  path: string,
): Pick<NormalHook, 'message' | 'tags'> {
  if (message !== undefined && message !== '')
    checkMark(ledger, message, POLICY_LIMITS.messageBytes, `${path}/message`);
  tags.forEach((tag, index) => void checkMark(ledger, tag, POLICY_LIMITS.tagBytes, `${path}/tags/${index}`));
  return { ...(message ? { message } : {}), tags };
}

function checkMark(ledger: Ledger, text: string, most: number, pointer: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes < 2 || bytes > most)
    refuse(
      ledger,
      pointer,
      `the text has ${bytes} bytes, 2 to ${most} are possible`,
      'write a longer or shorter one',
    );
}
