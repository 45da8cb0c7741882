// SPDX-License-Identifier: Apache-2.0
/** `hostSelector` and `containerSelector`: what they mean together, and what of them is refused. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';

function taken(scope: object) {
  return intakeObject({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'p' },
    spec: { kprobes: [{ call: 'sys_unlink', syscall: true }], ...scope },
  });
}

const problems = (scope: object) => taken(scope).findings.map((f) => `${f.path}: ${f.message}`);

function workloads(scope: object) {
  const found = taken(scope);
  assert.ok(found.valid, JSON.stringify(found.findings));
  return [found.normal.workloads, found.normal.scopes];
}

it('tells the host, its containers, and both from nobody in particular', () => {
  assert.deepEqual(workloads({}), [undefined, []]);
  assert.deepEqual(workloads({ hostSelector: {} }), ['host', ['hostSelector']]);
  assert.deepEqual(workloads({ containerSelector: {} }), ['containers', ['containerSelector']]);
  assert.deepEqual(workloads({ containerSelector: { matchLabels: {} } }), [
    'containers',
    ['containerSelector'],
  ]);
  const both = { hostSelector: {}, containerSelector: {} };
  assert.deepEqual(workloads(both), [undefined, ['hostSelector', 'containerSelector']]);
});

it('refuses to tell one container from another, and files by whose they are', () => {
  const named = { matchLabels: { name: 'app' } };
  assert.match(
    problems({ containerSelector: named })[0] ?? '',
    /^\/spec\/containerSelector: .* not from each other/,
  );
  const expression = { matchExpressions: [{ key: 'name', operator: 'Exists' }] };
  assert.match(problems({ containerSelector: expression })[0] ?? '', /^\/spec\/containerSelector/);
  assert.match(problems({ podSelector: {} })[0] ?? '', /^\/spec\/podSelector: .*which pod/);
  assert.match(problems({ nodeSelector: {} })[0] ?? '', /^\/spec\/nodeSelector/);
  assert.match(problems({ hostSelector: {}, loader: true })[0] ?? '', /^\/spec\/loader/);
});
