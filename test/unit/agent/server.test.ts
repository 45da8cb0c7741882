// SPDX-License-Identifier: Apache-2.0
/** The agent's door on a real socket, through the gate's own client and by hand. */
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { serveAgent } from '../../../src/agent/server.ts';
import type { Fault } from '../../../src/errors.ts';
import { HOST_ALONE } from '../../../src/model/facts.ts';
import { agentClient } from '../../../src/service/index.ts';
import { freshDirectory, until } from '../service/gate-under-test.ts';
import { agentUnderTest, document } from './fake-runtime.ts';

async function served(t: TestContext) {
  const under = agentUnderTest();
  const socketPath = join(freshDirectory(), 'agent.sock');
  const server = await serveAgent(under.agent, socketPath);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...under, socketPath, client: agentClient({ socketPath }) };
}

interface Answer {
  status: number;
  type: string | undefined;
  body: { code?: string; detail?: string };
}

function ask(socketPath: string, method: string, path: string, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': Buffer.byteLength(body ?? '') };
    const asked = request({ socketPath, method, path, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const type = response.headers['content-type'];
      resolve({ status: response.statusCode ?? 0, type, body: text ? JSON.parse(text) : {} });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

describe('the agent behind its socket', () => {
  it('does what the gate asks: apply, status, facts, retire', async (t) => {
    const { client, order, receipt, runtime } = await served(t);
    const status = await client.apply(order(document()));
    assert.equal(status.state, 'loaded');
    assert.deepEqual(await client.status(), [status]);
    const facts = await client.facts(HOST_ALONE);
    assert.equal(facts.host, 'h');
    await client.retire('a', receipt({ operation: 'delete', revision: 2, digest: status.digest }));
    assert.equal(runtime.loaded.size, 0);
  });

  it('answers a refused order with the reason, not with a status', async (t) => {
    const { client, order } = await served(t);
    await assert.rejects(client.apply({ ...order(document()), revision: 2 }), (thrown: Fault) => {
      assert.equal(thrown.code, 'forbidden');
      assert.match(thrown.message, /for revision 1, not 2/);
      return true;
    });
  });

  it('shows records of its log, as many as asked for', async (t) => {
    const { client, order, socketPath } = await served(t);
    await client.apply(order(document()));
    const records = await client.auditRecords({ type: 'load.', order: 'descending', limit: 1 });
    assert.deepEqual(
      records.map(({ type }) => type),
      ['load.done'],
    );
    for (const body of ['[1]', '{"limit":"all"}', '{"where":"1=1"}', 'null', '{"type":{}}']) {
      const answer = await ask(socketPath, 'POST', '/v1/audit/records', body);
      assert.deepEqual([answer.status, answer.body.code], [400, 'bad-request'], body);
    }
  });

  it('suspends and resumes without a receipt, and refuses what is no request for it', async (t) => {
    const { client, runtime, socketPath } = await served(t);
    const by = { user: 'ada', groups: [], door: 'cli' as const };
    const made = await client.suspend({ forSeconds: 60, reason: 'a drill', by });
    assert.deepEqual(await client.listSuspensions(), [made]);
    await assert.rejects(client.resume({ policy: 'a', by }), /not suspended/);
    assert.deepEqual(await client.resume({ by }), made);
    const good = { reason: 'a drill', by };
    const bad: [object | null, RegExp][] = [
      [null, /not an object/],
      [{ by }, /reason/],
      [{ ...good, reason: 'x'.repeat(1001) }, /reason/],
      [{ reason: 'a drill' }, /who asks/],
      [{ ...good, by: { user: 'ada', groups: [], door: 'window' } }, /who asks/],
      [{ ...good, forSeconds: -1 }, /forSeconds/],
      [{ ...good, forSeconds: 1.5 }, /forSeconds/],
      [{ ...good, policy: '' }, /policy/],
    ];
    for (const [body, why] of bad) {
      const answer = await ask(socketPath, 'POST', '/v1/suspensions', JSON.stringify(body));
      assert.deepEqual([answer.status, answer.body.code], [400, 'bad-request'], JSON.stringify(body));
      assert.match(answer.body.detail ?? '', why);
    }
    assert.equal(runtime.kernelHost.suspended, false);
  });

  it('exchanges heads of the two logs', async (t) => {
    const { client, audit } = await served(t);
    assert.equal((await client.auditHead()).logId, audit.head().logId);
  });

  it('seals and prunes its log while it writes it, from its own folder only', async (t) => {
    const { client, audit, socketPath } = await served(t);
    audit.append(
      Array.from({ length: 300 }, (_, n) => ({ type: 'load.done', object: `p-${n}`, body: { n } })),
    );
    const by = { user: 'ada', groups: [], door: 'api' as const };
    const sealed = await client.sealAudit({ by });
    assert.deepEqual([sealed.object, sealed.actor?.user], ['records-0-255.segment', 'ada']);
    await assert.rejects(client.sealAudit({ until: '2001-01-01T00:00:00Z', by }), /nothing to seal/);
    const pruned = await client.pruneAudit({ segments: [String(sealed.object)], reason: 'room', by });
    assert.deepEqual([pruned.body.before, pruned.body.because], [256, 'room']);
    await audit.pruned();
    assert.deepEqual(
      await client.auditRecords({ after: 10, limit: 1 }),
      await client.auditRecords({ after: 255, limit: 1 }),
    );
    const bad = [
      ['segments', '{"until":"soon"}'],
      ['prunings', '{"segments":["../audit.db"],"reason":"x"}'],
      ['prunings', '{"segments":["/etc/passwd"],"reason":"x"}'],
      ['prunings', '{"segments":["records-0-255.segment"],"reason":" "}'],
      ['prunings', '{"segments":[],"reason":"x"}'],
      ['prunings', 'null'],
    ];
    for (const [route, body] of bad) {
      const answer = await ask(socketPath, 'POST', `/v1/audit/${route}`, body);
      assert.deepEqual([answer.status, answer.body.code], [400, 'bad-request'], body);
    }
  });

  it('streams events until the listener goes', async (t) => {
    const { client, agent } = await served(t);
    const stop = new AbortController();
    const got: string[] = [];
    const listening = (async () => {
      for await (const { time } of client.events(stop.signal)) got.push(time);
    })();
    const publish = setInterval(() => agent.bus.publish({ node_name: 'n', time: 't' }), 5);
    await until(() => got.length > 2, 'events');
    clearInterval(publish);
    stop.abort();
    await listening.catch(() => undefined);
    assert.equal(got[0], 't');
  });
});

describe('what the socket will not take', () => {
  // biome-ignore format: a table is read in rows
  const TABLE: [string, string, string, string | undefined, number, string, RegExp][] = [
    ['a path it does not have', 'GET', '/v1/nothing', undefined, 404, 'not-found', /no GET \/v1\/nothing/],
    ['a method it does not have', 'POST', '/v1/policies/a', '{}', 404, 'not-found', /no POST/],
    ['a body that is no JSON', 'PUT', '/v1/policies/a', '{', 400, 'unreadable', /not JSON/],
    ['no body', 'PUT', '/v1/policies/a', '', 400, 'unreadable', /not JSON/],
    ['an order for another policy', 'PUT', '/v1/policies/a', '{"key":"b"}', 400, 'bad-request', /for b, the path names a/],
    ['an order that is null', 'PUT', '/v1/policies/a', 'null', 400, 'bad-request', /the path names a/],
    ['an order without a document', 'PUT', '/v1/policies/a', '{"key":"a"}', 400, 'unreadable', /JSON values only/],
    ['an order whose document is a text', 'PUT', '/v1/policies/a', '{"key":"a","document":"x"}', 422, 'invalid', /not a valid policy/],
    ['a deletion without a receipt', 'DELETE', '/v1/policies/a', 'null', 403, 'forbidden', /no receipt/],
    ['a receipt that is none', 'DELETE', '/v1/policies/a', '{"body":{}}', 403, 'forbidden', /not signed/],
    ['a receipt that is a number', 'DELETE', '/v1/policies/a', '7', 403, 'forbidden', /not signed/],
    ['a key that cannot be decoded', 'PUT', '/v1/policies/%zz', '{}', 400, 'bad-request', /%zz/],
    ['a facts query that is null', 'POST', '/v1/facts', 'null', 400, 'bad-request', /facts/],
    ['a facts query that is none', 'POST', '/v1/facts', '{"functions":"all"}', 400, 'bad-request', /facts/],
  ];
  for (const [what, method, path, body, status, code, words] of TABLE) {
    it(`${what}: ${status} ${code}, and it lives`, async (t) => {
      const { socketPath, client, runtime } = await served(t);
      const answer = await ask(socketPath, method, path, body);
      assert.deepEqual([answer.status, answer.body.code], [status, code], answer.body.detail);
      assert.match(answer.body.detail ?? '', words);
      assert.equal(answer.type, 'application/problem+json');
      assert.deepEqual([await client.status(), runtime.calls], [[], []]);
    });
  }

  it('more than it can hold', async (t) => {
    const { socketPath, client } = await served(t);
    const answer = await ask(socketPath, 'PUT', '/v1/policies/a', Buffer.alloc(17 << 20, 32)).catch(
      () => undefined,
    );
    if (answer) assert.equal(answer.status, 413);
    assert.deepEqual(await client.status(), []);
  });
});

describe('the socket', () => {
  it('opens for its owner and group only, and takes the place of one that was left behind', async (t) => {
    const under = agentUnderTest();
    const socketPath = join(freshDirectory(), 'agent.sock');
    writeFileSync(socketPath, 'left behind');
    const server = await serveAgent(under.agent, socketPath);
    t.after(() => server.close());
    const { mode } = statSync(socketPath);
    assert.equal(mode & 0o777, 0o660);
    assert.deepEqual(await agentClient({ socketPath }).status(), []);
  });
});
