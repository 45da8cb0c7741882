// SPDX-License-Identifier: Apache-2.0
/**
 * A syscall, by the ladder: the shared function and LSM hook behind all doors (race-free); else the syscall's own
 * entry, with error injection where the kernel has it; else a raw tracepoint on every entry.
 */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';
import { unsizedName, withAddressSizes } from './address-sizes.ts';
import { readsUserMemory } from './arg-types.ts';
import {
  absence,
  capturePrograms,
  has,
  missing,
  type Place,
  plainReaders,
  type Readers,
  refusal,
  reportOf,
  verdictProgram,
} from './hook-programs.ts';
import { TG_SOURCE } from './layout.generated.ts';
import { registerRowOf } from './lowering-registers.ts';
import { loweringOf } from './lowering-table.ts';
import type { HookPlan } from './plan.ts';
import { planByRegisters, rowHint } from './plan-by-registers.ts';
import { planLowered } from './plan-lowered.ts';
import { planObject } from './plan-object.ts';
import { decidingArgs, enforces } from './selectors.ts';
import { syscallFunctions } from './symbols.ts';

/** A decision is racy when a selector with an action compares what user space can still change. */
function isRacy(hook: NormalHook, readers: Readers): boolean {
  const { signals, overrides } = enforces(hook);
  return (
    (signals || overrides) && [...decidingArgs(hook)].some((p) => readsUserMemory(readers.args[p]?.type ?? 0))
  );
}

/** The pieces of a 32-bit call are written otherwise. */
function pieces32({ abi, args, call }: NormalHook): string | undefined {
  if (abi !== 'i386' || args.every(({ type }) => type !== 'char_iovec')) return undefined;
  return `the pieces that 32-bit programs hand to ${call} are not read: leave char_iovec out`;
}

function planEntry(hook: NormalHook, facts: HostFacts): HookPlan {
  const names = syscallFunctions(hook.call, hook.abi ?? 'x64');
  const target = names.find((name) => facts.functions[name]);
  if (!target)
    return absence(
      hook,
      `fentry/${names[0]}`,
      `the kernel of ${facts.host} (${facts.kernelRelease}) has no syscall ${hook.call}`,
    );
  const btfId = facts.functions[target]?.btfId ?? 0;
  const source = hook.abi === 'i386' ? TG_SOURCE.TG_SRC_SYSCALL_REGS32 : TG_SOURCE.TG_SRC_SYSCALL_REGS;
  const sized = withAddressSizes(hook);
  const unread = unsizedName(sized) ?? pieces32(hook);
  if (unread) return refusal(hook, `fentry/${target}`, unread);
  const readers = plainReaders(sized, 'user', source);
  const acts = enforces(hook);
  const deniable = facts.injectable.includes(target) && has(facts, 'fmod_ret');
  if (acts.overrides && !deniable) {
    const why = `${facts.host} cannot make ${target} fail: the kernel has no error injection, and no race-free form of this policy is known${rowHint(registerRowOf(hook.call))}`;
    return refusal(hook, `fentry/${target}`, why);
  }
  const verdict = deniable && (acts.overrides || acts.kills);
  const programs = capturePrograms(
    hook,
    readers,
    { template: 'fentry', target, btfId },
    { template: 'fexit', target, btfId },
    verdict,
  );
  if (verdict) programs.unshift(verdictProgram(hook, readers, { template: 'fmod_ret', target, btfId }));
  return {
    hook,
    programs,
    racy: isRacy(hook, readers),
    report: reportOf(hook, names[0] as string),
    mechanism: `${hook.return ? 'fexit' : 'fentry'}/${target}${verdict ? ` + fmod_ret/${target}` : ''}`,
    guarantee: verdict ? 'denied-before-effect' : acts.signals ? 'killed-after-effect' : 'observed',
  };
}

/** Without kprobes and fentry: every syscall entry passes here, so events and kills still work; a denial does not. */
function planRawEntry(hook: NormalHook, facts: HostFacts): HookPlan {
  const mechanism = hook.return ? 'raw_tp/sys_exit' : 'raw_tp/sys_enter';
  const number = facts.syscallNumbers[hook.call];
  if (!has(facts, 'raw_tracepoint')) return refusal(hook, mechanism, missing(facts, 'raw_tracepoint'));
  const unknown = `${hook.call} is no 64-bit syscall that ${facts.host} is known to have`;
  // there may be one of 32 bits, which this way does not see: nothing that a policy could ask to do without
  if (hook.abi === 'i386') return refusal(hook, mechanism, unknown);
  if (number === undefined) return absence(hook, mechanism, unknown);
  const acts = enforces(hook);
  if (acts.overrides)
    return refusal(
      hook,
      mechanism,
      `a call cannot be refused on ${facts.host}: ${missing(facts, 'fentry')}, and BPF LSM needs it too`,
    );
  const sized = withAddressSizes(hook);
  const unsized = unsizedName(sized);
  if (unsized) return refusal(hook, mechanism, unsized);
  const readers = {
    ...plainReaders(sized, 'user', TG_SOURCE.TG_SRC_SYSCALL_REGS),
    syscallNumber: number,
  };
  const entry: Place = { template: 'sys_enter', target: 'sys_enter', btfId: 0 };
  const exit: Place = { template: 'sys_exit', target: 'sys_exit', btfId: 0 };
  return {
    hook,
    mechanism,
    programs: capturePrograms(hook, readers, entry, exit, false),
    racy: isRacy(hook, readers),
    report: reportOf(hook, `__x64_${hook.call}`),
    guarantee: acts.signals ? 'killed-after-effect' : 'observed',
  };
}

export function planSyscall(hook: NormalHook, facts: HostFacts): HookPlan {
  // never by the text instead: what is asked for is what that lets pass
  if (hook.object) return planObject(hook, facts);
  const lowered = planLowered(hook, loweringOf(hook.call), facts);
  if (lowered) return lowered;
  const byRegisters = planByRegisters(hook, registerRowOf(hook.call), facts);
  if (byRegisters) return byRegisters;
  return has(facts, 'fentry') ? planEntry(hook, facts) : planRawEntry(hook, facts);
}
