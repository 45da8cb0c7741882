// SPDX-License-Identifier: Apache-2.0
/** Selectors of hosts, pods, containers and nodes: what they mean together, what of them is refused, and whom they take in. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { type LabelRequirement, labelsMatch, requirementHolds } from '../../../src/model/labels.ts';
import { membership, NAMESPACE_LABEL, type SomeWorkloads } from '../../../src/model/workloads.ts';

function taken(scope: object, namespace?: string) {
  return intakeObject({
    apiVersion: 'cilium.io/v1alpha1',
    kind: namespace === undefined ? 'TracingPolicy' : 'TracingPolicyNamespaced',
    metadata: { name: 'p', ...(namespace !== undefined && { namespace }) },
    spec: { kprobes: [{ call: 'sys_unlink', syscall: true }], ...scope },
  });
}

const problems = (scope: object) => taken(scope).findings.map((f) => `${f.path}: ${f.message}`);

function normal(scope: object, namespace?: string) {
  const found = taken(scope, namespace);
  assert.ok(found.valid, JSON.stringify(found.findings));
  return found.normal;
}

const workloads = (scope: object, namespace?: string) => {
  const { workloads: whose, scopes } = normal(scope, namespace);
  return [whose, scopes];
};

const is = (key: string, value: string): LabelRequirement => ({ key, operator: 'In', values: [value] });

it('tells the host, its containers, and both from nobody in particular', () => {
  assert.deepEqual(workloads({}), [undefined, []]);
  assert.deepEqual(workloads({ hostSelector: {} }), ['host', ['hostSelector']]);
  assert.deepEqual(workloads({ containerSelector: {} }), ['containers', ['containerSelector']]);
  assert.deepEqual(workloads({ containerSelector: { matchLabels: {} } }), [
    'containers',
    ['containerSelector'],
  ]);
  const both = { hostSelector: {}, containerSelector: {} };
  assert.deepEqual(workloads(both), [undefined, ['containerSelector', 'hostSelector']]);
});

it('tells pods by labels, containers by name, and joins them', () => {
  const pods = { podSelector: { matchLabels: { app: 'web' } } };
  assert.deepEqual(workloads(pods)[0], { pods: [is('app', 'web')] });
  assert.deepEqual(workloads({ podSelector: {} })[0], {});
  assert.deepEqual(workloads({ ...pods, hostSelector: {} })[0], { host: true, pods: [is('app', 'web')] });
  assert.deepEqual(workloads({ podSelector: {}, hostSelector: {} })[0], undefined);
  const named = { containerSelector: { matchLabels: { name: 'app' } } };
  assert.deepEqual(workloads({ ...pods, ...named })[0], {
    pods: [is('app', 'web')],
    containers: [is('name', 'app')],
  });
  assert.deepEqual(workloads({}, 'team-a')[0], { namespace: 'team-a' });
  assert.deepEqual(workloads({ ...pods, containerSelector: {} }, 'team-a')[0], {
    namespace: 'team-a',
    pods: [is('app', 'web')],
  });
});

it('writes one meaning in one way', () => {
  const one = {
    matchLabels: { b: '2', a: '1' },
    matchExpressions: [{ key: 'c', operator: 'NotIn', values: ['y', 'x', 'y'] }],
  };
  const other = {
    matchExpressions: [
      { key: 'c', operator: 'NotIn', values: ['x', 'y'] },
      { key: 'a', operator: 'In', values: ['1'] },
      { key: 'b', operator: 'In', values: ['2'] },
    ],
  };
  assert.deepEqual(workloads({ podSelector: one })[0], workloads({ podSelector: other })[0]);
});

it('has them in a selector, and the labels of nodes', () => {
  const selectors = [{ matchWorkloads: { podSelector: { matchLabels: { app: 'web' } } } }, {}];
  const spec = { kprobes: [{ call: 'sys_unlink', syscall: true, selectors }] };
  const policy = normal({ ...spec, nodeSelector: { matchLabels: { pool: 'gpu' } } });
  assert.deepEqual(
    policy.hooks[0]?.selectors.map((s) => s.matchWorkloads),
    [{ pods: [is('app', 'web')] }, undefined],
  );
  assert.deepEqual(policy.nodes, [is('pool', 'gpu')]);
});

it('refuses what could never fit, and files by whose they are', () => {
  const expression = (key: string, operator: string, values?: string[]) => ({
    podSelector: { matchExpressions: [{ key, operator, ...(values && { values }) }] },
  });
  assert.match(problems(expression('app', 'In', []))[0] ?? '', /podSelector\/matchExpressions\/0: In with 0/);
  assert.match(problems(expression('app', 'Exists', ['x']))[0] ?? '', /Exists with 1 values/);
  assert.match(problems(expression('-app', 'Exists'))[0] ?? '', /the key "-app" is not allowed/);
  assert.match(problems(expression('app', 'In', ['a b']))[0] ?? '', /the label value "a b" is not/);
  assert.deepEqual(problems(expression(NAMESPACE_LABEL, 'In', ['team-a'])), []);
  assert.match(problems({ nodeSelector: expression(NAMESPACE_LABEL, 'Exists').podSelector })[0] ?? '', /key/);
  const image = { containerSelector: { matchLabels: { image: 'x' } } };
  assert.match(problems(image)[0] ?? '', /^\/spec\/containerSelector: a container has a name and a repo/);
  assert.match(problems({ hostSelector: {}, loader: true })[0] ?? '', /^\/spec\/loader/);
  assert.match(problems({ podSelector: {}, loader: true })[0] ?? '', /^\/spec\/loader/);
});

/** Every set of labels over three keys and two values, and every requirement on one of them. */
function* labelSets(keys = ['a', 'b', 'c']): Generator<Record<string, string>> {
  const [key, ...rest] = keys;
  if (key === undefined) return yield {};
  for (const labels of labelSets(rest))
    for (const value of [undefined, 'x', 'y'])
      yield value === undefined ? labels : { ...labels, [key]: value };
}
const VALUES = [['x'], ['y'], ['x', 'y'], ['z']];
const REQUIREMENTS: LabelRequirement[] = ['a', 'b'].flatMap((key) => [
  ...VALUES.flatMap((values) => (['In', 'NotIn'] as const).map((operator) => ({ key, operator, values }))),
  ...(['Exists', 'DoesNotExist'] as const).map((operator) => ({ key, operator, values: [] })),
]);

it('reads requirements as Kubernetes does: of any two that are opposite one holds, and all have to', () => {
  let looked = 0;
  for (const labels of labelSets())
    for (const one of REQUIREMENTS) {
      const opposite = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' } as const;
      const turned = { ...one, operator: opposite[one.operator] };
      assert.notEqual(requirementHolds(one, labels), requirementHolds(turned, labels));
      if (one.operator === 'In' && requirementHolds(one, labels))
        assert.ok(requirementHolds({ ...one, operator: 'Exists' }, labels));
      for (const other of REQUIREMENTS) {
        const both = requirementHolds(one, labels) && requirementHolds(other, labels);
        assert.equal(labelsMatch([one, other], labels), both);
        looked++;
      }
    }
  assert.equal(looked, 27 * REQUIREMENTS.length ** 2);
  assert.equal(requirementHolds({ key: 'toString', operator: 'Exists', values: [] }, {}), false);
});

it('places what is known, and nothing else', () => {
  const pod = { namespace: 'team-a', name: 'web-1', uid: 'u', labels: { app: 'web' } };
  const container = { name: 'app', repo: 'r/app' };
  const of = (scope: SomeWorkloads, placed: Parameters<typeof membership>[1]) => membership(scope, placed);
  assert.equal(of({}, { pod }), 'in');
  assert.equal(of({}, {}), 'unknown');
  assert.equal(of({}, { pod: null }), 'out');
  assert.equal(of({ namespace: 'team-a' }, { pod }), 'in');
  assert.equal(of({ namespace: 'team-b' }, { pod }), 'out');
  assert.equal(of({ pods: [is(NAMESPACE_LABEL, 'team-a')] }, { pod }), 'in');
  assert.equal(of({ pods: [is('app', 'db')] }, { pod }), 'out');
  const named = { containers: [is('name', 'app')] };
  assert.equal(of(named, { pod }), 'unknown');
  assert.equal(of(named, { pod, container }), 'in');
  assert.equal(of(named, { pod, container: { ...container, name: 'side' } }), 'out');
  assert.equal(of(named, { pod, container: null }), 'out');
  // whose pod is not meant, of that no container is
  assert.equal(of({ ...named, namespace: 'team-b' }, { pod }), 'out');
  // a label cannot pass for a namespace
  const forged = { ...pod, labels: { [NAMESPACE_LABEL]: 'team-b' } };
  assert.equal(of({ pods: [is(NAMESPACE_LABEL, 'team-b')] }, { pod: forged }), 'out');
});
