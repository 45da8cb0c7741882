// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the executables of culprits, each file hashed once and one after the other. A file is only taken for the one that ran
 * where its inode and time of change are those that the kernel saw.
 */
import { closeSync, fstatSync } from 'node:fs';
import { sha256Of } from '../../kernel/file-digest.ts';
import { openAtOnce } from '../../kernel/mounts.ts';

export type Digest = { sha256: string } | { noDigest: string };

/** An executable as a record of the kernel names it. */
export interface RanExecutable {
  tgid: number;
  exe: { path: string; device: number; inode: bigint; ctimeNs: bigint };
  /** whether an open file is that one; its time of change is compared before */
  isIt(fd: number, inode: bigint): boolean;
}

const KNOWN_MOST = 2048;
const BYTES_MOST = 1n << 30n;
/** Anybody may call bpf(2), with as many files and as large ones as there is room for. */
const WAITING_MOST = 64;
const WAIT_MS = 5000;

const AT_HAND = new WeakMap<Promise<Digest>, Digest>();

export class ExeDigests {
  readonly #known = new Map<string, Promise<Digest>>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Begins with the file at once: the process may end at any moment. Never rejects. */
  of(ran: RanExecutable): Promise<Digest> {
    const { device, inode, ctimeNs } = ran.exe;
    const key = `${device} ${inode} ${ctimeNs}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (inode === 0n) return atHand({ noDigest: 'it has no executable' });
    if (this.#waiting >= WAITING_MOST) return atHand({ noDigest: 'too many others waited to be read' });
    const fd = openedOf(ran);
    if (fd === undefined) return atHand({ noDigest: 'it had gone before it could be read' });
    const digest = this.#inTurn(fd);
    this.#keep(key, digest);
    return digest;
  }

  #keep(key: string, result: Promise<Digest>): void {
    this.#known.set(key, result);
    const oldest = this.#known.size > KNOWN_MOST ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  #inTurn(fd: number): Promise<Digest> {
    this.#waiting++;
    const digest = this.#last.then(() => hashOf(fd));
    this.#last = digest.then((found) => {
      AT_HAND.set(digest, found);
      closeSync(fd);
      this.#waiting--;
    });
    return digest;
  }
}

function atHand(found: Digest): Promise<Digest> {
  const digest = Promise.resolve(found);
  AT_HAND.set(digest, found);
  return digest;
}

/** For a record that cannot wait. */
export function digestNow(digest: Promise<Digest>): Digest {
  return AT_HAND.get(digest) ?? { noDigest: 'there was no time to read it' };
}

/** Until when a digest is waited for, from when it was first. */
const waitedFor = new WeakMap<Promise<Digest>, number>();

/** A slow disk holds one record up, not the log: what one has waited for, the next does not wait for again. */
export async function digestSoon(digest: Promise<Digest>, waitMs = WAIT_MS): Promise<Digest> {
  const untilMs = waitedFor.get(digest) ?? performance.now() + waitMs;
  waitedFor.set(digest, untilMs);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Digest>((resolve) => {
    const leftMs = Math.max(0, untilMs - performance.now());
    timer = setTimeout(() => resolve({ noDigest: 'reading it took too long' }), leftMs);
  });
  try {
    return await Promise.race([digest, late]);
  } finally {
    clearTimeout(timer);
  }
}

function openedOf({ tgid, exe, isIt }: RanExecutable): number | undefined {
  for (const [path, viewer] of [
    [`/proc/${tgid}/exe`, tgid],
    [exe.path, 'self'],
  ] as const) {
    const fd = opened(path, viewer);
    if (fd === undefined) continue;
    if (isSame(fd, exe.ctimeNs, isIt)) return fd;
    closeSync(fd);
  }
  return undefined;
}

/** Anybody may call bpf(2), and be refused: nobody is waited for. */
function opened(path: string, viewer: number | 'self'): number | undefined {
  try {
    return path.startsWith('/') ? openAtOnce(path, viewer) : undefined;
  } catch {
    return undefined;
  }
}

function isSame(fd: number, expectedNs: bigint, isIt: RanExecutable['isIt']): boolean {
  const { ino, ctimeNs, size } = fstatSync(fd, { bigint: true });
  return ctimeNs === expectedNs && size <= BYTES_MOST && isIt(fd, ino);
}

async function hashOf(fd: number): Promise<Digest> {
  try {
    return { sha256: await sha256Of(fd) };
  } catch (thrown) {
    return { noDigest: `it could not be read: ${(thrown as Error).message}` };
  }
}
