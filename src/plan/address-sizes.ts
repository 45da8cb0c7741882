// SPDX-License-Identifier: Apache-2.0
/**
 * How long a unix socket's address is: no NUL has to end it, and behind it lies whatever was there before. What is handed an
 * address is handed its length as well, in the next parameter.
 */
import type { FunctionPrototype } from '../model/facts.ts';
import type { NormalHook } from '../model/normal-policy.ts';

const PARAMETERS = 5;
const LENGTH = /^(int|unsigned int|socklen_t)$/;
/** System calls with an address and its length in the next parameter; their wrappers have no such types. */
const SYSCALLS: readonly string[] = ['sys_connect', 'sys_bind', 'sys_sendto'];

/** Of a system call there is no prototype. */
export function withAddressSizes(hook: NormalHook, prototype?: FunctionPrototype): NormalHook {
  const args = hook.args.map((arg) => {
    if (arg.type !== 'sockaddr_un' || arg.resolve !== undefined) return arg;
    const next = arg.index + 1;
    const told = prototype ? LENGTH.test(prototype.params[next]?.type ?? '') : SYSCALLS.includes(hook.call);
    return told && next < PARAMETERS ? { ...arg, sizeArgIndex: next + 1 } : arg;
  });
  return { ...hook, args };
}
