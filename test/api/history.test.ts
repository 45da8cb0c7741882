// SPDX-License-Identifier: Apache-2.0
/** What became of a policy, out of the log: by whose word, under which rules, what it changed, where it was loaded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { historyWords } from '../../src/cli/commands/policy/history-words.ts';
import type { RevisionHistory } from '../../src/service/index.ts';
import { until } from '../unit/sinks/bench.ts';
import { runningGate } from './running-gate.ts';

const policy = (values: string[]) => ({
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'watch-mount' },
  spec: {
    kprobes: [
      {
        ...{ call: 'sys_mount', syscall: true, args: [{ index: 1, type: 'string' }] },
        selectors: [{ matchArgs: [{ index: 1, operator: 'Prefix', values }] }],
      },
    ],
  },
});

describe('the history of a policy', async () => {
  const { as, tokenFor, gate } = await runningGate();
  const put = (values: string[], reason: string) =>
    as()
      .put(`/v1/policies/watch-mount?reason=${encodeURIComponent(reason)}`)
      .send(policy(values));
  const told = async () =>
    (await as().get('/v1/policies/watch-mount/history').expect(200)).body.items as RevisionHistory[];

  it('has every revision with decision, difference, and what the host said', async () => {
    await put(['/srv/'], 'first look').expect(201);
    await until('it is loaded', () => gate.service.status('watch-mount').state === 'loaded');
    await put(['/srv/', '/mnt/'], 'ticket 7').expect(200);
    await as().patch('/v1/policies/watch-mount').send({ enabled: false, reason: 'too loud' }).expect(200);
    await until('it is disabled', () => gate.service.status('watch-mount').state === 'disabled');
    await as().delete('/v1/policies/watch-mount?reason=over').expect(200);
    const items = await told();
    assert.deepEqual(
      items.map(({ revision, operation, reason }) => [revision, operation, reason]),
      [
        [1, 'create', 'first look'],
        [2, 'update', 'ticket 7'],
        [3, 'update', 'too loud'],
        [4, 'delete', 'over'],
      ],
    );
    for (const { decision, decisionId } of items) {
      assert.equal(decision?.allowed, true);
      assert.ok((decision?.rules.evaluated ?? 0) > 0);
      assert.equal(gate.service.audit.read({ decision: decisionId })[0]?.seq, decision?.seq);
    }
    assert.deepEqual(items[1]?.difference.changes, [
      { path: '/document/spec/kprobes/0/selectors/0/matchArgs/0/values/1', to: '"/mnt/"' },
    ]);
    assert.deepEqual(items[2]?.difference.changes, [{ path: '/enabled', from: 'true', to: 'false' }]);
    const [loaded] = items[0]?.hosts ?? [];
    assert.equal(loaded?.state, 'loaded');
    assert.ok(loaded?.host);
    assert.equal(items[2]?.hosts.at(-1)?.state, 'disabled');
  });

  it('comes page by page, each difference against the revision before', async () => {
    const all = await told();
    const { body } = await as().get('/v1/policies/watch-mount/history?limit=1&after=1').expect(200);
    assert.deepEqual(body.items, [all[1]]);
    assert.equal(body.next, '2');
  });

  it('is read in words', async () => {
    const all = await told();
    const words = all.flatMap((one, at) => historyWords(one, all[at - 1])).join('\n');
    assert.match(words, /^revision 2 {2}\S+ {2}update by \S+: ticket 7$/m);
    assert.match(
      words,
      /^ {2}decision \S+ \(record \d+\): allowed to enforce at the api, by \S+ baseline: TPG-002 \(warn\)/m,
    );
    assert.match(words, /\/matchArgs\/0\/values\/1\n {4}\+ "\/mnt\/"$/m);
    assert.match(words, /^ {2}\S+: loaded \S+Z$/m);
    assert.match(words, /^ {2}mode enforce, disabled$/m);
  });

  it('is for those who may read the log; everybody else has the revisions', async () => {
    const jane = tokenFor('jane', 'dev');
    await as(jane).get('/v1/policies/watch-mount/history').expect(403);
    const { body } = await as(jane).get('/v1/policies/watch-mount/revisions').expect(200);
    assert.equal(body.items.length, 4);
  });
});
