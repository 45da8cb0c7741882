// SPDX-License-Identifier: Apache-2.0
/** Where programs are put and taken from, in words that an auditor reads: by links, by bpf(2) alone, by netlink. */
import { attachTypeName, commandName, linkTypeName } from '../../model/bpf-names.ts';
import { attachFlagsAsked, attachTypeAsked, attachTypeQueried, COMMAND, linkTargetAsked } from './attr.ts';
import type { AuditRecordSeen, SeenLink } from './audit-records.ts';
import { errorOf } from './load-failure.ts';
import { type Names, objectWord, outcome, simple, type Told } from './told.ts';

const PERF_WORDS = ['perf event', 'tracepoint', 'kprobe', 'uprobe'];
export const perfTarget = ({ perfKind, name }: SeenLink): string =>
  `${PERF_WORDS[perfKind] ?? 'perf event'} ${name}`.trim();

const BY_ATTACH_TYPE = new Set(['cgroup', 'netns', 'tcx', 'netkit', 'struct_ops']);

/** What a link hangs on, by its type. */
export function linkTarget(link: SeenLink, names: Names): string | undefined {
  switch (linkTypeName(link.type)) {
    case 'cgroup':
      return `cgroup ${names.cgroup(link.target) ?? link.target}`;
    case 'netns':
      return `network namespace ${link.target}`;
    case 'xdp':
    case 'tcx':
    case 'netkit':
      return `device ${link.name || link.ifindex}`;
    case 'kprobe_multi':
      return link.target === 1n ? link.name : `${link.target} functions, the first ${link.name}`;
    case 'uprobe_multi':
      return `${link.target} place${link.target === 1n ? '' : 's'} in ${link.name}`;
    case 'struct_ops':
      return `map ${link.target} ${link.name}`;
    case 'netfilter':
      return `family ${link.target & 0xffn}, hook ${link.target >> 8n}, priority ${link.ifindex | 0}`;
    case 'perf_event':
      return perfTarget(link);
    case 'raw_tracepoint':
      return `raw tracepoint ${link.name}`;
    default:
      return link.name || undefined;
  }
}

export function linkBody(link: SeenLink, names: Names): Record<string, unknown> {
  const type = linkTypeName(link.type);
  const target = linkTarget(link, names);
  return {
    id: link.id,
    type,
    program: link.programId,
    ...(BY_ATTACH_TYPE.has(type) || link.attachType !== 0
      ? { attachType: attachTypeName(link.attachType) }
      : {}),
    ...(target !== undefined && { target }),
  };
}

/** What a link holds: of struct_ops a map, whose programs the kernel calls. */
export const linked = ({ programId, type, target }: SeenLink): string =>
  linkTypeName(type) === 'struct_ops' ? `map ${target}` : `program ${programId}`;

export function attachedByLink(record: AuditRecordSeen, names: Names): Told {
  const { type, error } = outcome('bpf.attach', record);
  const { link, attr, programId, command } = record;
  if (link.id) return { type, object: linked(link), body: { how: 'link', link: linkBody(link, names) } };
  const object = programId > 0 ? `program ${programId}` : objectWord(record.object, record.objectId);
  const wanted =
    command === COMMAND.linkCreate
      ? { attachType: attachTypeAsked(attr), target: `descriptor or device ${linkTargetAsked(attr)}` }
      : {};
  return {
    type,
    ...(object !== undefined && { object }),
    body: { how: 'link', command: commandName(command), ...wanted, ...(error && { error }) },
  };
}

const ON_MAPS = new Set([
  'sk_skb_stream_parser',
  'sk_skb_stream_verdict',
  'sk_skb_verdict',
  'sk_msg_verdict',
]);
const ON_DEVICES = new Set(['tcx_ingress', 'tcx_egress', 'netkit_primary', 'netkit_peer', 'xdp']);

/** What a command without a link is about, by the kind of attachment. */
function directTarget({ target, targetFd }: AuditRecordSeen, attachType: string, names: Names): string {
  if (attachType.startsWith('cgroup_') || attachType === 'lsm_cgroup')
    return `cgroup ${names.cgroup(target) ?? target}`;
  if (ON_MAPS.has(attachType)) return `map ${target}`;
  if (ON_DEVICES.has(attachType)) return `device ${targetFd}`;
  return `inode ${target} behind descriptor ${targetFd}`;
}

/** A map of struct_ops is in force from when its entry is set until that is deleted. */
export function structOps(record: AuditRecordSeen): Told {
  const ends = record.command === COMMAND.mapDelete;
  const { type, error } = outcome(ends ? 'bpf.detach' : 'bpf.attach', record);
  return {
    type: ends && !error ? 'bpf.detach' : type,
    object: objectWord(record.object, record.objectId) ?? 'map',
    body: { how: 'struct_ops', ...(error && { error }) },
  };
}

/** Who asks what hangs somewhere; not each time where it asks many times. */
export function queried(record: AuditRecordSeen, names: Names): Told {
  const attachType = attachTypeQueried(record.attr);
  return simple('bpf.queried', record, {
    attachType,
    target: directTarget(record, attachType, names),
    queries: record.queries,
  });
}

/** By PROG_ATTACH or PROG_DETACH: what it hangs on is a folder of a cgroup, a map or a namespace. */
export function attachedDirectly(record: AuditRecordSeen, names: Names): Told {
  const attaches = record.command === COMMAND.progAttach;
  const { type, error } = outcome(attaches ? 'bpf.attach' : 'bpf.detach', record);
  const attachType = attachTypeAsked(record.attr);
  const object = objectWord(record.object, record.objectId);
  const flags = attachFlagsAsked(record.attr);
  return {
    type: attaches || error ? type : 'bpf.detach',
    ...(object !== undefined && { object }),
    body: {
      how: 'bpf(2)',
      attachType,
      target: directTarget(record, attachType, names),
      ...(flags && { flags }),
      ...(error && { error }),
    },
  };
}

/** By netlink. */
export function onDevice(record: AuditRecordSeen, how: string): Told {
  const { ifindex, link, target, objectId, result } = record;
  const attaches = objectId > 0;
  const failed = result < 0;
  return {
    type: attaches ? `bpf.attach.${failed ? 'failed' : 'done'}` : `bpf.detach${failed ? '.failed' : ''}`,
    ...(attaches && { object: `program ${objectId}` }),
    body: {
      how,
      target: `device ${link.name || ifindex}`,
      ...(target && { parent: `0x${target.toString(16)}` }),
      ...(failed && { error: errorOf(result) }),
    },
  };
}
