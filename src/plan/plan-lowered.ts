// SPDX-License-Identifier: Apache-2.0
/** The race-free form of a syscall: captured where all its doors meet, denied in the LSM hook behind that. */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import { loweredTypeCode } from './arg-types.ts';
import type { FurtherConfig } from './hook-config.ts';
import {
  argConfig,
  capturePrograms,
  deliveryProgram,
  has,
  type Place,
  type Readers,
  reportOf,
  verdictProgram,
} from './hook-programs.ts';
import { TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { LoweredArg, LoweringRow } from './lowering-table.ts';
import type { HookPlan, ProgramPlan } from './plan.ts';
import { decidingArgs, enforces } from './selectors.ts';
import { lsmFunction } from './symbols.ts';

const RAW_VALUES = 5;

interface Part {
  programs: ProgramPlan[];
  mechanism: string;
  denies: boolean;
}

/** Raw values that no parameter of the function takes, for what the table implies. */
function freeSlots(args: Record<number, LoweredArg>): number[] {
  const taken = new Set(Object.values(args).flatMap((a) => (a.as === 'implied' ? [] : [a.param])));
  return Array.from({ length: RAW_VALUES }, (_, slot) => slot).filter((slot) => !taken.has(slot));
}

function loweredReaders(hook: NormalHook, args: Record<number, LoweredArg>): Readers {
  const free = freeSlots(args);
  const further: FurtherConfig = { doors: [], uring: false, fixed: [] };
  const place = (lowered: LoweredArg): number => {
    if (lowered.as !== 'implied') return lowered.param;
    const slot = free.shift() as number;
    further.fixed.push({ slot, value: lowered.value });
    return slot;
  };
  return {
    source: TG_SOURCE.TG_SRC_ARGS,
    args: hook.args.map((arg) => {
      const lowered = args[arg.index];
      return lowered
        ? argConfig(loweredTypeCode(arg, lowered), place(lowered))
        : argConfig(TG_TYPE.TG_T_NOP, 0);
    }),
    further,
  };
}

function covers(args: Record<number, LoweredArg>, hook: NormalHook, positions: Iterable<number>): boolean {
  return [...positions].every((position) => args[hook.args[position]?.index ?? -1] !== undefined);
}

/** Every operator that decides has a row. */
function decidable(args: Record<number, LoweredArg>, hook: NormalHook): boolean {
  return hook.selectors
    .flatMap((s) => s.matchArgs)
    .every((m) => {
      const operators = args[m.argIndex]?.operators;
      return operators === undefined || operators.includes(m.operator);
    });
}

function verdictPlace(name: string, facts: HostFacts): Place | undefined {
  const lsm = facts.functions[lsmFunction(name)];
  if (has(facts, 'lsm') && lsm) return { template: 'lsm', target: lsmFunction(name), btfId: lsm.btfId };
  const target = `security_${name}`;
  const security = facts.functions[target];
  return has(facts, 'fmod_ret') && security
    ? { template: 'fmod_ret', target, btfId: security.btfId }
    : undefined;
}

/** The programs that refuse the call, or undefined where none can. */
function verdicts(hook: NormalHook, row: LoweringRow, facts: HostFacts): ProgramPlan[] | undefined {
  const places = row.verdict.lsm.map((name) => verdictPlace(name, facts));
  const found = places.filter((place) => place !== undefined);
  if (found.length < places.length) return undefined;
  if (row.carried !== undefined) {
    const { carried } = row;
    return has(facts, 'task_storage') ? found.map((place) => deliveryProgram(carried, place)) : undefined;
  }
  if (!covers(row.verdict.args, hook, decidingArgs(hook))) return undefined;
  return found.map((place) => verdictProgram(hook, loweredReaders(hook, row.verdict.args), place));
}

function planPart(hook: NormalHook, row: LoweringRow, facts: HostFacts): Part | undefined {
  const shared = facts.functions[row.capture.function];
  const { args, function: target } = row.capture;
  const observed = hook.args.filter((a) => a.type !== 'nop').every((a) => args[a.index] !== undefined);
  if (!shared || !observed || !decidable(args, hook)) return undefined;
  const acts = enforces(hook);
  const readers = loweredReaders(hook, args);
  const entry: Place = { template: 'fentry', target, btfId: shared.btfId };
  const exit: Place = { template: 'fexit', target, btfId: shared.btfId };
  const captured = `${hook.return ? 'fexit' : 'fentry'}/${target}`;
  const denials = acts.kills || acts.overrides ? verdicts(hook, row, facts) : undefined;
  // nothing stands here that could refuse the call; watching and killing by the kernel's own copies needs nothing
  if (!denials && acts.overrides) return undefined;
  const carries = denials ? row.carried : undefined;
  const programs = capturePrograms(hook, readers, entry, exit, denials !== undefined, carries);
  const shown = (denials ?? []).map((p) => `${p.template}/${p.target.replace(/^bpf_lsm_/, '')}`);
  return {
    programs: [...(denials ?? []), ...programs],
    mechanism: [captured, ...shown].join(' + '),
    denies: denials !== undefined,
  };
}

/** Undefined when the table, the kernel or the policy's selectors rule it out. */
export function planLowered(hook: NormalHook, rows: LoweringRow[], facts: HostFacts): HookPlan | undefined {
  if (rows.length === 0 || !has(facts, 'fentry') || hook.abi === 'i386') return undefined;
  const parts = rows.map((row) => planPart(hook, row, facts));
  const whole = parts.filter((part) => part !== undefined);
  if (whole.length < parts.length) return undefined;
  const observed = enforces(hook).signals ? 'killed-after-effect' : 'observed';
  return {
    hook,
    // all verdicts first: once an event says "denied", the denial is in place
    programs: [
      ...whole.flatMap((p) => p.programs.filter(isVerdict)),
      ...whole.flatMap((p) => p.programs.filter((program) => !isVerdict(program))),
    ],
    racy: false,
    report: reportOf(hook, `__x64_${hook.call}`),
    mechanism: whole.map((p) => p.mechanism).join(' + '),
    guarantee: whole.every((p) => p.denies) ? 'denied-before-effect' : observed,
  };
}

function isVerdict({ template }: ProgramPlan): boolean {
  return template === 'lsm' || template === 'fmod_ret';
}
