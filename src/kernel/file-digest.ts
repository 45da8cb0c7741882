// SPDX-License-Identifier: Apache-2.0
/** SHA-256 of an open file, read a piece at a time: whoever has it read waits for nobody meanwhile. */
import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';

/** Hashing so much takes less than a millisecond. */
const CHUNK_BYTES = 1 << 18;
const readPiece = promisify(read);

/** In hexadecimal; the descriptor stays open. Rejects with what the kernel says. */
export async function sha256Of(fd: number): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await readPiece(fd, chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
}
