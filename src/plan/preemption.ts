// SPDX-License-Identifier: Apache-2.0
/**
 * Kernels that stop tasks in the middle of programs: a program on a function is then left out for all others on that processor,
 * one in an LSM hook never is. What is decided in the first kind can be got past. docs/adr/0031-stopped-in-a-program.md.
 */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import type { FamilyCode, HookConfig } from './hook-config.ts';
import {
  deliveryProgram,
  has,
  hookConfig,
  missing,
  type Place,
  type Readers,
  verdictPlace,
  verdictProgram,
} from './hook-programs.ts';
import { TG_FAMILY, TG_ROLE, TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import { covers, decidable } from './lowered-cover.ts';
import { conditionOf, loweredReaders } from './lowered-readers.ts';
import type { LoweredArg, LoweringRow } from './lowering-table.ts';
import type { HookPlan, ProgramPlan, Template } from './plan.ts';
import { decidingArgs, enforces } from './selectors.ts';
import { WALK_HOOK } from './symbols.ts';

const { TG_ROLE_VERDICT, TG_ROLE_LEAVE, TG_ROLE_DELIVER, TG_ROLE_WARY } = TG_ROLE;

/** Kernels leave these out: programs on functions. */
const GUARDED: ReadonlySet<Template> = new Set(['fentry', 'fexit', 'fmod_ret']);

type Args = Record<number, LoweredArg>;

/** A text without a component is walked by nobody: what is kept is then an earlier call's, which these must not be taken for. */
const POSITIVE: ReadonlySet<string> = new Set([
  'Equal',
  'Prefix',
  'Postfix',
  'SubString',
  'SubStringIgnCase',
]);
const hasComponent = (value: string) => /[^/]/.test(value);

/** What a hook behind the walks knows of a call: the names that were walked, what the function implies, registers. */
function knownArgs({ capture }: LoweringRow): Args {
  const known = Object.entries(capture.args).filter(
    ([, arg]) => arg.as === 'filename' || arg.as === 'implied' || (arg.as === 'door' && !arg.points),
  );
  return Object.fromEntries(known);
}

/** The names take the places of the function's parameters, in their order. */
function slotsOf({ capture }: LoweringRow): { olderSlot?: number; newerSlot: number } | undefined {
  const params = Object.values(capture.args).flatMap((arg) => (arg.as === 'filename' ? [arg.param] : []));
  const [first, second] = [...new Set(params)].sort((a, b) => a - b);
  if (first === undefined) return undefined;
  return second === undefined ? { newerSlot: first } : { olderSlot: first, newerSlot: second };
}

function comparesComponents(hook: NormalHook, args: Args): boolean {
  return hook.selectors
    .flatMap((s) => s.matchArgs)
    .filter(({ argIndex }) => args[argIndex]?.as === 'filename')
    .every(({ operator, values }) => POSITIVE.has(operator) && values.every(hasComponent));
}

const KEEPS_NAMES: HookConfig = {
  roles: 0,
  source: TG_SOURCE.TG_SRC_ARGS,
  syscallNumber: 0,
  args: [],
  returnType: TG_TYPE.TG_T_S64,
  selectors: [],
};

/** These are told whether a path may be searched before the function that looks it up lets go of its name. */
const letsGoOfNames = ({ capture }: LoweringRow) => capture.function === 'filename_lookup';
const isOpened = ({ carried }: LoweringRow) => carried === TG_FAMILY.TG_K_OPEN;

/** Decides while the path is walked, and leaves what it decided for the hooks that can refuse. */
function leftDuringWalk(hook: NormalHook, readers: Readers, walk: Place, carried: FamilyCode): ProgramPlan {
  return { ...walk, config: { ...hookConfig(hook, readers, TG_ROLE_LEAVE, true), family: carried } };
}

/**
 * A carried verdict without a capture: decided by the names that are walked, in LSM hooks alone. Undefined where those do not tell
 * all that decides, or where the kernel has no such hooks.
 */
export function verdictsByWalk(
  hook: NormalHook,
  row: LoweringRow & { carried: FamilyCode },
  places: Place[],
  facts: HostFacts,
): ProgramPlan[] | undefined {
  const args = knownArgs(row);
  const slots = slotsOf(row);
  const walk = verdictPlace(WALK_HOOK, facts);
  if (!slots || ![walk, ...places].every((place) => place?.template === 'lsm')) return undefined;
  if (!has(facts, 'lsm_whole') || !has(facts, 'task_storage')) return undefined;
  if (!covers(args, hook, decidingArgs(hook)) || !decidable(args, hook)) return undefined;
  if (!isOpened(row) && !comparesComponents(hook, args)) return undefined;
  const { only: _, ...asked } = row;
  const readers = loweredReaders(hook, asked, args);
  const goesOn = letsGoOfNames(row) || isOpened(row);
  const further = { ...conditionOf(row), ...readers.further, walked: { ...slots, goesOn } };
  const byWalk = { ...readers, source: TG_SOURCE.TG_SRC_WALK, further };
  const at = walk as Place;
  if (letsGoOfNames(row)) {
    const delivered = places.map((place) =>
      deliveryProgram(row.carried, place, conditionOf(row), TG_ROLE_WARY),
    );
    return [...delivered, leftDuringWalk(hook, byWalk, at, row.carried)];
  }
  const verdicts = places.map((place) => verdictProgram(hook, byWalk, place));
  return isOpened(row) ? verdicts : [{ ...at, template: 'walk', config: KEEPS_NAMES }, ...verdicts];
}

const DECIDES = TG_ROLE_VERDICT | TG_ROLE_LEAVE | TG_ROLE_DELIVER;
const IN_LSM: ReadonlySet<Template> = new Set(['lsm', 'lsm_hash']);

/** Whether the programs that decide are such as may be left out, or those that keep what is decided on. */
function canBeLeftOut({ template, config }: ProgramPlan, lsmIsWhole: boolean): boolean {
  if (template === 'kin_fork') return true;
  return (config.roles & DECIDES) !== 0 && !(lsmIsWhole && IN_LSM.has(template));
}

const refuses = ({ config }: ProgramPlan) => (config.roles & (TG_ROLE_VERDICT | TG_ROLE_DELIVER)) !== 0;
const LEFT_OUT = 'calls made on a processor on which another task is stopped in the program';

/** On a kernel that does so, what is decided in such programs is racy; of what only kills it is told whom that misses. */
export function preemptible(plan: HookPlan, facts: HostFacts): HookPlan {
  const { kills, overrides, signals } = enforces(plan.hook);
  if (has(facts, 'unpreempted') || plan.racy || !(kills || overrides || signals)) return plan;
  if (plan.programs.some((program) => canBeLeftOut(program, has(facts, 'lsm_whole')))) {
    const why = facts.features.unpreempted?.reason ?? missing(facts, 'unpreempted');
    const race = `would be decided in programs that are left out while another task is stopped in one, and ${why}`;
    return { ...plan, racy: true, race };
  }
  const onFunctions = plan.programs.some(({ template }) => GUARDED.has(template));
  if (!onFunctions || plan.programs.some(refuses)) return plan;
  return { ...plan, passes: plan.passes === undefined ? LEFT_OUT : `${plan.passes}; ${LEFT_OUT}` };
}

/** One program keeps the names of all walks: that of the first hook which asks for them. */
export function withOneWalk(hooks: HookPlan[]): HookPlan[] {
  const first = hooks.flatMap((h) => h.programs).find((program) => program.template === 'walk');
  return hooks.map((hook) => ({
    ...hook,
    programs: hook.programs.filter((program) => program.template !== 'walk' || program === first),
  }));
}
