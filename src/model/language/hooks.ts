// SPDX-License-Identifier: Apache-2.0
/** `kprobes[]`, `tracepoints[]` and `lsmhooks[]` in normal form. */
import type { KprobeSpec, LsmHookSpec, PolicySpec, TracepointSpec } from '../document.ts';
import type { NormalHook } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { normalArgs, normalReturnArg, refuseKernelObjects } from './arguments.ts';
import { callsOf } from './calls.ts';
import { asksEnforcer, refuseElsewhere } from './enforcers.ts';
import { type Ledger, refuse, refuseFields, refuseUnsupported } from './ledger.ts';
import { marks, normalSelectors, type Sides } from './selectors.ts';

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
  if (asksEnforcer(kprobe)) refuseElsewhere(ledger, spec, calls, `${path}/call`);
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
