// SPDX-License-Identifier: Apache-2.0
/** Paths as the host has them: spelt without the links that lead through them, and what the kernel knows the files by. */
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileFact } from '../model/facts.ts';
import type { InodeFact } from '../model/inode.ts';

/** Asks the kernel about an open descriptor; undefined where it cannot tell. */
export type Identify = (fd: number) => InodeFact | undefined;

/** Neither reads nor writes, and opens what may not be read. */
export const O_PATH = 0o10000000;

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

function inodeOf(path: string, flags: number, identify: Identify | undefined): InodeFact | undefined {
  if (!identify) return undefined;
  let fd: number;
  try {
    fd = openSync(path, O_PATH | flags);
  } catch {
    return undefined;
  }
  try {
    return identify(fd);
  } finally {
    closeSync(fd);
  }
}

export function fileFact(path: string, identify?: Identify): FileFact {
  const target = real(path);
  const entryInode = inodeOf(path, constants.O_NOFOLLOW, identify);
  const targetInode = inodeOf(path, 0, identify);
  return {
    entry: join(folderOf(path), basename(path)),
    ...(target !== undefined && { target }),
    ...(entryInode && { entryInode }),
    ...(targetInode && { targetInode }),
  };
}
