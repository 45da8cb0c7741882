// SPDX-License-Identifier: Apache-2.0
/** The bodies an API server answers with: one document, or a stream of events, a line each. */
import type { IncomingMessage } from 'node:http';
import { Fault } from '../../errors.ts';
import { isPlainObject, type StoredObject } from './stored-object.ts';

/** An etcd value is at most some megabytes; this leaves room for its JSON. */
const LINE_LIMIT_BYTES = 16 << 20;
const PAGE_LIMIT_BYTES = 256 << 20;

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: StoredObject;
}

/** The version to go on from has left the server's history: only a new list helps. */
export class Gone extends Error {}

function cutWhenSilent(response: IncomingMessage, idleMs: number): void {
  response.setTimeout(idleMs, () =>
    response.destroy(new Error(`the API server sent nothing for ${idleMs} ms`)),
  );
}

export async function documentOf(response: IncomingMessage, idleMs: number): Promise<unknown> {
  cutWhenSilent(response, idleMs);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > PAGE_LIMIT_BYTES)
      throw new Fault('too-large', `the API server's answer is larger than ${PAGE_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8');
      [rest, size, from] = [[], 0, end + 1];
    }
    rest.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > LINE_LIMIT_BYTES)
      throw new Fault('too-large', `one watch event is larger than ${LINE_LIMIT_BYTES} bytes`);
  }
  // what is left is half an event: it comes again, the version to go on from lies before it
}

const TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

function eventIn(line: string): WatchEvent {
  const event: unknown = JSON.parse(line);
  if (!isPlainObject(event) || !TYPES.has(String(event.type)) || !isPlainObject(event.object))
    throw new Fault('unreadable', `this is no watch event: ${line.slice(0, 200)}`);
  return event as unknown as WatchEvent;
}

/** The events of a watch until the server ends it. Throws Gone, and whatever else cuts the stream. */
export async function* eventsOf(response: IncomingMessage, idleMs: number): AsyncGenerator<WatchEvent> {
  cutWhenSilent(response, idleMs);
  try {
    for await (const line of linesOf(response)) {
      if (line.trim() === '') continue;
      const event = eventIn(line);
      if (event.type === 'ERROR') throw errorOf(event.object);
      yield event;
    }
  } finally {
    response.destroy();
  }
}

/** A Status object as what it means: HTTP 410 and its twin inside a stream are one thing. */
export function errorOf(status: unknown, httpStatus?: number): Error {
  const { code, reason, message } = isPlainObject(status) ? status : {};
  const number = typeof code === 'number' ? code : httpStatus;
  const words = `the API server answered ${number ?? 'an error'}: ${String(message ?? reason ?? '')}`;
  if (number === 410 || reason === 'Expired' || reason === 'Gone') return new Gone(words);
  return new Fault(number === 401 || number === 403 ? 'forbidden' : 'internal', words);
}
