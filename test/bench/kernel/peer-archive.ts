// SPDX-License-Identifier: Apache-2.0
/** Tetragon's own binaries, which lie beside the checkout where somebody has put them; unpacked once, into the lab's folder. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { labRoot } from '../../../setup/lab-kernels.mjs';
import { root, say } from '../../../setup/steps.mjs';

const ARCHIVE = join(root, '../shared/tools/tetragon.tar.xz');

/** The folder with `tetragon`, `tetra` and `bpf/`; undefined when the archive is not there. */
export function tetragonDir(): string | undefined {
  if (!existsSync(ARCHIVE)) return undefined;
  const digest = createHash('sha256').update(readFileSync(ARCHIVE)).digest('hex').slice(0, 16);
  const place = join(labRoot, 'peers', digest);
  if (!existsSync(place)) {
    say('unpacking Tetragon into the lab');
    mkdirSync(dirname(place), { recursive: true });
    const fresh = mkdtempSync(`${place}.`);
    try {
      execFileSync('tar', ['-xJf', ARCHIVE, '-C', fresh]);
      renameSync(fresh, place);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return join(place, 'tetragon');
}
