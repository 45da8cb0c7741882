// SPDX-License-Identifier: Apache-2.0
/** One record of the watch → what was done, in words that an auditor reads. */
import { attachTypeName, commandName, programTypeName } from '../../model/bpf-names.ts';
import {
  attachedByLink,
  attachedDirectly,
  linkBody,
  linked,
  onDevice,
  perfTarget,
  queried,
  structOps,
} from './attachments.ts';
import { COMMAND, loadAsked, mapAsked } from './attr.ts';
import { type AuditRecordSeen, KINDS, type SeenProgram } from './audit-records.ts';
import { loadFailureBody } from './load-failure.ts';
import { type Names, outcome, simple, type Told } from './told.ts';

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

/** Undefined: another record tells it. */
function ofCommand(record: AuditRecordSeen, names: Names, degraded: boolean): Told | undefined {
  if (record.structOps) return structOps(record);
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
    case COMMAND.progQuery:
      return queried(record, names);
    case COMMAND.tokenCreate:
      return simple('bpf.token.created', record);
  }
  const word = commandName(record.command);
  return simple(word.endsWith('_BY_ID') ? 'bpf.grabbed' : 'bpf.map.changed', record, { command: word });
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
        object: linked(link),
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
