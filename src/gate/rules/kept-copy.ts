// SPDX-License-Identifier: Apache-2.0
/** The last good bundle of a server, so that a gate starts with rules while the server is away. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../guardrails/index.ts';

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
