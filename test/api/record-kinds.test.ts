// SPDX-License-Identifier: Apache-2.0
/** Everything that has to be in a log is provoked once, and is there: nothing that happens goes by unwritten. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BpfAudit } from '../../src/agent/bpf-audit.ts';
import { EnforcementAudit } from '../../src/agent/enforcement-audit.ts';
import { configEntries, openAuditLog } from '../../src/audit/index.ts';
import { loadConfig, shownConfig } from '../../src/config/index.ts';
import { startGate } from '../../src/gate/index.ts';
import type { AuditRecord } from '../../src/model/audit-record.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import { intake } from '../../src/model/intake.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { ExeDigests } from '../../src/watch/bpf/exe-digests.ts';
import { archiveOf, variant } from '../fixtures/bundles.ts';
import { RESTRICT_SYMLINK, TCP_CONNECT } from '../fixtures/policies.ts';
import { gateAndAgent } from '../unit/agent/gate-and-agent.ts';
import { until } from '../unit/sinks/bench.ts';
import { configFor, runningGate } from './running-gate.ts';

const fail = (thrown: unknown) => assert.fail(String(thrown));
const YAML = 'application/yaml';
const one = (records: AuditRecord[], why: string): AuditRecord => {
  assert.ok(records[0], why);
  return records[0];
};

describe("the gate's log has", async () => {
  const { as, gate } = await runningGate();
  const read = (type: string) => gate.service.audit.read({ type, order: 'descending' });
  const policies = '/v1/policies/tcp-connect';

  it('submissions: judged, denied, and not to be read', async () => {
    await as().post('/v1/reviews').set('content-type', YAML).send(TCP_CONNECT).expect(200);
    assert.equal((one(read('decision'), 'judged').body.decision as { allowed: boolean }).allowed, true);
    await as()
      .put(policies)
      .set('content-type', YAML)
      .send(TCP_CONNECT.replace('kind: TracingPolicy', 'kind: ['))
      .expect(400);
    await until('an unreadable one', () => read('submission.unreadable').length > 0);
  });

  it('changes, each with what it changed', async () => {
    await as().put(policies).set('content-type', YAML).send(TCP_CONNECT).expect(201);
    await as().patch(policies).send({ mode: 'monitor', reason: 'calm' }).expect(200);
    const { body, actor } = one(read('policy.changed'), 'changed');
    const { changes } = body.difference as { changes: unknown[] };
    assert.deepEqual(
      [changes, body.reason, actor?.user],
      [[{ path: '/mode', from: '"enforce"', to: '"monitor"' }], 'calm', 'admin'],
    );
    await as().delete(`${policies}?reason=done`).expect(200);
    one(read('policy.retired'), 'retired');
  });

  it('log-ins that were refused, tokens, and who may no longer come in', async () => {
    await as('nonsense').get('/v1/policies').expect(401);
    await until('a refusal', () => read('auth.refused').length > 0);
    const { body } = await as().post('/v1/tokens').send({ user: 'jane', groups: [] }).expect(201);
    await as()
      .delete(`/v1/tokens/${body.id}`)
      .expect((answer) => assert.ok(answer.status < 300, answer.text));
    one(read('token.created'), 'made');
    one(read('token.revoked'), 'revoked');
  });

  it('another rule bundle, and one that was refused', async () => {
    const put = (bytes: Buffer) =>
      as().put('/v1/rules/bundle').set('content-type', 'application/gzip').send(bytes);
    await put(archiveOf(variant('other'))).expect(200);
    one(read('rules.replaced'), 'replaced');
    await put(Buffer.from('no archive')).expect((answer) => assert.ok(answer.status >= 400));
    one(read('rules.refused'), 'refused');
  });

  it('what hosts say of policies', () => {
    const states = gate.service.audit.read({ type: 'load.' }).map(({ body }) => body.state);
    assert.ok(states.includes('loaded'));
  });
});

describe('starts say', () => {
  it('that the gate began and ended, and which keys are set differently, without what is secret in them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracegate-starts-'));
    const [records, told] = [
      [] as AuditRecord[],
      () => records.filter(({ type }) => type === 'config.changed'),
    ];
    const run = async (flags: Record<string, string>) => {
      const gate = await startGate(configFor(folder, flags), { log: silentLog, version: '0' });
      await gate.close();
      const log = openAuditLog({
        ...{
          path: join(folder, 'gate', 'audit.db'),
          keyPath: join(folder, 'keys', 'gate-audit.key'),
          kind: 'gate',
        },
      });
      records.splice(0, Number.POSITIVE_INFINITY, ...log.read());
      log.close();
    };
    await run({});
    assert.equal(told()[0]?.body.first, true);
    await run({});
    assert.equal(told().length, 1, 'as before is no change');
    await run({ profile: 'strict', 'sinks.webhook': 'https://hooks.example.org/T0KEN/x?key=S3CRET' });
    assert.equal(told().length, 2);
    const changes = told()[1]?.body.changes as { key: string; from?: string; to?: string }[];
    assert.deepEqual(changes[0], { key: 'profile', from: 'baseline', to: 'strict' });
    assert.deepEqual([changes[1]?.key, changes[1]?.from], ['sinks.webhook', undefined]);
    assert.match(changes[1]?.to ?? '', /^https:\/\/hooks\.example\.org\/\*\*\* \(sha256 [0-9a-f]{8}\)$/);
    await run({ profile: 'strict', 'sinks.webhook': 'https://hooks.example.org/T0KEN/y?key=S3CRET' });
    assert.equal(told().length, 3, 'another secret is a change');
    assert.doesNotMatch(JSON.stringify(records), /T0KEN|S3CRET/);
    for (const type of ['gate.started', 'gate.stopped'])
      assert.equal(records.filter((record) => record.type === type).length, 4);
    rmSync(folder, { recursive: true });
  });

  it('the same of an agent, and of a clock that was set and an end that is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracegate-starts-'));
    const [steadyMs, startMs] = [{ now: 0 }, Date.parse('2026-01-01T00:00:00Z')];
    const clock = { now: startMs };
    const options = {
      ...{ path: join(folder, 'a.db'), keyPath: join(folder, 'a.key'), kind: 'agent' as const },
      ...{ now: () => new Date(clock.now), steadyMs: () => steadyMs.now },
    };
    const config = (flags: Record<string, string>) =>
      shownConfig(loadConfig({ flags, env: {}, cwd: folder }).config);
    const first = openAuditLog(options);
    first.append(configEntries(first, config({})));
    clock.now += 3_600_000;
    first.append([{ type: 'agent.started', body: {} }]);
    assert.equal(first.read({ type: 'clock.jumped' })[0]?.body.jumpMs, 3_600_000);
    first.close();
    const second = openAuditLog(options);
    const entries = configEntries(second, config({ 'bpf.gate': 'monitor' }));
    assert.deepEqual(entries[0]?.body.changes, [{ key: 'bpf.gate', from: 'off', to: 'monitor' }]);
    assert.deepEqual(second.read({ type: 'log.opened' }).at(-1)?.body.endMissing, {
      ...{ lastTime: new Date(clock.now).toISOString(), lastType: 'agent.started' },
    });
    second.close();
    rmSync(folder, { recursive: true });
  });
});

describe("the agent's log has", () => {
  it('loads with intent and outcome, suspensions, and what was taken away again', async (t) => {
    const { service, agentAudit, agent, settled, close } = gateAndAgent('baseline');
    t.after(close);
    const subject = { user: 'jane', groups: ['tracegate:platform'] };
    const asked = { door: 'api' as const, subject, reason: 'a test' };
    service.start();
    await service.apply({ ...asked, intake: intake(RESTRICT_SYMLINK, { format: 'yaml' }) });
    await settled('restrict-symlink', 'loaded');
    await agent.suspend({
      policy: 'restrict-symlink',
      forSeconds: 60,
      reason: 'loud',
      by: { user: 'root', groups: [] },
    } as never);
    await service.retire({ ...asked, key: 'restrict-symlink' });
    await until('it is gone', () => agentAudit.read({ type: 'retire.done' }).length > 0);
    const types = new Set(agentAudit.read().map(({ type }) => type));
    for (const type of ['load.intent', 'load.done', 'suspension.intent', 'retire.intent', 'retire.done'])
      assert.ok(types.has(type), `${type} is missing of ${[...types].join(' ')}`);
  });

  it('kills and denials, BPF loads and attachments of others, and what was lost', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tracegate-agent-'));
    const log = openAuditLog({ path: join(folder, 'a.db'), keyPath: join(folder, 'a.key'), kind: 'agent' });
    t.after(() => {
      log.close();
      rmSync(folder, { recursive: true });
    });
    const enforcement = new EnforcementAudit(log, fail);
    const acted = (action: string) =>
      ({
        process_kprobe: {
          process: { exec_id: 'x', pid: 1, uid: 0, binary: '/bin/ln' },
          function_name: 'f',
          action,
          policy_name: 'p',
        },
        ...{ node_name: 'n', time: '2026-01-01T00:00:00.000Z' },
      }) as unknown as TraceEvent;
    for (const action of ['KPROBE_ACTION_SIGKILL', 'KPROBE_ACTION_OVERRIDE']) enforcement.note(acted(action));
    enforcement.close();
    const bpf = new BpfAudit(log, new ExeDigests(), fail);
    const time = '2026-01-01T00:00:00.000Z';
    for (const type of ['bpf.load.done', 'bpf.attach.done', 'bpf.gap'])
      bpf.note({ type, time, object: 'program 1', body: {} });
    await bpf.settled();
    await until('both actions', () => log.read({ type: 'enforcement' }).length === 2);
    for (const type of ['bpf.load.done', 'bpf.attach.done', 'bpf.gap']) one(log.read({ type }), type);
  });
});
