// SPDX-License-Identifier: Apache-2.0
/** `kprobes[]`, `tracepoints[]` and `lsmhooks[]` in normal form. */
import type { KprobeSpec, LsmHookSpec, PolicySpec, TracepointSpec } from '../document.ts';
import type { HookType, NormalArg, NormalHook, SocketFollowing } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { RETURNED_BY_KERNEL, RETURNED_BY_SYSCALLS } from './arg-types.ts';
import {
  argsAndData,
  normalArgs,
  normalReturnArg,
  refuseKernelObjects,
  refuseRegisters,
} from './arguments.ts';
import { refuseUnfilled } from './buffers.ts';
import { type Call, callsOf } from './calls.ts';
import { asksEnforcer, refuseElsewhere } from './enforcers.ts';
import { knownAs, tracepointCall } from './known-as.ts';
import { noteLateReads } from './late-reads.ts';
import { type Ledger, refuse } from './ledger.ts';
import { noteMistakenArgs } from './mistaken-args.ts';
import { marks, normalSelectors, type Sides } from './selectors.ts';

const TRACEPOINT_NAME = /^[A-Za-z0-9_:.-]{1,127}$/;

export function kprobeHooks(
  ledger: Ledger,
  spec: PolicySpec,
  kprobe: KprobeSpec,
  path: string,
): NormalHook[] {
  const returns = kprobe.return ?? false;
  const calls = callsOf(ledger, spec, kprobe, path);
  const args = argsAndData(ledger, 'kprobe', kprobe, path);
  // a buffer that the call fills has it waited for, whether or not its result is told
  const waits = returns || args.some(({ returnCopy }) => returnCopy);
  const returnArg =
    kprobe.returnArg && returns
      ? normalReturnArg(ledger, kprobe.returnArg, `${path}/returnArg`, returnable(calls))
      : undefined;
  if (kprobe.returnArg && !returns) {
    ledger.notes.push({
      pointer: `${path}/returnArg`,
      message: 'the return value is not read without return: true',
      fix: 'add return: true, or remove returnArg',
    });
  }
  const returnFollow = followingOf(ledger, kprobe, returnArg, path);
  const sides: Sides = { hook: 'kprobe', args, ...(returnArg ? { returnArg } : {}) };
  const rest = {
    type: 'kprobe' as const,
    path,
    args,
    return: waits,
    ...(returnArg ? { returnArg } : {}),
    ...(returnFollow && { returnFollow }),
    selectors: normalSelectors(ledger, sides, kprobe.selectors ?? [], path),
    ignoreMissing: kprobe.ignore?.callNotFound ?? false,
    ...marks(ledger, kprobe, path),
  };
  refuseUnfilled(ledger, rest);
  noteLateReads(ledger, rest, calls);
  if (calls.some(({ syscall }) => syscall)) refuseKernelObjects(ledger, args);
  if (calls.some(({ syscall }) => !syscall)) refuseRegisters(ledger, args);
  if (asksEnforcer(kprobe)) refuseElsewhere(ledger, spec, calls, `${path}/call`);
  const hooks = calls.map((call) => ({ ...rest, ...call, ...alias('kprobe', call.call) }));
  // of the calls of a list one is enough to tell it
  for (const hook of hooks.slice(0, 1)) noteMistakenArgs(ledger, hook);
  return hooks;
}

/** Nothing where the hook has no other name. */
function alias(type: HookType, call: string): Pick<NormalHook, 'also'> {
  const also = knownAs(type, call);
  return also === undefined ? {} : { also };
}

/** A list may name both kinds: then only what both return. */
function returnable(calls: readonly Call[]): readonly string[] {
  return calls.some(({ syscall }) => syscall) ? RETURNED_BY_SYSCALLS : RETURNED_BY_KERNEL;
}

const FOLLOWINGS: readonly SocketFollowing[] = ['TrackSock', 'UntrackSock'];

/** `returnArgAction`: in any case of letters, as the field has it. */
function followingOf(
  ledger: Ledger,
  { returnArgAction: written }: KprobeSpec,
  returnArg: NormalArg | undefined,
  path: string,
): SocketFollowing | undefined {
  const pointer = `${path}/returnArgAction`;
  if (written === undefined || written === 'Post') return undefined;
  const following = FOLLOWINGS.find((name) => name.toLowerCase() === written.toLowerCase());
  const fix = 'use TrackSock or UntrackSock, or leave it out';
  if (!following) refuse(ledger, pointer, `nothing returned can be done ${excerpt(written)}`, fix);
  else if (returnArg?.type !== 'sock')
    refuse(
      ledger,
      pointer,
      `${following} follows the socket that a call returns, and here none is read`,
      'add return: true and returnArg with type: sock',
    );
  return following;
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
  const call = tracepointCall(tracepoint.raw ?? false, tracepoint.subsystem, tracepoint.event);
  const args = normalArgs(ledger, type, tracepoint.args ?? [], `${path}/args`);
  noteMistakenArgs(ledger, { type, call, args, ...alias(type, call) });
  return {
    type,
    path,
    call,
    ...alias(type, call),
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
    ...alias('lsm', `security_${spec.hook}`),
    syscall: false,
    args,
    return: false,
    selectors: normalSelectors(ledger, { hook: 'lsm', args, lsmHook: spec.hook }, spec.selectors ?? [], path),
    ignoreMissing: false,
    ...marks(ledger, spec, path),
  };
}
