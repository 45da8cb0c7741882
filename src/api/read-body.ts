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
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    // the request stays open when it is too large: the client still gets its answer
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
      chunks.push(chunk as Buffer);
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('bad-request', 'the request ended before its body was complete', { cause: thrown });
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function tooLarge(limitBytes: number): Fault {
  return new Fault('too-large', `the body is larger than ${limitBytes} bytes: a policy is a few kilobytes`);
}

function printable(text: string): string {
  return text.slice(0, 60).replace(/[^\x20-\x7e]/g, '?');
}
