// SPDX-License-Identifier: Apache-2.0
/** `kernelStackTrace` and `userStackTrace` of a Post. */
import type { ActionSpec } from '../document.ts';
import type { HookType, NormalAction } from '../normal-policy.ts';
import { type Ledger, refuse } from './ledger.ts';

/** What an event has besides its arguments. */
const FIELDS = ['kernelStackTrace', 'userStackTrace', 'imaHash'] as const;

export function stacks(
  ledger: Ledger,
  hook: HookType,
  { kernelStackTrace = false, userStackTrace = false }: ActionSpec,
  path: string,
): Pick<NormalAction, 'kernelStackTrace' | 'userStackTrace'> {
  if (kernelStackTrace && (hook === 'uprobe' || hook === 'usdt')) {
    const message = 'at a place in a program the kernel has no stack but that of the trap itself';
    refuse(ledger, `${path}/kernelStackTrace`, message, 'use userStackTrace');
  }
  return {
    ...(kernelStackTrace && { kernelStackTrace }),
    ...(userStackTrace && { userStackTrace }),
  };
}

/** They are part of an event, and only a Post says what an event has. */
export function refuseStrayParts(ledger: Ledger, spec: ActionSpec, action: string, path: string): void {
  for (const field of FIELDS) {
    if (!spec[field]) continue;
    const message = `${field} is part of an event: ${action} has none of its own`;
    refuse(ledger, `${path}/${field}`, message, 'put it on a Post beside it');
  }
}
