// SPDX-License-Identifier: Apache-2.0
/** A TracingPolicy of about five kilobytes, as an object of the API, and the submission the rules see of it. */
import { intakeObject } from '../../../src/model/intake.ts';
import type { JudgeInput } from '../../../src/model/judge.ts';

const DIRECTORIES = ['data', 'srv', 'opt', 'home', 'var/www', 'var/lib/app', 'mnt', 'media'];
const NAMES = ['config', 'secrets', 'keys', 'uploads', 'certificates', 'backups', 'tokens'];

function hook(call: string, args: object[]): object {
  const values = DIRECTORIES.flatMap((directory) => NAMES.map((name) => `/${directory}/${name}/`));
  return {
    call,
    syscall: false,
    return: true,
    args,
    returnArg: { index: 0, type: 'int' },
    returnArgAction: 'Post',
    selectors: [
      { matchArgs: [{ index: 0, operator: 'Prefix', values: [...values] }] },
      {
        matchArgs: [{ index: 0, operator: 'Postfix', values: NAMES.map((name) => `/.${name}`) }],
        matchBinaries: [{ operator: 'NotIn', values: ['/usr/bin/backup', '/usr/sbin/indexer'] }],
      },
    ],
  };
}

export const POLICY = {
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'bench-files', annotations: { 'tracegate.io/owner': 'platform' } },
  spec: {
    kprobes: [
      hook('security_file_permission', [
        { index: 0, type: 'file' },
        { index: 1, type: 'int' },
      ]),
      hook('security_mmap_file', [
        { index: 0, type: 'file' },
        { index: 1, type: 'uint32' },
      ]),
      hook('security_path_truncate', [{ index: 0, type: 'path' }]),
    ],
  },
};

const USER = { username: 'pat', groups: ['tracegate:platform', 'system:authenticated'] };

export const REVIEW = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '6f1c9e2a-0000-4000-8000-000000000001',
    kind: { group: 'cilium.io', version: 'v1alpha1', kind: 'TracingPolicy' },
    resource: { group: 'cilium.io', version: 'v1alpha1', resource: 'tracingpolicies' },
    requestKind: { group: 'cilium.io', version: 'v1alpha1', kind: 'TracingPolicy' },
    requestResource: { group: 'cilium.io', version: 'v1alpha1', resource: 'tracingpolicies' },
    name: POLICY.metadata.name,
    operation: 'CREATE',
    userInfo: USER,
    object: POLICY,
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  },
};

export function submissionOf(policy: object): JudgeInput {
  const read = intakeObject(policy);
  if (!read.valid) throw new Error(`the bench's policy is invalid: ${JSON.stringify(read.findings)}`);
  return {
    operation: 'create',
    door: 'webhook',
    subject: { user: USER.username, groups: USER.groups },
    policy: read.normal,
    effectiveMode: read.normal.mode ?? 'enforce',
    planned: [],
    time: '2026-01-01T00:00:00Z',
  };
}
