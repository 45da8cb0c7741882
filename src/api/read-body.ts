// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import { Fault } from '../errors.ts';

/** The request's body, once, never more than `limitBytes` of it in memory. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new Fault(
      'unsupported-media',
      `the content encoding "${printable(encoding)}" is not read here: send it uncompressed`,
    );
  }
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const chunks = await chunksOf(request, limitBytes);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** By events: iterating over the stream costs a review more than reading its JSON does. */
function chunksOf(request: IncomingMessage, limitBytes: number): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const settle = (): void => {
      request.off('data', take).off('end', end).off('error', broken).off('close', broken);
    };
    const take = (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      chunks.push(chunk);
      if (sizeBytes <= limitBytes) return;
      settle();
      // the request stays open: the client still gets its answer
      request.pause();
      reject(tooLarge(limitBytes));
    };
    const end = (): void => {
      settle();
      resolve(chunks);
    };
    const broken = (cause?: unknown): void => {
      settle();
      // whatever is said of it later is of no interest, but must not go unheard
      request.on('error', () => undefined);
      reject(new Fault('bad-request', 'the request ended before its body was complete', { cause }));
    };
    if (request.destroyed || request.readableEnded) broken(request.errored ?? undefined);
    else request.on('data', take).on('end', end).on('error', broken).on('close', broken);
  });
}

function tooLarge(limitBytes: number): Fault {
  return new Fault('too-large', `the body is larger than ${limitBytes} bytes: a policy is a few kilobytes`);
}

function printable(text: string): string {
  return text.slice(0, 60).replace(/[^\x20-\x7e]/g, '?');
}
