// SPDX-License-Identifier: Apache-2.0
/** Paths as the host has them: spelt without the links that lead through them. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileFact } from '../model/facts.ts';

function real(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined; // not there, or not to be looked up: it is then spelt as it is written
  }
}

/** The folder may be missing too: as much of it as is there is resolved. */
function folderOf(path: string): string {
  const above = dirname(path);
  if (above === path) return path;
  return real(above) ?? join(folderOf(above), basename(above));
}

export function fileFact(path: string): FileFact {
  const target = real(path);
  return { entry: join(folderOf(path), basename(path)), ...(target !== undefined && { target }) };
}
