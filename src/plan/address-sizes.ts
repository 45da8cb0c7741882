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
const SYSCALLS: readonly string[] = ['sys_connect', 'sys_bind'];

/**
 * Why no name of a socket can be compared here, or undefined: without its length anybody may write on behind it, and has another
 * name that means the same.
 */
export function unsizedName(sized: NormalHook): string | undefined {
  const compared = sized.selectors.flatMap(({ matchArgs }) => matchArgs.map((match) => match.argPosition));
  const arg = sized.args.find(
    (one, at) => one.type === 'sockaddr_un' && !one.sizeArgIndex && compared.includes(at),
  );
  return (
    arg &&
    `how long the address in parameter ${arg.index} of ${sized.call} is cannot be read, so its name cannot be compared: hook security_socket_connect or security_socket_bind`
  );
}

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
