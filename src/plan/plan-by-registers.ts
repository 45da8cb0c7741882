// SPDX-License-Identifier: Apache-2.0
/** A syscall decided by its registers: seen at its own entries, 64- and 32-bit, refused in the LSM hooks behind. */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import { argTypeCode, isNumber } from './arg-types.ts';
import type { FurtherConfig } from './hook-config.ts';
import {
  argConfig,
  capturePrograms,
  has,
  plainReaders,
  type Readers,
  reportOf,
  verdictPlace,
  verdictProgram,
} from './hook-programs.ts';
import { TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import { doorConfigs } from './lowered-readers.ts';
import { type ArgRole, nth } from './lowering-doors.ts';
import type { RegisterRow } from './lowering-registers.ts';
import type { HookPlan, ProgramPlan } from './plan.ts';
import { isUserText } from './routes.ts';
import { decidingArgs, enforces } from './selectors.ts';
import { syscallFunctions } from './symbols.ts';

const REGISTERS = 5;

/** Every deciding argument is a number in a register. */
function numbersDecide(hook: NormalHook): boolean {
  return [...decidingArgs(hook)].every((position) => {
    const arg = hook.args[position];
    return arg !== undefined && (arg.source ? !isUserText(arg) : arg.index < REGISTERS && isNumber(arg.type));
  });
}

/** What enforces speaks of nothing but the values that the hooks are asked for. */
function staysWithin(hook: NormalHook, only: RegisterRow['only']): boolean {
  if (!only) return true;
  return hook.selectors
    .filter((s) => s.actions.some((a) => a.kills || a.action === 'Override'))
    .every((s) =>
      s.matchArgs.some(
        (m) =>
          m.argIndex === only.index &&
          m.operator === 'Equal' &&
          m.values.every((v) => only.values.includes(v)),
      ),
    );
}

/** Why a call with a row is not decided by it: what the policy would have to say. */
export function rowHint(row: RegisterRow | undefined): string {
  if (!row?.only) return '';
  const { index, values } = row.only;
  return `: the kernel can refuse it where argument ${index} is ${values.join(' or ')}; filter on that with Equal`;
}

/** In the LSM hook: the registers that the running call was entered with, whatever the hook itself is handed. */
function registerReaders(hook: NormalHook, row: RegisterRow): Readers {
  const slots = new Map<ArgRole, number>(
    [...decidingArgs(hook)].flatMap((position) => {
      const { index, source } = hook.args[position] as NormalHook['args'][number];
      return source ? [] : [[nth(index), index]];
    }),
  );
  const further: FurtherConfig = {
    doors: doorConfigs(row.doors, slots),
    uring: row.doors.uring,
    fixed: [...slots.values()].map((slot) => ({ slot, value: 0 })),
  };
  const args = hook.args.map((arg) =>
    arg.source || slots.has(nth(arg.index))
      ? argConfig(argTypeCode(arg.type, 'kernel'), Math.max(arg.index, 0))
      : argConfig(TG_TYPE.TG_T_NOP, 0),
  );
  return { source: TG_SOURCE.TG_SRC_ARGS, args, further };
}

/** The functions the call is entered by, as far as the kernel has them. */
function entriesOf(
  hook: NormalHook,
  row: RegisterRow,
  facts: HostFacts,
): { target: string; compat: boolean }[] {
  const first = (names: string[]) => names.filter((name) => facts.functions[name]).slice(0, 1);
  const x64 = first(syscallFunctions(hook.call, 'x64'));
  const compat = [
    ...first(syscallFunctions(hook.call, 'i386')),
    ...(row.entries ?? []).filter((n) => facts.functions[n]),
  ];
  return [
    ...x64.map((target) => ({ target, compat: false })),
    ...compat.map((target) => ({ target, compat: true })),
  ];
}

function captures(hook: NormalHook, target: string, compat: boolean, facts: HostFacts): ProgramPlan[] {
  const source = compat ? TG_SOURCE.TG_SRC_SYSCALL_REGS32 : TG_SOURCE.TG_SRC_SYSCALL_REGS;
  const btfId = facts.functions[target]?.btfId ?? 0;
  const at = (template: 'fentry' | 'fexit') => ({ template, target, btfId });
  return capturePrograms(hook, plainReaders(hook, 'user', source), at('fentry'), at('fexit'), true);
}

/** Undefined when the hook refuses nothing, or where table, kernel or selectors rule it out. */
export function planByRegisters(
  hook: NormalHook,
  row: RegisterRow | undefined,
  facts: HostFacts,
): HookPlan | undefined {
  const acts = enforces(hook);
  if (!row || hook.abi === 'i386' || !has(facts, 'fentry') || !(acts.kills || acts.overrides))
    return undefined;
  if (!numbersDecide(hook) || !staysWithin(hook, row.only)) return undefined;
  const places = row.lsm.map((name) => verdictPlace(name, facts));
  const entries = entriesOf(hook, row, facts);
  if (places.includes(undefined) || entries.length === 0) return undefined;
  const readers = registerReaders(hook, row);
  const denials = places.flatMap((place) => (place ? verdictProgram(hook, readers, place) : []));
  const shown = denials.map((p) => `${p.template}/${p.target.replace(/^bpf_lsm_/, '')}`);
  const seen = entries.map(({ target }) => `${hook.return ? 'fexit' : 'fentry'}/${target}`);
  return {
    hook,
    programs: [...denials, ...entries.flatMap(({ target, compat }) => captures(hook, target, compat, facts))],
    racy: false,
    row: `row: ${hook.call}, by its registers: ${entries.map((e) => e.target).join(', ')} → ${row.lsm.join(', ')}`,
    ...(row.passes !== undefined && { passes: row.passes }),
    report: reportOf(hook, `__x64_${hook.call}`),
    mechanism: [...seen, ...shown].join(' + '),
    guarantee: 'denied-before-effect',
  };
}
