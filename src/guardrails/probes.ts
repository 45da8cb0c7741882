// SPDX-License-Identifier: Apache-2.0
/** What a rule set is tried with before it is believed: one that traps on ordinary work must not come into force. */
import { intakeObject } from '../model/intake.ts';
import type { JudgeInput } from '../model/judge.ts';

const ARGS = [
  { index: 0, type: 'string' },
  { index: 1, type: 'int' },
  { index: 2, type: 'string' },
];

function document(name: string, kprobes: object[]): object {
  return {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name, annotations: { 'tracegate.io/reason': 'a probe' } },
    spec: { kprobes },
  };
}

const WATCHING = document('probe-watching', [
  { call: 'tcp_connect', syscall: false, args: [{ index: 0, type: 'sock' }] },
]);

const ENFORCING = document('probe-enforcing', [
  {
    call: 'sys_symlinkat',
    syscall: true,
    args: ARGS,
    selectors: [
      {
        matchArgs: [{ index: 0, operator: 'Equal', values: ['/etc/passwd'] }],
        matchBinaries: [{ operator: 'NotIn', values: ['/usr/bin/probe'] }],
        matchActions: [{ action: 'Override', argError: -1 }],
      },
      { matchActions: [{ action: 'Post' }] },
    ],
  },
]);

/** Made anew for each opening: nothing is worked out while modules are loaded. */
export function probes(): JudgeInput[] {
  const [watching, enforcing] = [submission(WATCHING), submission(ENFORCING)];
  return [
    watching,
    enforcing,
    { ...enforcing, operation: 'update', oldPolicy: enforcing.policy },
    { ...enforcing, operation: 'delete', effectiveMode: 'monitor', documents: {} },
  ];
}

function submission(value: object): JudgeInput {
  const read = intakeObject(value);
  if (!read.valid) throw new Error(`a probe is no valid policy: ${JSON.stringify(read.findings)}`);
  return {
    operation: 'create',
    door: 'agent',
    subject: { user: 'probe', groups: ['system:authenticated'] },
    policy: read.normal,
    effectiveMode: 'enforce',
    planned: [],
    time: '1970-01-01T00:00:00Z',
    documents: { object: read.document },
  };
}
