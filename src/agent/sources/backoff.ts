// SPDX-License-Identifier: Apache-2.0
export interface BackoffOptions {
  firstMs: number;
  maxMs: number;
}

export const BACKOFF: BackoffOptions = { firstMs: 250, maxMs: 30_000 };

/** Doubles with each failure in a row; the upper half is drawn by lot, so that a thousand hosts do not knock at once. */
export function backoffMs(failures: number, { firstMs, maxMs }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));
  return ceiling * (0.5 + Math.random() / 2);
}

/** Resolves after the time, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
