// SPDX-License-Identifier: Apache-2.0
/** TracingPolicies of given sizes, as objects of the API, and the submissions the rules see of them. */
import { canonicalJson } from '../../../src/model/canonical-json.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import type { JudgeInput } from '../../../src/model/judge.ts';

const DIRECTORIES = ['data', 'srv', 'opt', 'home', 'var/www', 'var/lib/app', 'mnt', 'media'];
const NAMES = ['config', 'secrets', 'keys', 'uploads', 'certificates', 'backups', 'tokens'];

/** Functions that take what a path can be told of, by the type of their first argument. */
const CALLS: readonly (readonly [string, 'file' | 'path'])[] = [
  ['security_file_permission', 'file'],
  ['security_mmap_file', 'file'],
  ['security_path_truncate', 'path'],
  ['security_file_ioctl', 'file'],
  ['security_file_lock', 'file'],
  ['security_file_fcntl', 'file'],
  ['security_file_open', 'file'],
  ['security_file_receive', 'file'],
  ['security_path_unlink', 'path'],
  ['security_path_mkdir', 'path'],
  ['security_path_rmdir', 'path'],
  ['security_path_mknod', 'path'],
  ['security_path_symlink', 'path'],
  ['security_path_chmod', 'path'],
  ['security_path_chown', 'path'],
  ['security_path_chroot', 'path'],
  ['security_inode_getattr', 'path'],
];

/** Another prefix for each time round, else the hooks would be doubles. */
function hook(position: number, directories: readonly string[]): object {
  const [call = '', type] = CALLS[position % CALLS.length] ?? [];
  const round = Math.floor(position / CALLS.length);
  const root = round === 0 ? '' : `/volume-${round}`;
  const values = directories.flatMap((directory) => NAMES.map((name) => `${root}/${directory}/${name}/`));
  return {
    ...{ call, syscall: false, return: true },
    ...{ args: [{ index: 0, type }], returnArg: { index: 0, type: 'int' }, returnArgAction: 'Post' },
    selectors: [
      { matchArgs: [{ index: 0, operator: 'Prefix', values }] },
      {
        matchArgs: [{ index: 0, operator: 'Postfix', values: NAMES.map((name) => `${root}/.${name}`) }],
        matchBinaries: [{ operator: 'NotIn', values: ['/usr/bin/backup', '/usr/sbin/indexer'] }],
      },
    ],
  };
}

export function policyOf(hooks: number, directories: readonly string[] = DIRECTORIES): object {
  return {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'bench-files', annotations: { 'tracegate.io/owner': 'platform' } },
    spec: { kprobes: Array.from({ length: hooks }, (_, position) => hook(position, directories)) },
  };
}

export const POLICY = policyOf(3);

export interface Case {
  name: string;
  policy: object;
  user: { username: string; groups: string[] };
}

export const PLATFORM = { username: 'pat', groups: ['tracegate:platform', 'system:authenticated'] };
const ANYBODY = { username: 'eve', groups: ['system:authenticated'] };

/** About two, four and fifty kilobytes. */
export const CASES: readonly Case[] = [
  { name: '2 KB', policy: policyOf(2, DIRECTORIES.slice(0, 4)), user: PLATFORM },
  { name: '4 KB', policy: POLICY, user: PLATFORM },
  { name: '50 KB', policy: policyOf(32), user: PLATFORM },
];

/** Nobody may say yes to it: a peer that does has no rules yet. */
export const DENIED: Case = { name: 'denied', policy: POLICY, user: ANYBODY };

/** As an API server sends it, key by key: test/cluster/what-is-sent holds the two together. */
export function reviewOf({ user }: Pick<Case, 'user'>, object: object): object {
  const kind = { group: 'cilium.io', version: 'v1alpha1', kind: 'TracingPolicy' };
  const resource = { group: 'cilium.io', version: 'v1alpha1', resource: 'tracingpolicies' };
  const request = {
    ...{ uid: '6f1c9e2a-0000-4000-8000-000000000001', kind, resource },
    ...{ requestKind: kind, requestResource: resource, name: 'bench-files', operation: 'CREATE' },
    ...{ userInfo: user, object, oldObject: null, dryRun: false },
    options: {
      ...{ kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...{ fieldManager: 'kubectl-create', fieldValidation: 'Strict' },
    },
  };
  return { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request };
}

/** The review of a case with the policy as it is when an API server asks: its defaults filled in, its keys in order. */
export const servedReviewOf = (one: Case): object => reviewOf(one, served(one.policy));

function served(policy: object): object {
  const read = intakeObject(policy);
  if (!read.valid) throw new Error(`the bench's policy is invalid: ${JSON.stringify(read.findings)}`);
  const { metadata, ...document } = read.document;
  const time = '2026-01-01T00:00:00Z';
  const fields = {
    'f:metadata': { 'f:annotations': { '.': {}, 'f:tracegate.io/owner': {} } },
    'f:spec': { '.': {}, 'f:kprobes': {} },
  };
  const managed = {
    ...{ apiVersion: 'cilium.io/v1alpha1', fieldsType: 'FieldsV1', fieldsV1: fields },
    ...{ manager: 'kubectl-create', operation: 'Update', time },
  };
  const uid = '2803b2e4-fc67-4349-a454-d60f3dc838e4';
  const given = { creationTimestamp: time, generation: 1, managedFields: [managed], uid };
  return JSON.parse(canonicalJson({ ...document, metadata: { ...metadata, ...given } })) as object;
}

/** For an engine that keeps to what its webhook is sent: the document that our rules see, in an object. */
export function reviewWithJudged(one: Case): object {
  const metadata = { name: 'bench-files' };
  const object = { apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata, judge: judgedOf(one) };
  return reviewOf(one, object);
}

export const judgedOf = ({ policy, user }: Case): JudgeInput => submissionOf(policy, user);

export function submissionOf(policy: object, user: Case['user'] = PLATFORM): JudgeInput {
  const read = intakeObject(policy);
  if (!read.valid) throw new Error(`the bench's policy is invalid: ${JSON.stringify(read.findings)}`);
  return {
    ...{ operation: 'create', door: 'webhook', subject: { user: user.username, groups: user.groups } },
    ...{ policy: read.normal, effectiveMode: read.normal.mode ?? 'enforce', planned: [] },
    time: '2026-01-01T00:00:00Z',
  };
}
