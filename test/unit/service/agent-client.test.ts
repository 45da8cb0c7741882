// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fault } from '../../../src/errors.ts';
import type { PolicyOrder } from '../../../src/model/agent-port.ts';
import { agentClient } from '../../../src/service/index.ts';
import { freshDirectory } from './gate-under-test.ts';

async function withAgent(
  answer: RequestListener,
  use: (socketPath: string, server: Server) => Promise<void>,
) {
  const socketPath = join(freshDirectory(), 'agent.sock');
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    await use(socketPath, server);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('an order goes to its key, with the order as the body', async () => {
  const seen: unknown[] = [];
  const answer: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push([request.method, request.url, JSON.parse(Buffer.concat(chunks).toString())]);
    response.end(JSON.stringify({ state: 'loaded' }));
  };
  await withAgent(answer, async (socketPath) => {
    const order = { key: 'team/a b', revision: 1 } as PolicyOrder;
    const status = await agentClient({ socketPath }).apply(order);
    assert.equal(status.state, 'loaded');
    assert.deepEqual(seen, [['PUT', '/v1/policies/team%2Fa%20b', order]]);
  });
});

test('what the agent refuses keeps its code and words', async () => {
  const answer: RequestListener = (_, response) => {
    response.writeHead(403, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ code: 'forbidden', detail: 'the receipt is for another document' }));
  };
  await withAgent(answer, async (socketPath) => {
    const refused = agentClient({ socketPath }).status();
    await assert.rejects(refused, (f: Fault) => f.code === 'forbidden' && /another document/.test(f.message));
  });
});

test('no agent, a broken answer, a status without a reason and silence all mean: away', async () => {
  const isAway = (fault: Fault) => fault.code === 'agent-away';
  const nobody = agentClient({ socketPath: '/nowhere/agent.sock' }).status();
  await assert.rejects(
    nobody,
    (f: Fault) => isAway(f) && /there is no such socket\. Start it/.test(f.message),
  );
  const inTheWay = agentClient({ socketPath: import.meta.filename }).status();
  await assert.rejects(inTheWay, (f: Fault) => isAway(f) && /connect E/.test(f.message));
  const answers: RequestListener[] = [
    (_, response) => response.end('no json'),
    (_, response) => response.writeHead(500).end('<html>'),
    (_, response) => response.writeHead(500).end('{"code":"__proto__"}'),
    (_, response) => response.writeHead(200, { 'content-length': '100' }).write('{') && response.destroy(),
    () => {},
  ];
  for (const answer of answers) {
    await withAgent(answer, async (socketPath) => {
      await assert.rejects(agentClient({ socketPath, timeoutMs: 200 }).status(), isAway);
    });
  }
});

test('events arrive line by line, however they are cut, until nobody listens any more', async () => {
  const answer: RequestListener = async (_, response) => {
    const text = `{"node_name":"a\u2028b"}\n{"node_name":"ö"}\n`;
    for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
  };
  await withAgent(answer, async (socketPath) => {
    const stop = new AbortController();
    const names: string[] = [];
    for await (const event of agentClient({ socketPath }).events(stop.signal)) {
      names.push(event.node_name);
      if (names.length === 2) stop.abort();
    }
    assert.deepEqual(names, ['a\u2028b', 'ö']);
  });
});
