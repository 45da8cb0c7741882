// SPDX-License-Identifier: Apache-2.0
/** Executables by their content: read once, and again when they have changed. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statfsSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;
const SIZE_MAX_BYTES = 1024n ** 3n;
const REMEMBERED = 1024;
/** A change within the tick of the clock that the last one was in leaves the same time: such a file is looked at later. */
const SETTLED_MS = 50;
/** What is written to the file beneath changes nothing of the one that the kernel shows. */
const OVERLAY = 0x794c7630;

export interface Executable {
  fd: number;
  digest: string;
  ctimeNs: bigint;
  uid: number;
  mode: number;
}

const digests = new Map<string, string>();

/** An open descriptor's content; the time of its last change before it was read. Throws what keeps it from being known. */
export function readExecutable(fd: number): Omit<Executable, 'fd'> {
  const { dev, ino, ctimeNs, size, uid, mode } = fstatSync(fd, { bigint: true });
  if ((mode & 0o170000n) !== 0o100000n) throw new Error('it is no regular file');
  if (size > SIZE_MAX_BYTES) throw new Error('it is larger than a loader may be (1 GiB)');
  if (Date.now() - Number(ctimeNs / 1_000_000n) < SETTLED_MS) throw new Error('it has only just changed');
  const key = `${dev}:${ino}:${ctimeNs}:${size}`;
  const digest = digests.get(key) ?? digestOf(fd);
  digests.set(key, digest);
  for (const first of digests.keys()) if (digests.size > REMEMBERED) digests.delete(first);
  return { digest, ctimeNs, uid: Number(uid), mode: Number(mode) };
}

function digestOf(fd: number): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const bytes = readSync(fd, chunk, 0, CHUNK_BYTES, at);
    if (bytes === 0) return `sha256:${hash.digest('hex')}`;
    hash.update(chunk.subarray(0, bytes));
    at += bytes;
  }
}

/** Hands over the open file; what `use` throws, and what the file system says, is thrown on. */
export function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether the kernel would see each change of a file there. */
export function showsChanges(path: string): boolean {
  return statfsSync(path).type !== OVERLAY;
}
