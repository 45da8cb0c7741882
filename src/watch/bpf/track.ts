// SPDX-License-Identifier: Apache-2.0
/** What a record changes of what is known to be there. */
import type { BpfAttachment, BpfCulprit } from '../../model/bpf.ts';
import { attachTypeName, linkTypeName, mapTypeName } from '../../model/bpf-names.ts';
import { COMMAND } from './attr.ts';
import { type AuditRecordSeen, KINDS, OBJECTS, type SeenMap } from './audit-records.ts';
import type { Inventory } from './inventory.ts';
import type { Told } from './told.ts';

export interface Happened {
  record: AuditRecordSeen;
  told: Told | undefined;
  by: BpfCulprit;
  time: string;
}

const shownMap = (map: SeenMap) => ({
  type: mapTypeName(map.type),
  name: map.name,
  keyBytes: map.keyBytes,
  valueBytes: map.valueBytes,
  maxEntries: map.maxEntries,
  flags: map.flags,
});

function attachment({ told, record }: Happened): BpfAttachment | undefined {
  if (told?.type !== 'bpf.attach.done' || record.link.id) return undefined;
  const { how, attachType, target } = told.body as Partial<Record<string, string>>;
  return {
    how: how ?? '',
    ...(attachType !== undefined && { attachType }),
    ...(target !== undefined && { target }),
  };
}

const programOf = ({ record, told }: Happened): number =>
  record.object === OBJECTS.TG_O_PROG
    ? record.objectId
    : Number(/^program (\d+)$/.exec(told?.object ?? '')?.[1] ?? 0);

/** PROG_DETACH, a perf event that ends, a device without XDP: the attachment that says the same is over. */
function endAttachment(inventory: Inventory, happened: Happened): void {
  if (happened.told?.type !== 'bpf.detach') return;
  const { target, how } = happened.told.body;
  const isIt = (one: BpfAttachment) => one.how === how && (target === undefined || one.target === target);
  const id = programOf(happened);
  for (const entry of id ? [inventory.of('program', id)] : inventory.all('program')) {
    const at = entry?.attached.findIndex(isIt) ?? -1;
    if (at >= 0) entry?.attached.splice(at, 1);
  }
}

function command(inventory: Inventory, happened: Happened): void {
  const { record, by } = happened;
  if (record.result < 0) return;
  const ours = record.byAgent;
  const isLink = record.object === OBJECTS.TG_O_LINK && record.link.id > 0;
  if (record.command === COMMAND.mapCreate && record.map.id > 0)
    inventory.came('map', record.map.id, { by, ours, shown: shownMap(record.map) });
  else if (record.command === COMMAND.progLoad) loaded(inventory, happened);
  else if (record.command === COMMAND.mapFreeze) {
    const map = inventory.of('map', record.objectId);
    if (map) map.frozen = true;
  } else if (isLink && record.command !== COMMAND.objGet) {
    const { id, type, programId, attachType } = record.link;
    const shown = { type: linkTypeName(type), programId, attachType: attachTypeName(attachType) };
    inventory.came('link', id, { by, ours, shown });
  }
}

function loaded(inventory: Inventory, { record, by, told }: Happened): void {
  const shown = told?.body.program as Record<string, unknown> | undefined;
  const ours = record.byAgent;
  inventory.came('program', record.program.id, { by, ours, ...(shown && { shown }) });
}

/** Whether it is of what Tracegate itself holds; and takes it over. */
export function track(inventory: Inventory, happened: Happened): void {
  const { record, by, time } = happened;
  const gone = { time, how: 'unloaded', by } as const;
  if (record.kind === KINDS.TG_B_COMMAND) command(inventory, happened);
  else if (record.kind === KINDS.TG_B_LOAD) loaded(inventory, happened);
  else if (record.kind === KINDS.TG_B_UNLOAD) inventory.went('program', record.program.id, gone);
  else if (record.kind === KINDS.TG_B_LINK_FREE) inventory.went('link', record.link.id, gone);
  const made = attachment(happened);
  if (made) inventory.of('program', programOf(happened))?.attached.push(made);
  endAttachment(inventory, happened);
}
