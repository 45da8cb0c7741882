// SPDX-License-Identifier: Apache-2.0
/** One name for what has several, so that a guardrail that lists a call means each of its doors. */
import type { HookType } from '../normal-policy.ts';
import { subsystemOf } from './raw-events.ts';

/** Entry and exit of a system call as tracepoints, and the functions of the kernel that are its body. */
const CALL_EVENT = /^syscalls\/sys_(?:enter|exit)_(\w+)$/;
const CALL_BODY = /^(?:__(?:do|se)_(?:compat_)?sys_|(?:compat_|__|___|k)sys_)(\w+)$/;
/** What a compiler adds to the name of a copy that it has made of a function. */
const COPY = /\.(?:isra|constprop|part|cold|llvm|localalias)(?:\.\d+)*/g;

/** LSM hooks whose function has another name than `security_` and theirs. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  security_bprm_check_security: 'security_bprm_check',
  security_bprm_creds_from_file: 'security_bprm_creds_from_file',
  security_socket_sock_rcv_skb: 'security_sock_rcv_skb',
  security_settime: 'security_settime64',
  security_current_getsecid_subj: 'security_current_getsecid',
};

/** The other name of what a hook is on; undefined where it has none. */
export function knownAs(type: HookType, call: string): string | undefined {
  if (type === 'tracepoint') return systemCall(CALL_EVENT.exec(call));
  if (type === 'lsm') return FUNCTIONS[call];
  if (type !== 'kprobe') return undefined;
  const bare = call.replace(COPY, '');
  return systemCall(CALL_BODY.exec(bare)) ?? (bare === call ? undefined : bare);
}

const systemCall = (match: RegExpExecArray | null) => (match ? `sys_${match[1]}` : undefined);

/** `subsystem/event`: a raw tracepoint is found by its event alone, whatever subsystem is written. */
export function tracepointCall(raw: boolean, subsystem: string, event: string): string {
  return `${(raw ? subsystemOf(event) : undefined) ?? subsystem}/${event}`;
}
