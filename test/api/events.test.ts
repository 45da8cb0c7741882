// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import type { TraceEvent } from '../../src/model/event.ts';
import { until } from '../unit/service/gate-under-test.ts';
import { runningGate } from './running-gate.ts';

const { gate, agent, ca, adminToken, as } = await runningGate();

function kprobe(policyName: string, binary: string): TraceEvent {
  const process = { exec_id: 'x', pid: 1, binary };
  return {
    process_kprobe: { process, function_name: 'f', action: 'KPROBE_ACTION_POST', policy_name: policyName },
    node_name: 'n',
    time: 't',
  };
}

interface Stream {
  type: string;
  text(): string;
  close(): void;
}

function listen(path: string, accept: string): Promise<Stream> {
  const { hostname, port } = new URL(gate.url);
  const headers = { accept, authorization: `Bearer ${adminToken}` };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, ca, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', () => undefined);
      resolve({
        type: String(response.headers['content-type']),
        text: () => text,
        close: () => asked.destroy(),
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

function publish(event: TraceEvent): void {
  for (const take of agent.listeners) take(event);
}

test('events come as NDJSON, filtered by the words of the query', async () => {
  const stream = await listen(
    '/v1/events?policy-names=a,b&processes=/ln&event-types=PROCESS_KPROBE',
    'application/json',
  );
  await until(() => agent.listeners.size === 1, 'listening');
  publish(kprobe('a', '/usr/bin/ln'));
  publish(kprobe('c', '/usr/bin/ln'));
  publish(kprobe('b', '/usr/bin/cat'));
  publish(kprobe('b', '/bin/ln'));
  await until(() => stream.text().split('\n').length > 2, 'two lines');
  const events = stream
    .text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map((event) => event.process_kprobe.policy_name),
    ['a', 'b'],
  );
  assert.equal(stream.type, 'application/x-ndjson');
  stream.close();
  await until(() => agent.listeners.size === 0, 'nobody listens any more');
});

test('and as server-sent events to whoever asks for them', async () => {
  const stream = await listen('/v1/events', 'text/event-stream');
  await until(() => agent.listeners.size === 1, 'listening');
  publish(kprobe('a', '/x'));
  await until(() => stream.text().includes('\n\n'), 'an event');
  assert.match(stream.text(), /^data: \{"process_kprobe"/);
  assert.equal(stream.type, 'text/event-stream');
  stream.close();
  await until(() => agent.listeners.size === 0, 'nobody listens any more');
});

test('an unknown filter is a 400', async () => {
  assert.equal((await as().get('/v1/events?policy-name=a')).status, 400);
});

test('an agent that is away is a 503, not an empty stream', async () => {
  agent.away = true;
  const { status, body } = await as().get('/v1/events');
  agent.away = false;
  assert.deepEqual([status, body.code], [503, 'agent-away']);
});
