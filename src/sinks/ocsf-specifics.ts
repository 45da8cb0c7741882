// SPDX-License-Identifier: Apache-2.0
/** What a class asks for beyond what all have. */
import type { AuditRecord } from '../model/audit-record.ts';
import { type Item, type Teller, typeOf } from './item.ts';
import {
  API_ACTIVITY,
  APPLICATION_LIFECYCLE,
  AUTHENTICATION,
  DETECTION_FINDING,
  ENTITY_MANAGEMENT,
  KERNEL_ACTIVITY,
  PROCESS_ACTIVITY,
} from './ocsf-classes.ts';

type Attributes = Record<string, unknown>;

export function specificsOf(uid: number, item: Item, teller: Teller): Attributes {
  const record = item.kind === 'record' ? item.record : undefined;
  const part = processPartOf(item);
  const device = { hostname: hostOf(item, teller), type_id: 0, type: 'Unknown' };
  const actor = actorOf(record, { part, teller });
  switch (uid) {
    case PROCESS_ACTIVITY:
      return { actor, device, process: processOf(part.process) };
    case KERNEL_ACTIVITY:
      return { actor, device, kernel: { name: kernelName(item), type_id: 99, type: 'eBPF' } };
    case DETECTION_FINDING:
      return { actor, device, finding_info: findingOf(record), ...dispositionOf(part) };
    case AUTHENTICATION:
      return { user: userOf(record), service: { name: `tracegate ${teller.part}` }, is_remote: true };
    case ENTITY_MANAGEMENT:
      return { actor, entity: { name: record?.object ?? 'this host', type: typeOf(item).split('.')[0] } };
    case APPLICATION_LIFECYCLE:
      return { device, actor, app: { name: `tracegate ${teller.part}`, vendor_name: 'Tracegate' } };
    case API_ACTIVITY:
      return { actor, api: apiOf(record), src_endpoint: { svc_name: record?.actor?.door ?? 'unknown' } };
    default:
      return {}; // the base event has none of its own: who and where stand in the record
  }
}

interface ProcessPart {
  process?: Attributes;
  parent?: Attributes;
  action?: string;
  function_name?: string;
}

function processPartOf(item: Item): ProcessPart {
  const event = item.kind === 'event' ? item.event : item.kind === 'record' && item.record.body.event;
  if (!event) return {};
  const parts = Object.entries(event).filter(([key]) => key.startsWith('process_'));
  return (parts[0]?.[1] ?? {}) as ProcessPart;
}

function hostOf(item: Item, { host }: Teller): string {
  if (item.kind === 'event') return item.event.node_name;
  const named = item.kind === 'record' ? item.record.body.host : undefined;
  return typeof named === 'string' ? named : host;
}

function actorOf(
  record: AuditRecord | undefined,
  { part, teller }: { part: ProcessPart; teller: Teller },
): Attributes {
  const culprit = (record?.body.by as Attributes | undefined) ?? part.process;
  return {
    app_name: `tracegate ${teller.part}`,
    ...(record?.actor && { user: userOf(record) }),
    ...(culprit && { process: processOf(culprit) }),
  };
}

function userOf(record: AuditRecord | undefined): Attributes {
  const { user, groups = [] } = record?.actor ?? { user: 'unknown' };
  return { name: user, ...(groups.length > 0 && { groups: groups.map((name) => ({ name })) }) };
}

function processOf(process: Attributes | undefined): Attributes {
  const exe = process?.exe as { path?: unknown } | undefined;
  const path = String(process?.binary ?? exe?.path ?? process?.comm ?? 'unknown');
  const { pid, uid, arguments: args, exec_id: id } = process ?? {};
  return {
    name: path.split('/').at(-1),
    ...(pid !== undefined && { pid: Number(pid) }),
    ...(id !== undefined && { uid: String(id) }),
    file: { name: path.split('/').at(-1), path, type_id: 1, type: 'Regular File' },
    ...(uid !== undefined && { user: { uid: String(uid) } }),
    ...(typeof args === 'string' && { cmd_line: `${path} ${args}` }),
  };
}

function kernelName(item: Item): string {
  if (item.kind === 'record') return item.record.object ?? item.record.type;
  return processPartOf(item).function_name ?? typeOf(item);
}

function findingOf(record: AuditRecord | undefined): Attributes {
  return { uid: `${record?.logId}:${record?.seq}`, title: `policy ${record?.object ?? ''} acted` };
}

/** 1.3.0 numbers: action 2 Denied; disposition 2 Blocked, 99 Other. */
function dispositionOf({ action }: ProcessPart): Attributes {
  const stopped = /SIGKILL|OVERRIDE/.test(action ?? '');
  return stopped
    ? { action_id: 2, action: 'Denied', disposition_id: 2, disposition: 'Blocked' }
    : { action_id: 99, action: action ?? 'Other', disposition_id: 99, disposition: 'Other' };
}

function apiOf(record: AuditRecord | undefined): Attributes {
  const decision = (record?.body.decision ?? {}) as { operation?: string; id?: string };
  return {
    operation: decision.operation ?? record?.type ?? 'review',
    service: { name: 'tracegate gate' },
    ...(decision.id !== undefined && { request: { uid: decision.id } }),
  };
}
