// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the executables of culprits, each file hashed once. A file is only taken for the one that ran where its inode and
 * time of change are those that the kernel saw.
 */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync } from 'node:fs';
import { openAtOnce } from '../../kernel/mounts.ts';
import type { RawCulprit } from './audit-records.ts';

export type Digest = { sha256: string } | { noDigest: string };

const KNOWN_MOST = 2048;
const BYTES_MOST = 1n << 30n;
/** A merged file system shows inode numbers of its own. */
const OVERLAY_MAGIC = 0x794c7630;

export class ExeDigests {
  readonly #known = new Map<string, Promise<Digest>>();

  /** Begins with the file at once: the process may end at any moment. Never rejects. */
  of({ tgid, exe }: RawCulprit): Promise<Digest> {
    const key = `${exe.device} ${exe.inode} ${exe.ctimeNs}`;
    const known = this.#known.get(key);
    if (known) return known;
    const digest = this.#begin(tgid, exe);
    if (digest.sure) this.#keep(key, digest.result);
    return digest.result;
  }

  #keep(key: string, result: Promise<Digest>): void {
    this.#known.set(key, result);
    const oldest = this.#known.size > KNOWN_MOST ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  #begin(tgid: number, exe: RawCulprit['exe']): { result: Promise<Digest>; sure: boolean } {
    if (exe.inode === 0n)
      return { result: Promise.resolve({ noDigest: 'it has no executable' }), sure: false };
    for (const [path, viewer] of [
      [`/proc/${tgid}/exe`, tgid],
      [exe.path, 'self'],
    ] as const) {
      const fd = opened(path, viewer);
      if (fd === undefined) continue;
      if (isSame(fd, exe)) return { result: hashOf(fd), sure: true };
      closeSync(fd);
    }
    return { result: Promise.resolve({ noDigest: 'it had gone before it could be read' }), sure: false };
  }
}

/** Anybody may call bpf(2), and be refused: nobody is waited for. */
function opened(path: string, viewer: number | 'self'): number | undefined {
  try {
    return path.startsWith('/') ? openAtOnce(path, viewer) : undefined;
  } catch {
    return undefined;
  }
}

function isSame(fd: number, exe: RawCulprit['exe']): boolean {
  const { ino, ctimeNs, size } = fstatSync(fd, { bigint: true });
  const sameInode = ino === exe.inode || exe.magic === OVERLAY_MAGIC;
  return sameInode && ctimeNs === exe.ctimeNs && size <= BYTES_MOST;
}

async function hashOf(fd: number): Promise<Digest> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream('', { fd, highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
    return { sha256: hash.digest('hex') };
  } catch (thrown) {
    return { noDigest: `it could not be read: ${(thrown as Error).message}` };
  }
}
