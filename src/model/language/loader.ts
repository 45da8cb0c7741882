// SPDX-License-Identifier: Apache-2.0
/** `loader` in normal form: a hook that nothing narrows, on every executable file that is mapped. */
import type { NormalHook } from '../normal-policy.ts';
import { matchAll } from './selectors.ts';

export function loaderHook(): NormalHook {
  const path = '/spec/loader';
  return {
    ...{ type: 'loader', path, call: 'loader', syscall: false, args: [], return: false },
    ...{ selectors: [matchAll(path)], ignoreMissing: false, tags: [] },
  };
}
