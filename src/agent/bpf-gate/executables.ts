// SPDX-License-Identifier: Apache-2.0
/** Executables that may become known loaders: what has to hold of a file before its content is worth reading. */
import { closeSync, fstatSync } from 'node:fs';
import { isLocal, openAtOnce } from '../../kernel/mounts.ts';

const SIZE_MAX_BYTES = 1024n ** 3n;
/** A change within the tick of the clock that the last one was in leaves the same time: such a file is looked at later. */
const SETTLED_MS = 50;
const FILE_TYPE = 0o170000n;
const REGULAR = 0o100000n;

export interface Executable {
  fd: number;
  /** of its last change, before it is read */
  ctimeNs: bigint;
  uid: number;
  mode: number;
}

/** What an open descriptor is of. Throws what keeps it from being known. */
export function statExecutable(fd: number): Omit<Executable, 'fd'> {
  const { ctimeNs, size, uid, mode } = fstatSync(fd, { bigint: true });
  if ((mode & FILE_TYPE) !== REGULAR) throw new Error('it is no regular file');
  if (size > SIZE_MAX_BYTES) throw new Error('it is larger than a loader may be (1 GiB)');
  if (Date.now() - Number(ctimeNs / 1_000_000n) < SETTLED_MS) throw new Error('it has only just changed');
  return { ctimeNs, uid: Number(uid), mode: Number(mode) };
}

/** Hands over the open file; what `use` rejects with, and what the file system says, is passed on. */
export async function withExecutable<T>(path: string, use: (found: Executable) => Promise<T>): Promise<T> {
  const fd = openAtOnce(path, 'self');
  if (fd === undefined) throw new Error('whoever serves its file system decides what is read there');
  try {
    return await use({ fd, ...statExecutable(fd) });
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether this kernel alone decides what a file holds, and sees each change of it: an overlay shows another inode than the one that
 * is written to, and whoever serves a file system may show one content to a reader and another to who runs it.
 */
export const showsChanges = (fd: number): boolean => isLocal(fd);
