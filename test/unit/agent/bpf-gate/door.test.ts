// SPDX-License-Identifier: Apache-2.0
/** The gate's part of the agent's door, through its client; what is no request never reaches the gate. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { serveAgent } from '../../../../src/agent/server.ts';
import type { BpfGatePort, GateStatus } from '../../../../src/model/bpf-gate.ts';
import { bpfGateClient } from '../../../../src/service/index.ts';
import { freshDirectory } from '../../service/gate-under-test.ts';
import { agentUnderTest } from '../fake-runtime.ts';

const BY = { user: 'pat', groups: ['x'], door: 'cli' as const };
const STATUS: GateStatus = {
  ...{ host: 'h', mode: 'monitor', suspended: false, rules: { digest: 'd', revision: 'r' }, loaders: [] },
  counts: { asked: 1, denied: 2, wouldHave: 3, lost: 0 },
  baseline: { state: 'none', entries: 0, unaccepted: 0 },
};

describe('the door to the gate', () => {
  it('hands on what is asked and what is answered', async (t) => {
    const asked: unknown[] = [];
    const gate: BpfGatePort = {
      gateStatus: async () => STATUS,
      setGate: async (request) => {
        asked.push(request);
        return STATUS;
      },
      admitSuccessor: async (request) => {
        asked.push(request);
        return STATUS;
      },
      baseline: async () => ({ host: 'h', state: 'none', entries: [] }),
      changeBaseline: async (request) => {
        asked.push(request);
        return { host: 'h', state: 'learning', entries: [] };
      },
    };
    const socketPath = join(freshDirectory(), 'agent.sock');
    const server = await serveAgent(agentUnderTest().agent, socketPath, gate);
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    const client = bpfGateClient({ socketPath });
    assert.deepEqual(await client.gateStatus(), STATUS);
    assert.deepEqual(await client.setGate({ mode: 'enforce', reason: 'why', by: BY }), STATUS);
    assert.equal((await client.baseline()).state, 'none');
    const next = { path: '/usr/bin/next', digest: `sha256:${'0'.repeat(64)}`, reason: 'why', by: BY };
    assert.deepEqual(await client.admitSuccessor(next), STATUS);
    await client.changeBaseline({ action: 'accept', digests: ['sha256:aa'], reason: 'why', by: BY });
    assert.deepEqual(asked, [
      { mode: 'enforce', reason: 'why', by: BY },
      next,
      { action: 'accept', digests: ['sha256:aa'], reason: 'why', by: BY },
    ]);
    const wrong: [() => Promise<unknown>, RegExp][] = [
      [() => client.setGate({ mode: 'on' as 'off', reason: 'why', by: BY }), /`mode`/],
      [() => client.setGate({ mode: 'off', reason: ' ', by: BY }), /`reason`/],
      [() => client.setGate({ mode: 'off', reason: 'why', by: {} as typeof BY }), /`by`/],
      [() => client.admitSuccessor({ ...next, path: 'next' }), /`path`/],
      [() => client.admitSuccessor({ ...next, digest: 'sha256:0' }), /`digest`/],
      [() => client.admitSuccessor({ ...next, reason: '' }), /`reason`/],
      [() => client.changeBaseline({ action: 'stop' as 'end', reason: 'why', by: BY }), /`action`/],
      [
        () => client.changeBaseline({ action: 'start', forSeconds: 0, reason: 'why', by: BY }),
        /`forSeconds`/,
      ],
      [
        () => client.changeBaseline({ action: 'accept', digests: 'x' as never, reason: 'why', by: BY }),
        /`digests`/,
      ],
    ];
    for (const [call, message] of wrong) await assert.rejects(call, { code: 'bad-request', message });
    assert.equal(asked.length, 3);
  });

  it('is not there where an agent has no gate', async (t) => {
    const socketPath = join(freshDirectory(), 'agent.sock');
    const server = await serveAgent(agentUnderTest().agent, socketPath);
    t.after(() => server.close());
    await assert.rejects(bpfGateClient({ socketPath }).gateStatus(), { code: 'not-found' });
  });
});
