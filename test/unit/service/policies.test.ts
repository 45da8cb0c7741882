// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyLogs } from '../../../src/audit/index.ts';
import { Fault } from '../../../src/errors.ts';
import type { Decision } from '../../../src/model/decision.ts';
import type { Verdict } from '../../../src/model/judge.ts';
import { nobody, platform, policy, serviceUnderTest, taken, until } from './gate-under-test.ts';

const kill = { action: 'Sigkill' };
const asPlatform = { door: 'api', subject: platform } as const;
const asNobody = { door: 'api', subject: nobody } as const;

function faultOf(code: string, message = /./) {
  return (fault: unknown) => fault instanceof Fault && fault.code === code && message.test(fault.message);
}

test('an accepted policy is in the log, in the store, and reaches the host with a receipt it accepts', async () => {
  const { service, agent, audit, close } = serviceUnderTest();
  service.start();
  const { decision, record, created } = await service.apply({
    ...asPlatform,
    intake: taken(policy('a')),
    reason: 'need',
  });
  assert.ok(decision.allowed && created);
  assert.equal(record.revision, 1);
  assert.ok(decision.rules.evaluated > 0 || decision.rules.notApplicable > 0);
  const [applied] = audit.read({ type: 'policy.applied' });
  assert.equal(applied?.object, 'a');
  assert.equal(applied?.body.decisionId, decision.id);
  assert.equal(applied?.body.reason, 'need');
  assert.equal(applied?.actor?.user, 'ada');
  await until(() => agent.orders.length === 1, 'the order');
  assert.equal(agent.orders[0]?.receipt.body.decisionId, decision.id);
  await until(() => service.status('a').state === 'loaded', 'loaded');
  await close();
});

test('a policy refused by a guardrail never reaches the host, nor the store', async () => {
  const { service, agent, store, audit, close } = serviceUnderTest();
  service.start();
  const refused = service.apply({ ...asNobody, intake: taken(policy('a', kill)) });
  await assert.rejects(refused, (fault: Fault) => {
    const decision = fault.details.decision as Decision;
    return faultOf('forbidden', /TPG-/)(fault) && !decision.allowed && decision.findings.length > 0;
  });
  await service.apply({ ...asPlatform, intake: taken(policy('b')) });
  await until(() => service.status('b').state === 'loaded', 'the other one');
  assert.deepEqual(
    agent.orders.map((order) => order.key),
    ['b'],
  );
  assert.equal(store.get('a'), undefined);
  const denied = service.decisions({ policy: 'a', limit: 1 })[0]?.decision;
  assert.equal(denied?.allowed, false);
  assert.deepEqual(service.decision(denied?.id ?? ''), denied);
  assert.equal(audit.read({ type: 'policy.applied', object: 'a' }).length, 0);
  await close();
});

test('an invalid document is a denial by TPG-001, recorded, and not stored', async () => {
  const { service, store, audit, close } = serviceUnderTest();
  const intake = taken({ ...policy('a'), spec: { kprobes: [{ kall: 'x' }] } });
  const outcome = await service.review({ ...asPlatform, operation: 'create', intake });
  assert.equal(outcome.valid, false);
  assert.equal(outcome.decision.allowed, false);
  assert.equal(outcome.decision.findings[0]?.rule, 'TPG-001');
  await assert.rejects(service.apply({ ...asPlatform, intake }), faultOf('invalid'));
  assert.deepEqual(store.all(), []);
  assert.equal(audit.read({ type: 'decision' }).length, 2);
  await close();
});

test('the same document again changes nothing; another one is the next revision', async () => {
  const { service, close } = serviceUnderTest();
  const apply = (path: string) =>
    service.apply({ ...asPlatform, intake: taken(policy('a', undefined, path)) });
  await apply('/etc/passwd');
  const again = await apply('/etc/passwd');
  assert.deepEqual([again.changed, again.record.revision], [false, 1]);
  const next = await apply('/etc/shadow');
  assert.deepEqual([next.changed, next.created, next.record.revision], [true, false, 2]);
  assert.equal(next.decision.operation, 'update');
  assert.deepEqual(
    service.history('a').map((revision) => revision.revision),
    [1, 2],
  );
  await close();
});

test('a change to another revision than the one that was read is refused', async () => {
  const { service, audit, close } = serviceUnderTest();
  const apply = (path: string, ifRevision: number) =>
    service.apply({ ...asPlatform, intake: taken(policy('a', undefined, path)), ifRevision });
  await assert.rejects(apply('/1', 7), faultOf('stale', /there is none/));
  await apply('/1', 0);
  await assert.rejects(apply('/2', 0), faultOf('stale', /at revision 1/));
  await apply('/2', 1);
  await assert.rejects(service.retire({ ...asPlatform, key: 'a', ifRevision: 1 }), faultOf('stale'));
  assert.equal(audit.read({ type: 'policy.' }).length, 2);
  await close();
});

test('of two changes at once based on the same revision, one wins', async () => {
  const { service, store, close } = serviceUnderTest();
  const apply = (path: string) =>
    service.apply({ ...asPlatform, intake: taken(policy('a', undefined, path)), ifRevision: 0 });
  const results = await Promise.allSettled(['/1', '/2', '/3'].map(apply));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  assert.equal(store.get('a')?.revision, 1);
  await close();
});

test('a dry run is decided and recorded, and nothing is stored or sent', async () => {
  const { service, agent, store, audit, close } = serviceUnderTest();
  service.start();
  const { decision, record } = await service.apply({
    ...asPlatform,
    intake: taken(policy('a')),
    dryRun: true,
  });
  assert.ok(decision.allowed);
  assert.equal(record.revision, 1);
  assert.equal(store.get('a'), undefined);
  assert.equal(audit.read({ type: 'decision' })[0]?.body.dryRun, true);
  assert.equal(audit.read({ type: 'policy.' }).length, 0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(agent.orders.length, 0);
  await close();
});

test('a deletion is judged, reaches the host with a receipt of its own, and the next creation counts on', async () => {
  const { service, agent, store, close } = serviceUnderTest();
  service.start();
  await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  await until(() => agent.shown.has('a'), 'loaded');
  await assert.rejects(service.retire({ ...asNobody, key: 'a' }), faultOf('forbidden'));
  const { decision } = await service.retire({ ...asPlatform, key: 'a', reason: 'over' });
  assert.equal(decision.operation, 'delete');
  await until(() => agent.retired.includes('a'), 'retired');
  await until(() => store.tombstones().length === 0, 'the tombstone goes');
  const again = await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  assert.equal(again.record.revision, 3);
  await assert.rejects(service.retire({ ...asPlatform, key: 'none' }), faultOf('not-found'));
  await close();
});

test('mode and enabled are changed by a decision of their own, and a PUT keeps them', async () => {
  const { service, agent, close } = serviceUnderTest();
  service.start();
  await service.apply({ ...asPlatform, intake: taken(policy('a')) });
  const watched = await service.alter({ ...asPlatform, key: 'a', mode: 'monitor' });
  assert.equal(watched.decision.effectiveMode, 'monitor');
  const next = await service.apply({ ...asPlatform, intake: taken(policy('a', undefined, '/x')) });
  assert.equal(next.record.mode, 'monitor');
  await service.alter({ ...asPlatform, key: 'a', enabled: false });
  await until(() => agent.orders.at(-1)?.enabled === false, 'disabled');
  await until(() => service.status('a').state === 'disabled', 'status disabled');
  await assert.rejects(service.alter({ ...asNobody, key: 'a', enabled: true }), faultOf('forbidden'));
  const same = await service.alter({ ...asPlatform, key: 'a', enabled: false });
  assert.equal(same.changed, false);
  await close();
});

test('without a rule set nothing is judged, and the gate says why', async () => {
  const broken = () => {
    throw new Fault('could-not-judge', 'the bundle is broken');
  };
  const { service, store, audit, close } = serviceUnderTest({ ruleset: broken });
  service.start();
  await assert.rejects(
    service.apply({ ...asPlatform, intake: taken(policy('a')) }),
    faultOf('could-not-judge'),
  );
  assert.deepEqual(store.all(), []);
  assert.equal(audit.read({ type: 'decision.failed' })[0]?.object, 'a');
  assert.equal(service.troubles()[0]?.name, 'rules');
  await close();
});

test('a verdict that contradicts itself is no verdict', async () => {
  const rules = { digest: 'sha256:r', revision: 'r', profile: 'baseline', total: 2 };
  const whole = {
    digest: 'sha256:r',
    revision: 'r',
    profile: 'baseline',
    total: 2,
    evaluated: 1,
    notApplicable: 1,
  };
  const deny = { rule: 'X', severity: 'deny', path: '', message: 'no' } as const;
  const verdicts: Record<string, unknown> = {
    'allowed with a denial': { allowed: true, findings: [deny], rules: whole },
    'denied without one': { allowed: false, findings: [], rules: whole },
    'rules that do not add up': { allowed: true, findings: [], rules: { ...whole, evaluated: 0 } },
    'no rules at all': {
      allowed: true,
      findings: [],
      rules: { ...whole, total: 0, evaluated: 0, notApplicable: 0 },
    },
    'not a boolean': { allowed: 1, findings: [], rules: whole },
    nothing: undefined,
  };
  for (const [what, verdict] of Object.entries(verdicts)) {
    const { service, close } = serviceUnderTest({
      ruleset: () => ({ ...rules, judge: () => verdict as Verdict }),
    });
    const reviewed = service.review({ ...asPlatform, operation: 'create', intake: taken(policy('a')) });
    await assert.rejects(reviewed, faultOf('could-not-judge'), what);
    await close();
  }
});

test('a change the log cannot take is not acknowledged, stored or sent', async () => {
  const { service, store, agent, audit, close } = serviceUnderTest();
  service.start();
  const append = audit.append.bind(audit);
  audit.append = (entries) => {
    if (entries[0]?.type === 'policy.applied') throw new Fault('audit-unavailable', 'disk full');
    return append(entries);
  };
  await assert.rejects(
    service.apply({ ...asPlatform, intake: taken(policy('a')) }),
    faultOf('audit-unavailable'),
  );
  assert.equal(store.get('a'), undefined);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(agent.orders.length, 0);
  await close();
});

test('what hosts known to the plan cannot do is denied, or warned of while one of them can', async () => {
  const hook = {
    path: '/spec/kprobes/0',
    hook: 'sys_symlinkat',
    mechanism: 'none',
    guarantee: 'observed',
    racy: false,
  } as const;
  const hooks = [
    { ...hook, host: 'old', refused: true, reason: 'no kprobes' },
    { ...hook, host: 'new', refused: false },
  ];
  const decide = async (planned: typeof hooks) => {
    const { service, close } = serviceUnderTest({
      planFor: async () => ({ hooks: planned, facts: { digest: 'sha256:f' } }),
    });
    const { decision } = await service.review({
      ...asPlatform,
      operation: 'create',
      intake: taken(policy('a')),
    });
    await close();
    return decision;
  };
  const warned = await decide(hooks);
  assert.equal(warned.allowed, true);
  assert.match(warned.findings[0]?.message ?? '', /old cannot do sys_symlinkat as asked: no kprobes/);
  assert.equal(warned.facts?.digest, 'sha256:f');
  assert.equal((await decide(hooks.slice(0, 1))).allowed, false);
});

test('both logs verify after all of this', async () => {
  const { service, agent, directory, audit, close } = serviceUnderTest();
  service.start();
  for (const name of ['a', 'b', 'c']) await service.apply({ ...asPlatform, intake: taken(policy(name)) });
  await until(() => agent.orders.length === 3, 'three orders');
  await until(() => audit.read({ type: 'audit.witnessed' }).length > 1, 'heads exchanged');
  await close();
  const report = await verifyLogs({ paths: [`${directory}/audit.db`, `${directory}/agent.db`] });
  assert.deepEqual(report.problems, []);
  assert.ok(report.logs.every((log) => log.witnessedSize > 0));
});
