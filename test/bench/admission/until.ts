// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 30_000;

/** What `look` finds, once it finds it; undefined when it does not within half a minute. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  for (let end = performance.now() + LIMIT_MS; performance.now() < end; await sleep(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}
