// SPDX-License-Identifier: Apache-2.0
/** What every kind of hook has: selectors, message and tags. */
import type { SelectorSpec } from '../document.ts';
import {
  type HookType,
  type NormalArg,
  type NormalHook,
  type NormalSelector,
  strikes,
} from '../normal-policy.ts';
import { normalActions } from './actions.ts';
import { checkHashes } from './hashes.ts';
import { type Ledger, refuse } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import { expanded } from './macros.ts';
import { normalMatches, normalPids } from './matches.ts';
import { normalProcessFilters } from './process-matches.ts';
import { normalBinaries, normalParents } from './program-matches.ts';
import { checkEntries } from './values.ts';
import { workloadsOf } from './workloads.ts';

const NO_RETURN: Readonly<Record<HookType, string>> = {
  uprobe: 'add return: true and a returnArg',
  usdt: 'a marker has none',
  loader: 'a mapping has none',
  kprobe: 'add return: true and a returnArg',
  tracepoint: 'a tracepoint has none',
  'raw-tracepoint': 'a tracepoint has none',
  lsm: 'an LSM hook is asked before there is one',
};

export interface Sides {
  hook: HookType;
  args: NormalArg[];
  returnArg?: NormalArg;
  /** the name of the LSM hook, where it is one */
  lsmHook?: string;
}

export function normalSelectors(
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
  const selectors = specs.map((spec, index) => normalSelector(ledger, sides, spec, `${pointer}/${index}`));
  refuseBothEnds(ledger, selectors);
  checkHashes(ledger, selectors, sides.lsmHook);
  return selectors;
}

/** One program acts for a hook: that at the entry or that at the return. */
function refuseBothEnds(ledger: Ledger, selectors: readonly NormalSelector[]): void {
  const late = selectors.find((s) => s.returnActions.some(strikes))?.returnActions.find(strikes);
  if (!late || !selectors.some((s) => s.actions.some(strikes))) return;
  const message = `${late.action} at return, and an action at entry of the same hook`;
  refuse(ledger, late.path, message, 'use two policies, one for each end');
}

function normalSelector(
  ledger: Ledger,
  { hook, args, returnArg }: Sides,
  written: SelectorSpec,
  path: string,
): NormalSelector {
  const { spec, at } = expanded(ledger, ledger.macros, written, path);
  for (const field of ['matchReturnArgs', 'matchReturnActions'] as const) {
    if ((spec[field] ?? []).length > 0 && !returnArg) {
      refuse(ledger, at(field), `${field} needs the return value`, NO_RETURN[hook]);
    }
  }
  if (spec.matchData) checkEntries(ledger, [...(spec.matchArgs ?? []), ...spec.matchData], at('matchData'));
  const actions = normalActions(ledger, { hook, args }, 'entry', spec.matchActions ?? [], at('matchActions'));
  const workloads = workloadsOf(
    ledger,
    (spec.matchWorkloads ?? {}) as object as Record<string, unknown>,
    at('matchWorkloads'),
  );
  const matchArgs = normalMatches(ledger, { hook, args }, spec.matchArgs ?? [], at('matchArgs'));
  if (spec.matchData)
    matchArgs.push(...normalMatches(ledger, { hook, args, ofData: true }, spec.matchData, at('matchData')));
  return {
    path,
    matchArgs,
    matchReturnArgs: returnArg
      ? normalMatches(
          ledger,
          { hook: 'kprobe', args: [returnArg] },
          spec.matchReturnArgs ?? [],
          at('matchReturnArgs'),
        )
      : [],
    matchPIDs: normalPids(ledger, spec.matchPIDs ?? [], at('matchPIDs')),
    matchBinaries: normalBinaries(ledger, spec.matchBinaries ?? [], at('matchBinaries')),
    ...normalParents(ledger, spec.matchParentBinaries ?? [], at('matchParentBinaries')),
    ...normalProcessFilters(ledger, spec, at),
    ...(workloads !== undefined && { matchWorkloads: workloads }),
    actions: actions.length > 0 ? actions : matchAll(path).actions,
    returnActions: normalActions(
      ledger,
      { hook, args },
      'return',
      spec.matchReturnActions ?? [],
      at('matchReturnActions'),
    ),
  };
}

/** A hook without selectors, and a selector without actions, posts. */
export function matchAll(path: string): NormalSelector {
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

export function marks(
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
