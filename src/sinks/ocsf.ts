// SPDX-License-Identifier: Apache-2.0
/**
 * Records and events in the Open Cybersecurity Schema, version 1.3.0. What has a class of its own there is told by it, the
 * rest as a base event; what no attribute is for stands under `unmapped`, so that nothing is left out.
 */
import { gradeOf, hasFailed, type Item, type Teller, timeOf, typeOf } from './item.ts';
import { CLASSES, type Class, classOf, DETECTION_FINDING } from './ocsf-classes.ts';
import { specificsOf } from './ocsf-specifics.ts';

const VERSION = '1.3.0';
const PRODUCT = { name: 'Tracegate', vendor_name: 'Tracegate' };
const SEVERITY = {
  information: { severity_id: 1, severity: 'Informational' },
  notice: { severity_id: 1, severity: 'Informational' },
  warning: { severity_id: 3, severity: 'Medium' },
};

export function ocsfOf(item: Item, teller: Teller): Record<string, unknown> {
  const { uid, activity } = classOf(item);
  const class_: Class = CLASSES[uid] as Class;
  const [category, categoryName] = class_.category;
  const activityName = class_.activities[activity] ?? 'Other';
  return {
    ...{ category_uid: category, category_name: categoryName, class_uid: uid, class_name: class_.name },
    ...{ activity_id: activity, activity_name: activityName },
    ...{ type_uid: uid * 100 + activity, type_name: `${class_.name}: ${activityName}` },
    ...{ time: Date.parse(timeOf(item)), ...SEVERITY[gradeOf(item)] },
    ...statusOf(uid, item),
    message: messageOf(item),
    metadata: metadataOf(item, teller, class_.profiles),
    ...specificsOf(uid, item, teller),
    unmapped: unmappedOf(item),
  };
}

/** A finding's status says how far people are with it: ours are new. */
function statusOf(uid: number, item: Item): Record<string, unknown> {
  if (uid === DETECTION_FINDING) return { status_id: 1, status: 'New' };
  return hasFailed(item) ? { status_id: 2, status: 'Failure' } : { status_id: 1, status: 'Success' };
}

function metadataOf(
  item: Item,
  { part, version }: Teller,
  profiles?: readonly string[],
): Record<string, unknown> {
  return {
    version: VERSION,
    ...(profiles && { profiles }),
    product: { ...PRODUCT, version, feature: { name: part } },
    ...{ event_code: typeOf(item), original_time: timeOf(item) },
    ...(item.kind === 'record' && {
      uid: `${item.record.logId}:${item.record.seq}`,
      ...{ sequence: item.record.seq, log_name: item.record.logId },
    }),
    ...(item.kind === 'gap' && { log_name: item.gap.logId }),
    ...(item.kind === 'checkpoint' && { log_name: item.checkpoint.logId }),
  };
}

export function messageOf(item: Item): string {
  if (item.kind === 'gap') return item.gap.reason;
  if (item.kind === 'event') return typeOf(item);
  if (item.kind === 'checkpoint')
    return item.checkpoint.broken ?? `head of ${item.checkpoint.head.size} records`;
  const { type, object, actor } = item.record;
  return [type, object, actor && `by ${actor.user}`].filter(Boolean).join(' ');
}

function unmappedOf(item: Item): Record<string, unknown> {
  if (item.kind === 'event') return { event: item.event };
  if (item.kind === 'checkpoint') return { checkpoint: item.checkpoint };
  return item.kind === 'gap' ? { gap: item.gap } : { record: item.record };
}
