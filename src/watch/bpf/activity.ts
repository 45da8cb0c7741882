// SPDX-License-Identifier: Apache-2.0
/** One record of the watch → what was done, in words that an auditor reads. */
import { attachTypeName, commandName, linkTypeName, programTypeName } from '../../model/bpf-names.ts';
import { attachFlagsAsked, attachTypeAsked, COMMAND, linkTargetAsked, loadAsked, mapAsked } from './attr.ts';
import { type AuditRecordSeen, KINDS, OBJECTS, type SeenLink, type SeenProgram } from './audit-records.ts';
import { errorOf, loadFailureBody } from './load-failure.ts';

export interface Told {
  type: string;
  object?: string;
  body: Record<string, unknown>;
}

export interface Names {
  cgroup(id: bigint): string | undefined;
}

const OBJECT_WORDS: Record<number, string> = {
  [OBJECTS.TG_O_PROG]: 'program',
  [OBJECTS.TG_O_MAP]: 'map',
  [OBJECTS.TG_O_LINK]: 'link',
  [OBJECTS.TG_O_BTF]: 'btf',
  [OBJECTS.TG_O_TOKEN]: 'token',
};

export function objectWord(kind: number, id: number): string | undefined {
  const word = OBJECT_WORDS[kind];
  return word === undefined ? undefined : id === 0 ? word : `${word} ${id}`;
}

const PERF_WORDS = ['perf event', 'tracepoint', 'kprobe', 'uprobe'];
const perfTarget = ({ perfKind, name }: SeenLink): string =>
  `${PERF_WORDS[perfKind] ?? 'perf event'} ${name}`.trim();

/** A program as its record shows it. */
export function programBody(p: SeenProgram): Record<string, unknown> {
  return {
    id: p.id,
    type: programTypeName(p.type),
    name: p.name,
    tag: p.tag,
    ...(p.attachType !== 0 && { attachType: attachTypeName(p.attachType) }),
    ...(p.attachFunction && { attachTo: p.attachFunction }),
    ...(p.targetId && { target: p.targetId }),
    insns: p.insns,
    verifiedInsns: p.verifiedInsns,
    jitedBytes: p.jitedBytes,
    mapIds: p.mapIds,
    ...(p.mapCount > p.mapIds.length && { mapsBeyond: p.mapCount - p.mapIds.length }),
    ...(p.btfId && { btfId: p.btfId }),
  };
}

const BY_ATTACH_TYPE = new Set(['cgroup', 'netns', 'tcx', 'netkit']);

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

/** Loaded, and what it was asked to be. */
function loaded(record: AuditRecordSeen): Told {
  const asked = loadAsked(record.attr);
  const { insns: requestedInsns, token, signed, sleepable } = asked;
  return {
    type: 'bpf.load.done',
    object: `program ${record.program.id}`,
    body: {
      program: {
        ...programBody(record.program),
        ...(requestedInsns > 0 && { requestedInsns }),
        ...(sleepable && { sleepable }),
        ...(token && { token }),
        ...(signed && { signed }),
      },
    },
  };
}

function loadFailed(record: AuditRecordSeen): Told {
  const { objectId } = record;
  const object = objectId > 0 ? { object: `program ${objectId}` } : {};
  return { type: 'bpf.load.failed', ...object, body: loadFailureBody(record) };
}

function outcome(type: string, { result }: AuditRecordSeen): Pick<Told, 'type'> & { error?: string } {
  return result >= 0 ? { type: `${type}.done` } : { type: `${type}.failed`, error: errorOf(result) };
}

function attachedByLink(record: AuditRecordSeen, names: Names): Told {
  const { type, error } = outcome('bpf.attach', record);
  const { link, attr, programId, command } = record;
  if (link.id)
    return { type, object: `program ${link.programId}`, body: { how: 'link', link: linkBody(link, names) } };
  const wanted =
    command === COMMAND.linkCreate
      ? { attachType: attachTypeAsked(attr), target: `descriptor or device ${linkTargetAsked(attr)}` }
      : {};
  return {
    type,
    ...(programId > 0 && { object: `program ${programId}` }),
    body: { how: 'link', command: commandName(command), ...wanted, ...(error && { error }) },
  };
}

/** By PROG_ATTACH or PROG_DETACH: what it hangs on is a folder of a cgroup, a map or a namespace. */
function attachedDirectly(record: AuditRecordSeen, names: Names): Told {
  const attaches = record.command === COMMAND.progAttach;
  const { type, error } = outcome(attaches ? 'bpf.attach' : 'bpf.detach', record);
  const attachType = attachTypeAsked(record.attr);
  const object = objectWord(record.object, record.objectId);
  const flags = attachFlagsAsked(record.attr);
  const cgroup = attachType.startsWith('cgroup_') || attachType === 'lsm_cgroup';
  return {
    type: attaches || error ? type : 'bpf.detach',
    ...(object !== undefined && { object }),
    body: {
      how: 'bpf(2)',
      attachType,
      target: cgroup
        ? `cgroup ${names.cgroup(record.target) ?? record.target}`
        : `inode ${record.target} behind descriptor ${record.targetFd}`,
      ...(flags && { flags }),
      ...(error && { error }),
    },
  };
}

function simple(type: string, record: AuditRecordSeen, more: Record<string, unknown> = {}): Told {
  const object = objectWord(record.object, record.objectId);
  const failed = record.result < 0;
  return {
    type: failed ? `${type}.failed` : type,
    ...(object !== undefined && { object }),
    body: { ...more, ...(failed && { error: errorOf(record.result) }) },
  };
}

/** Undefined: another record tells it. */
function ofCommand(record: AuditRecordSeen, names: Names, degraded: boolean): Told | undefined {
  switch (record.command) {
    case COMMAND.progLoad:
      return record.result < 0 ? loadFailed(record) : loaded(record);
    case COMMAND.mapCreate:
      return simple('bpf.map.created', record, { map: mapAsked(record.attr) });
    case COMMAND.objPin:
      return record.result < 0 || degraded ? simple('bpf.pin', record) : undefined;
    case COMMAND.objGet:
      return simple('bpf.opened', record);
    case COMMAND.progAttach:
    case COMMAND.progDetach:
      return attachedDirectly(record, names);
    case COMMAND.rawTracepointOpen:
    case COMMAND.linkCreate:
      return attachedByLink(record, names);
    case COMMAND.linkUpdate:
      return simple('bpf.link.updated', record, { program: record.programId });
    case COMMAND.linkDetach:
      return simple('bpf.detach', record, { how: 'LINK_DETACH' });
    case COMMAND.mapFreeze:
      return simple('bpf.map.frozen', record);
    case COMMAND.progBindMap:
      return simple('bpf.map.bound', record, { program: record.programId });
    case COMMAND.enableStats:
      return simple('bpf.stats.enabled', record);
    case COMMAND.tokenCreate:
      return simple('bpf.token.created', record);
  }
  const word = commandName(record.command);
  return simple(word.endsWith('_BY_ID') ? 'bpf.grabbed' : 'bpf.map.changed', record, { command: word });
}

function onDevice(record: AuditRecordSeen, how: string): Told {
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

/** Who takes a program by its descriptor, by the type of it. */
const TAKERS: Record<string, string> = {
  socket_filter: 'a socket, or a rule of the packet filter',
  sk_reuseport: 'a group of sockets',
  sched_act: 'a tc action',
  sched_cls: 'a tc filter',
  perf_event: 'a perf event',
};

function pinBody({ text, textPartial, pinDevice, pinInode }: AuditRecordSeen): Record<string, unknown> {
  return {
    path: text,
    ...(textPartial && { partial: true }),
    device: pinDevice,
    inode: String(pinInode),
  };
}

/** What a record tells; undefined where another one tells it. `degraded`: there are no others. */
export function toldBy(record: AuditRecordSeen, names: Names, degraded: boolean): Told | undefined {
  const { program, link } = record;
  const ofProgram = { object: `program ${program.id}` };
  const perf = { how: 'perf event', target: perfTarget(link) };
  switch (record.kind) {
    case KINDS.TG_B_COMMAND:
      return ofCommand(record, names, degraded);
    case KINDS.TG_B_LOAD:
      return loaded(record);
    case KINDS.TG_B_UNLOAD:
      return { type: 'bpf.unload', ...ofProgram, body: { program: programBody(program) } };
    case KINDS.TG_B_LINK_FREE:
      return {
        type: 'bpf.detach',
        object: `program ${link.programId}`,
        body: { how: 'its link ended', link: linkBody(link, names) },
      };
    case KINDS.TG_B_PIN:
      return simple('bpf.pin', record, pinBody(record));
    case KINDS.TG_B_UNPIN:
      return simple('bpf.unpin', record, pinBody(record));
    case KINDS.TG_B_RENAME:
      return simple('bpf.pin.moved', record, pinBody(record));
    case KINDS.TG_B_UMOUNT:
      return simple('bpf.unmount', record, { path: record.text, device: record.pinDevice });
    case KINDS.TG_B_PERF_ATTACH:
      return { ...ofProgram, type: outcome('bpf.attach', record).type, body: perf };
    case KINDS.TG_B_PERF_DETACH:
      return { ...ofProgram, type: 'bpf.detach', body: { how: 'perf event' } };
    case KINDS.TG_B_XDP:
      return onDevice(record, 'XDP by netlink');
    case KINDS.TG_B_TC:
    case KINDS.TG_B_TC_GONE:
      return onDevice(record, 'tc filter by netlink');
    case KINDS.TG_B_HANDED:
      return {
        ...ofProgram,
        type: 'bpf.attach.done',
        body: { how: 'by its descriptor', target: TAKERS[programTypeName(program.type)] ?? 'not known' },
      };
  }
  return undefined;
}
