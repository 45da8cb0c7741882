// SPDX-License-Identifier: Apache-2.0
/** Whether what a captured function or LSM hook is handed is enough for what a hook's selectors decide on. */
import type { NormalHook } from '../model/normal-policy.ts';
import type { LoweredArg } from './lowering-table.ts';
import { isUserText } from './routes.ts';

/** Every argument at these positions has a row. */
export function covers(
  args: Record<number, LoweredArg>,
  hook: NormalHook,
  positions: Iterable<number>,
): boolean {
  return [...positions].every((position) => {
    const arg = hook.args[position];
    if (arg?.source) return !isUserText(arg);
    return args[arg?.index ?? -1] !== undefined;
  });
}

/** Every operator that decides has a row, for the values it is given. */
export function decidable(args: Record<number, LoweredArg>, hook: NormalHook): boolean {
  return hook.selectors
    .flatMap((s) => s.matchArgs)
    .every(({ argPosition, argIndex, operator, values }) => {
      if (hook.args[argPosition]?.source) return true;
      const { operators, bits } = args[argIndex] ?? {};
      if (operators !== undefined && !operators.includes(operator)) return false;
      return (
        bits === undefined ||
        values.every((v) => (BigInt.asUintN(32, BigInt(v)) & ~BigInt.asUintN(32, BigInt(bits))) === 0n)
      );
    });
}
