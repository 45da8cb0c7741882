// SPDX-License-Identifier: Apache-2.0
import { existsSync, renameSync, rmSync } from 'node:fs';

/** Gives a full file the name FILE.1, what was there FILE.2, and so on; what is beyond the kept ones goes. */
export function shiftFiles(path: string, kept: number): void {
  const nth = (n: number) => (n === 0 ? path : `${path}.${n}`);
  if (kept === 0) rmSync(path, { force: true });
  for (let n = kept - 1; n >= 0; n--) if (existsSync(nth(n))) renameSync(nth(n), nth(n + 1));
}
