// SPDX-License-Identifier: Apache-2.0
/** The kernel symbols a policy names or may be lowered to: what facts have to be gathered about. */
import type { FactsQuery } from '../model/facts.ts';
import type { FieldQuery } from '../model/field-path.ts';
import { ALL_SYSCALLS } from '../model/language/calls.ts';
import { type NormalArg, type NormalHook, type NormalPolicy, tellsHash } from '../model/normal-policy.ts';
import { callsListed } from './listed-calls.ts';
import { objectRowsOf } from './lowering-objects.ts';
import { registerRowOf } from './lowering-registers.ts';
import { loweringOf } from './lowering-table.ts';
import { pathsNamed } from './object-paths.ts';
import { asksForKin, NEW_TASK } from './process-filters.ts';

/** Functions a syscall's entry may be called by: the wrapper, or the body where the wrapper has no type (no arguments). */
export function syscallFunctions(call: string, abi: 'x64' | 'i386'): string[] {
  return abi === 'i386' ? [`__ia32_compat_${call}`, `__ia32_${call}`] : [`__x64_${call}`, `__do_${call}`];
}

/** The BPF LSM hook that stands behind `security_<name>`. */
export function lsmFunction(name: string): string {
  return `bpf_lsm_${name}`;
}

/** The LSM hook that a walk along a path begins with. */
export const WALK_HOOK = 'inode_permission';

/** Their `security_` function is named otherwise. */
const OTHERWISE_NAMED: Partial<Record<string, string>> = {
  file_alloc_security: 'security_file_alloc',
  bprm_check_security: 'security_bprm_check',
};

/** Whom a program asks for the digest of a file. */
export const IMA_FUNCTION = 'ima_file_hash';

/** Writes a mapping to a perf event that asked for it. */
export const LOADER_FUNCTION = 'perf_event_mmap_output';

/** The kernel's own function in front of an LSM hook. */
export function securityFunction(name: string): string {
  return OTHERWISE_NAMED[name] ?? `security_${name}`;
}

/** The function an `lsmhooks` entry means. */
export function lsmFunctionOf({ call }: Pick<NormalHook, 'call'>): string {
  return lsmFunction(call.slice('security_'.length));
}

function byRegisters({ call }: NormalHook): string[] {
  const row = registerRowOf(call);
  if (!row) return [];
  const hooks = row.lsm.flatMap((name) => [lsmFunction(name), securityFunction(name)]);
  return [...syscallFunctions(call, 'i386'), ...(row.entries ?? []), ...hooks];
}

function functionsOf(hook: NormalHook): string[] {
  if (hook.type === 'loader') return [LOADER_FUNCTION];
  if (hook.type === 'lsm') return [lsmFunctionOf(hook), ...(tellsHash(hook) ? [IMA_FUNCTION] : [])];
  if (hook.type !== 'kprobe') return [];
  if (!hook.syscall) {
    const lsm = hook.call.startsWith('security_') ? [lsmFunction(hook.call.slice('security_'.length))] : [];
    return [hook.call, ...lsm];
  }
  const rows = hook.object ? objectRowsOf(hook.call) : loweringOf(hook.call);
  const lowered = rows.flatMap(({ capture, verdict, carried }) => [
    capture.function,
    ...(carried === undefined ? [] : [lsmFunction(WALK_HOOK)]),
    ...[...verdict.lsm, ...(verdict.ifThere ?? [])].flatMap((name) => [
      lsmFunction(name),
      securityFunction(name),
    ]),
  ]);
  return [...syscallFunctions(hook.call, hook.abi ?? 'x64'), ...lowered, ...byRegisters(hook)];
}

/** What of the kernel's types an argument's `resolve` asks about; a register has no type. */
export function fieldQuery(hook: NormalHook, arg: NormalArg): FieldQuery | undefined {
  const { resolve: path, btfType, source, index: param } = arg;
  if (path === undefined || source === 'pt_regs') return undefined;
  if (source === 'current_task') return { start: { type: 'task_struct' }, path };
  if (btfType !== undefined) return { start: { type: btfType }, path };
  if (hook.type === 'raw-tracepoint') return { start: { rawTracepoint: eventOf(hook), param }, path };
  return { start: { function: hook.type === 'lsm' ? lsmFunctionOf(hook) : hook.call, param }, path };
}

/** A raw tracepoint's name without its subsystem. */
export function eventOf({ call }: Pick<NormalHook, 'call'>): string {
  return call.slice(call.indexOf('/') + 1);
}

export function symbolsOf(policy: NormalPolicy): FactsQuery {
  const of = (type: NormalHook['type']) => policy.hooks.filter((h) => h.type === type).map((h) => h.call);
  const listed = policy.hooks.flatMap(callsListed);
  const unique = (names: string[]) => [...new Set(names)].sort();
  return {
    functions: unique([
      ...policy.hooks.flatMap(functionsOf),
      ...(policy.hooks.some(asksForKin) ? [NEW_TASK] : []),
    ]),
    tracepoints: unique(of('tracepoint')),
    rawTracepoints: unique(of('raw-tracepoint')),
    syscalls: unique([
      ...policy.hooks.filter((h) => h.type === 'kprobe' && h.syscall).map((h) => h.call),
      ...listed.filter((name) => name !== ALL_SYSCALLS),
    ]),
    ...(listed.includes(ALL_SYSCALLS) && { allSyscalls: true }),
    fields: policy.hooks.flatMap((hook) => hook.args.flatMap((arg) => fieldQuery(hook, arg) ?? [])),
    files: unique(policy.hooks.flatMap(pathsNamed)),
    places: policy.hooks.flatMap(({ program }) => (program ? [{ path: program.path, at: program.at }] : [])),
  };
}
