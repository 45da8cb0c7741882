// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from 'node:http';
import { asFault, Fault } from '../../errors.ts';
import type { TraceEvent } from '../../model/event.ts';
import { type EventQuery, eventFilter } from '../event-filter.ts';
import { problemOf } from '../problem.ts';
import type { Route, Schema } from '../route.ts';

const list: Schema = { type: 'string', minLength: 1, maxLength: 2000, description: 'separated by commas' };
const KEEPALIVE_MS = 15_000;

export const streamEvents: Route = {
  method: 'get',
  path: '/v1/events',
  id: 'streamEvents',
  summary: 'Events from now on, as SSE or NDJSON by Accept',
  access: 'auditor',
  query: {
    ...{ namespaces: list, pods: list, processes: list, 'policy-names': list, 'event-types': list },
    host: { type: 'boolean' },
  },
  answers: { 200: { description: 'a line of JSON an event', type: 'application/x-ndjson' } },
  async handle({ service, query, headers, response }) {
    const { agent } = service;
    if (agent === undefined) throw new Fault('agent-away', 'this gate has no agent: there are no events');
    // asked before the answer begins: an agent that is away is a problem, not an empty stream
    await agent.status();
    const stop = new AbortController();
    response.once('close', () => stop.abort());
    const sse = (headers.accept ?? '').includes('text/event-stream');
    await stream(agent.events(stop.signal), response, { sse, wanted: eventFilter(query as EventQuery) });
    return { status: 200, streamed: true };
  },
};

interface Form {
  sse: boolean;
  wanted: (event: TraceEvent) => boolean;
}

async function stream(
  events: AsyncIterable<TraceEvent>,
  response: ServerResponse,
  { sse, wanted }: Form,
): Promise<void> {
  response.writeHead(200, {
    'content-type': sse ? 'text/event-stream' : 'application/x-ndjson',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.flushHeaders();
  // a comment, or an empty line: so that both ends notice a dead connection
  const keepalive = setInterval(() => response.write(sse ? ':\n\n' : '\n'), KEEPALIVE_MS);
  try {
    for await (const event of events)
      if (wanted(event))
        await write(response, sse ? `data: ${JSON.stringify(event)}\n\n` : `${JSON.stringify(event)}\n`);
  } catch (thrown) {
    const problem = JSON.stringify(problemOf(asFault(thrown)));
    if (sse) response.write(`event: problem\ndata: ${problem}\n\n`);
  } finally {
    clearInterval(keepalive);
    response.end();
  }
}

/** Waits where the reader is slower than the events: what it misses is counted where events are made. */
async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.write(text) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
