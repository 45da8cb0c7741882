// SPDX-License-Identifier: Apache-2.0
/** Where the return is waited for, arguments are read then: what the call itself takes away is not there any more. */
import type { NormalHook } from '../normal-policy.ts';
import type { Call } from './calls.ts';
import type { Ledger } from './ledger.ts';

/** By call: the types of what is gone, and why. */
const GONE: Readonly<Record<string, { types: readonly string[]; why: string }>> = {
  sys_execve: { types: ['string', 'char_buf'], why: 'the memory of the program that asked is gone' },
  sys_execveat: { types: ['string', 'char_buf'], why: 'the memory of the program that asked is gone' },
  sys_close: { types: ['fd'], why: 'the descriptor is closed' },
};

export function noteLateReads(
  ledger: Ledger,
  hook: Pick<NormalHook, 'args' | 'return'>,
  calls: readonly Call[],
): void {
  if (!hook.return) return;
  for (const { call, syscall } of calls) {
    const gone = syscall && Object.hasOwn(GONE, call) ? GONE[call] : undefined;
    for (const { type, path } of hook.args)
      if (gone?.types.includes(type))
        ledger.notes.push({
          pointer: path,
          message: `it is read when ${call} returns, and where that succeeds ${gone.why}: no filter on it matches`,
          fix: 'leave return out, or put the argument into a hook of its own without it',
        });
  }
}
