// SPDX-License-Identifier: Apache-2.0
/** The race-free form of a syscall: captured where all its doors meet, denied in the LSM hook behind that. */
import type { HostFacts } from '../model/facts.ts';
import { MATCH_ANNOTATION, OBJECT_ARGUMENTS } from '../model/language/object-form.ts';
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';
import {
  capturePrograms,
  deliveryProgram,
  has,
  type Place,
  reportOf,
  verdictPlace,
  verdictProgram,
} from './hook-programs.ts';
import { TG_ROLE } from './layout.generated.ts';
import { covers, decidable } from './lowered-cover.ts';
import { conditionOf, loweredReaders } from './lowered-readers.ts';
import type { LoweringRow } from './lowering-table.ts';
import type { HookPlan, ProgramPlan, Template } from './plan.ts';
import { verdictsByWalk } from './preemption.ts';
import { isUserText } from './routes.ts';
import { decidingArgs, enforces } from './selectors.ts';

const { TG_ROLE_DELIVER, TG_ROLE_HINT } = TG_ROLE;

interface Part {
  programs: ProgramPlan[];
  mechanism: string;
  denies: boolean;
}

/** The programs that refuse the call, or undefined where none can. */
function verdicts(hook: NormalHook, row: LoweringRow, facts: HostFacts): ProgramPlan[] | undefined {
  const { lsm, ifThere = [], args } = row.verdict;
  const places = lsm.map((name) => verdictPlace(name, facts));
  const found = places.filter((place) => place !== undefined);
  if (found.length < places.length) return undefined;
  found.push(...ifThere.flatMap((name) => verdictPlace(name, facts) ?? []));
  if (row.carried !== undefined) {
    const { carried } = row;
    const byWalk = has(facts, 'unpreempted')
      ? undefined
      : verdictsByWalk(hook, { ...row, carried }, found, facts);
    if (byWalk) return byWalk;
    const further = row.doors && conditionOf(row);
    return has(facts, 'task_storage')
      ? found.map((place) => deliveryProgram(carried, place, further))
      : undefined;
  }
  if (!covers(args, hook, decidingArgs(hook)) || !decidable(args, hook)) return undefined;
  const readers = loweredReaders(hook, row, args);
  return found.map((place) =>
    verdictProgram(hook, readers, place, hints(hook, row, place, facts) ? TG_ROLE_HINT : 0),
  );
}

/** The capture is at the entry, is never left out, and its verdict is an LSM program that evaluates the same again. */
function hints(
  hook: NormalHook,
  row: LoweringRow,
  { template }: { template: Template },
  facts: HostFacts,
): boolean {
  const kept = has(facts, 'task_storage') && has(facts, 'unpreempted');
  return kept && template === 'lsm' && row.carried === undefined && !hook.return;
}

function planPart(hook: NormalHook, row: LoweringRow, facts: HostFacts): Part | undefined {
  const shared = facts.functions[row.capture.function];
  const { args, function: target } = row.capture;
  const observed = hook.args.every((a) => a.type === 'nop' || a.source || args[a.index] !== undefined);
  if ([...decidingArgs(hook)].some((position) => isUserText(hook.args[position] as NormalArg)))
    return undefined;
  // where they meet, the length of an address is not told
  if (hook.args.some((a) => a.type === 'sockaddr_un')) return undefined;
  if (!shared || !observed || !decidable(args, hook)) return undefined;
  if (hook.return && row.capture.otherReturn) return undefined;
  const acts = enforces(hook);
  const readers = loweredReaders(hook, row, args);
  const entry: Place = { template: 'fentry', target, btfId: shared.btfId };
  const exit: Place = { template: 'fexit', target, btfId: shared.btfId };
  const captured = `${hook.return ? 'fexit' : 'fentry'}/${target}`;
  const denials = acts.kills || acts.overrides ? verdicts(hook, row, facts) : undefined;
  // nothing stands here that could refuse the call; watching and killing by the kernel's own copies needs nothing
  if (!denials && acts.overrides) return undefined;
  const delivered = denials?.some(({ config }) => config.roles === TG_ROLE_DELIVER);
  const carries = delivered ? row.carried : undefined;
  const hinted = (denials ?? []).some(({ config }) => (config.roles & TG_ROLE_HINT) !== 0);
  const programs = capturePrograms(hook, readers, entry, exit, denials !== undefined, {
    ...(carries !== undefined && { carries }),
    hints: hinted,
  });
  const shown = (denials ?? [])
    .filter(isVerdict)
    .map((p) => `${p.template}/${p.target.replace(/^bpf_lsm_/, '')}`);
  return {
    programs: [...(denials ?? []), ...programs],
    mechanism: [captured, ...shown].join(' + '),
    denies: denials !== undefined,
  };
}

const OTHER_SPELLINGS = 'other spellings of the same file (a relative path, `..`, a link, a descriptor); ';
const BY_ANNOTATION = `the annotation ${MATCH_ANNOTATION}: "object" means the file itself`;
const BY_FUNCTION = 'a hook on security_* functions means the file itself';

/** What of the table decides, and what a decision on text does not speak of. */
function basis(hook: NormalHook, rows: LoweringRow[]): Pick<HookPlan, 'row' | 'passes' | 'form'> {
  const { kills, overrides } = enforces(hook);
  if (!kills && !overrides) return {};
  const matches = hook.selectors.flatMap((s) => s.matchArgs);
  const by = [...new Set(matches.map((m) => `argument ${m.argIndex} ${m.operator}`))].join(', ');
  const ways = rows.map(({ capture, verdict }) => `${capture.function} → ${verdict.lsm.join(', ')}`);
  const text = matches.filter((m) =>
    rows.some(({ capture }) => ['filename', 'string'].includes(capture.args[m.argIndex]?.as ?? '')),
  );
  const canBeObject = text.some((m) => OBJECT_ARGUMENTS[hook.call]?.includes(m.argIndex));
  return {
    row: `row: ${hook.call}, ${by || 'every call'}: ${ways.join('; ')}`,
    ...(text.length > 0 && {
      form: 'text' as const,
      passes: OTHER_SPELLINGS + (canBeObject ? BY_ANNOTATION : BY_FUNCTION),
    }),
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
      ...whole.flatMap((p) => p.programs.filter(isRefusing)),
      ...whole.flatMap((p) => p.programs.filter((program) => !isRefusing(program))),
    ],
    racy: false,
    ...basis(hook, rows),
    report: reportOf(hook, `__x64_${hook.call}`),
    mechanism: whole.map((p) => p.mechanism).join(' + '),
    guarantee: whole.every((p) => p.denies) ? 'denied-before-effect' : observed,
  };
}

function isVerdict({ template }: ProgramPlan): boolean {
  return template === 'lsm' || template === 'fmod_ret';
}

/** Together with what it cannot refuse without. */
function isRefusing(program: ProgramPlan): boolean {
  return program.template === 'walk' || isVerdict(program);
}
