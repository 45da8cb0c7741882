// SPDX-License-Identifier: Apache-2.0
/** The last good bundle of a server, so that a gate starts with rules while the server is away. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface KeptCopy {
  keep(archive: Uint8Array): void;
  read(): Buffer | undefined;
}

export function keptCopy(stateDir: string): KeptCopy {
  const path = join(stateDir, 'gate', 'fetched-bundle.tar.gz');
  return {
    keep: (archive) => replaceFile(path, archive),
    read: () => (existsSync(path) ? readFileSync(path) : undefined),
  };
}

/** Whole or not at all: whoever reads meanwhile finds the old file or the new one. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const half = `${path}.${process.pid}.new`;
  writeFileSync(half, bytes, { mode: 0o600, flush: true });
  renameSync(half, path);
}
