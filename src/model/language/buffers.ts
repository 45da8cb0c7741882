// SPDX-License-Identifier: Apache-2.0
/** `returnCopy` and `maxData`: buffers that a call fills, and those of more than a page. */
import type { ArgSpec } from '../document.ts';
import type { NormalHook } from '../normal-policy.ts';
import { isReturnedObject, REFUSED_TYPE } from './arg-types.ts';
import { type Ledger, refuse } from './ledger.ts';

/** A buffer is filled when the call has returned, with as many bytes as that says; nothing is decided on it before. */
export function refuseUnfilled(
  ledger: Ledger,
  hook: Pick<NormalHook, 'args' | 'returnArg' | 'selectors'>,
): void {
  for (const { returnCopy, path } of hook.args)
    if (returnCopy && hook.returnArg && isReturnedObject(hook.returnArg.type))
      refuse(
        ledger,
        `${path}/returnCopy`,
        `the buffer has as many bytes as the call returns, and that is read as a ${hook.returnArg.type}`,
        'use int64 or another number type in returnArg',
      );
  if (!hook.args.some(({ returnCopy }) => returnCopy)) return;
  for (const match of hook.selectors.flatMap((s) => s.matchArgs))
    if (hook.args[match.argPosition]?.returnCopy)
      refuse(
        ledger,
        match.path,
        'a filter looks at what the call is entered with, before the buffer is filled',
        'filter on another argument',
      );
}

/** What of a buffer is asked of an argument that is none, and what is not done together. */
export function checkBuffer(
  ledger: Ledger,
  { returnCopy, maxData, sizeArgIndex }: ArgSpec,
  type: string,
  pointer: string,
): void {
  if (maxData && type !== 'char_buf' && type !== 'iov_iter')
    refuse(
      ledger,
      `${pointer}/maxData`,
      `a ${type} is read whole, or has a size of its own`,
      'leave maxData out',
    );
  if (!returnCopy) return;
  const at = `${pointer}/returnCopy`;
  if (type !== 'char_buf' && type !== 'char_iovec' && type !== REFUSED_TYPE)
    refuse(ledger, at, `no call fills a ${type}`, 'use type: char_buf');
  if (maxData) refuse(ledger, at, 'returnCopy and maxData are not done together', 'leave one of them out');
  if (sizeArgIndex && type !== 'char_iovec')
    ledger.notes.push({
      pointer: `${pointer}/sizeArgIndex`,
      message: 'with returnCopy the size is what the call returns',
      fix: 'leave it out',
    });
}
