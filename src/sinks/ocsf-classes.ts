// SPDX-License-Identifier: Apache-2.0
import { type Item, typeOf } from './item.ts';

export interface Class {
  name: string;
  category: readonly [uid: number, name: string];
  activities: Readonly<Record<number, string>>;
  /** sets of attributes we tell that the class has only where they are named */
  profiles?: readonly string[];
}

const SYSTEM = [1, 'System Activity'] as const;
const FINDINGS = [2, 'Findings'] as const;
const IAM = [3, 'Identity & Access Management'] as const;
const APPLICATION = [6, 'Application Activity'] as const;
const OTHER = 99;

export const BASE_EVENT = 0;
export const KERNEL_ACTIVITY = 1003;
export const PROCESS_ACTIVITY = 1007;
export const DETECTION_FINDING = 2004;
export const AUTHENTICATION = 3002;
export const ENTITY_MANAGEMENT = 3004;
export const APPLICATION_LIFECYCLE = 6002;
export const API_ACTIVITY = 6003;

export const CLASSES: Readonly<Record<number, Class>> = {
  [BASE_EVENT]: { name: 'Base Event', category: [0, 'Uncategorized'], activities: { 99: 'Other' } },
  [KERNEL_ACTIVITY]: {
    ...{ name: 'Kernel Activity', category: SYSTEM },
    activities: { 1: 'Create', 2: 'Read', 3: 'Delete', 4: 'Invoke', 99: 'Other' },
  },
  [PROCESS_ACTIVITY]: {
    ...{ name: 'Process Activity', category: SYSTEM },
    activities: { 1: 'Launch', 2: 'Terminate' },
  },
  [DETECTION_FINDING]: {
    ...{ name: 'Detection Finding', category: FINDINGS, activities: { 1: 'Create' } },
    profiles: ['host', 'security_control'],
  },
  [AUTHENTICATION]: { name: 'Authentication', category: IAM, activities: { 1: 'Logon' } },
  [ENTITY_MANAGEMENT]: {
    ...{ name: 'Entity Management', category: IAM, profiles: ['host'] },
    activities: {
      ...{
        1: 'Create',
        3: 'Update',
        4: 'Delete',
        10: 'Activate',
        11: 'Deactivate',
        12: 'Suspend',
        13: 'Resume',
      },
      99: 'Other',
    },
  },
  [APPLICATION_LIFECYCLE]: {
    ...{ name: 'Application Lifecycle', category: APPLICATION, profiles: ['host'] },
    activities: { 3: 'Start', 4: 'Stop', 8: 'Update', 99: 'Other' },
  },
  [API_ACTIVITY]: {
    ...{ name: 'API Activity', category: APPLICATION },
    activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete', 99: 'Other' },
  },
};

interface Kind {
  uid: number;
  activity: number;
}

/** The first that fits; `.` at an end stands for all that begin so. */
const KINDS: readonly [type: string, uid: number, activity: number][] = [
  ['decision', API_ACTIVITY, OTHER],
  ['submission.', API_ACTIVITY, OTHER],
  ['auth.', AUTHENTICATION, 1],
  ['enforcement', DETECTION_FINDING, 1],
  ['policy.applied', ENTITY_MANAGEMENT, 3],
  ['policy.retired', ENTITY_MANAGEMENT, 4],
  ['policy.', ENTITY_MANAGEMENT, 3],
  ['token.created', ENTITY_MANAGEMENT, 1],
  ['token.revoked', ENTITY_MANAGEMENT, 4],
  ['exception.requested', ENTITY_MANAGEMENT, 1],
  ['exception.approved', ENTITY_MANAGEMENT, 10],
  ['exception.revoked', ENTITY_MANAGEMENT, 11],
  ['suspension.begun', ENTITY_MANAGEMENT, 12],
  ['suspension.ended', ENTITY_MANAGEMENT, 13],
  ['suspension.', ENTITY_MANAGEMENT, OTHER],
  ['load.done', ENTITY_MANAGEMENT, 10],
  ['unload.done', ENTITY_MANAGEMENT, 11],
  ['retire.done', ENTITY_MANAGEMENT, 11],
  ['rules.', APPLICATION_LIFECYCLE, 8],
  ['config.', APPLICATION_LIFECYCLE, 8],
  ['gate.started', APPLICATION_LIFECYCLE, 3],
  ['gate.stopped', APPLICATION_LIFECYCLE, 4],
  ['agent.started', APPLICATION_LIFECYCLE, 3],
  ['agent.stopped', APPLICATION_LIFECYCLE, 4],
  ['bpf.load.', KERNEL_ACTIVITY, 1],
  ['bpf.map.created', KERNEL_ACTIVITY, 1],
  ['bpf.unload', KERNEL_ACTIVITY, 3],
  ['bpf.grabbed', KERNEL_ACTIVITY, 2],
  ['bpf.', KERNEL_ACTIVITY, OTHER],
  ['process_exec', PROCESS_ACTIVITY, 1],
  ['process_exit', PROCESS_ACTIVITY, 2],
  ['process_', KERNEL_ACTIVITY, 4],
];

const OPERATIONS: Readonly<Record<string, number>> = { create: 1, update: 3, delete: 4 };

export function classOf(item: Item): Kind {
  const type = typeOf(item);
  const [, uid, activity] = KINDS.find(
    ([of]) => type === of || (/[._]$/.test(of) && type.startsWith(of)),
  ) ?? ['', BASE_EVENT, OTHER];
  if (item.kind !== 'record' || type !== 'decision') return { uid, activity };
  const { operation } = (item.record.body.decision ?? {}) as { operation?: string };
  return { uid, activity: OPERATIONS[operation ?? ''] ?? OTHER };
}
