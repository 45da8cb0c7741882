// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whole or not at all: whoever reads meanwhile finds the old file or the new one. */
export function replaceFile(path: string, bytes: Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const half = `${path}.${process.pid}.new`;
  writeFileSync(half, bytes, { mode, flush: true });
  renameSync(half, path);
}
