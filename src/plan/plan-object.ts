// SPDX-License-Identifier: Apache-2.0
/** A syscall that is decided on the file itself, in the LSM hooks that are handed it; or why this host cannot. */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import { has, missing, refusal } from './hook-programs.ts';
import { decidable } from './lowered-cover.ts';
import { type ObjectRow, objectRowsOf } from './lowering-objects.ts';
import { isKnown, isNamed, withSpellings } from './object-paths.ts';
import type { HookPlan } from './plan.ts';
import { planLowered } from './plan-lowered.ts';
import { enforces } from './selectors.ts';

/** What this kernel has of the rows, without those that cannot decide what is asked where another does. */
function rowsHere(hook: NormalHook, facts: HostFacts): { rows: ObjectRow[]; left: ObjectRow[] } {
  const here = objectRowsOf(hook.call).filter((row) => !row.newer || facts.functions[row.capture.function]);
  const left = here.filter((row) => row.otherwise !== undefined && !decidable(row.capture.args, hook));
  return { rows: here.filter((row) => !left.includes(row)), left };
}

function why(hook: NormalHook, rows: readonly ObjectRow[], facts: HostFacts): string {
  for (const feature of ['fentry', 'lsm'] as const) if (!has(facts, feature)) return missing(facts, feature);
  const lacking = rows.find((row) => !facts.functions[row.capture.function]);
  if (lacking)
    return `the kernel of ${facts.host} (${facts.kernelRelease}) has no ${lacking.capture.function}`;
  const told = [...new Set(rows.flatMap((row) => Object.keys(row.capture.args)))].map(Number);
  const filtered = hook.selectors.flatMap((s) => s.matchArgs.map((m) => m.argIndex));
  const unread = hook.args.find((arg) => !arg.source && arg.type !== 'nop' && !told.includes(arg.index));
  if (unread)
    return `argument ${unread.index} is not known where the file is: leave it out, or give it type: nop`;
  return `a filter on argument ${filtered.join(' or ')} cannot be decided where the file is known`;
}

const OTHER_NAMES = 'the file by another hard link, through a mount elsewhere';
const LATER_NAMES =
  'another hard link or mount of a file that takes the place of one named later: the policy is then to be loaded anew';

/** What has the same effect and is not decided on; of the hook as it is written, whose values are files. */
function passing(
  hook: NormalHook,
  facts: HostFacts,
  { rows, left }: Record<'rows' | 'left', readonly ObjectRow[]>,
): string {
  const names = hook.selectors.flatMap((s) => s.matchArgs).filter((match) => isNamed(hook, match));
  const known = names.every((match) => isKnown(hook, match, facts));
  const found = [
    known ? LATER_NAMES : OTHER_NAMES,
    ...rows.map((row) => row.besides),
    ...left.map((row) => row.otherwise),
  ];
  return [...new Set(found.filter((text) => text !== undefined))].join('; ');
}

export function planObject(hook: NormalHook, facts: HostFacts): HookPlan {
  const { rows, left } = rowsHere(hook, facts);
  const plan = planLowered(withSpellings(hook, facts), rows, facts);
  if (!plan) return refusal(hook, 'lsm', `${hook.call} by the file itself: ${why(hook, rows, facts)}`);
  const { kills, overrides } = enforces(hook);
  return {
    ...plan,
    hook,
    form: 'object',
    ...((kills || overrides) && { passes: passing(hook, facts, { rows, left }) }),
  };
}
