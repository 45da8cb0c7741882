// SPDX-License-Identifier: Apache-2.0
/** What one record of the watch is told as: the type of its audit record, what it is about, and what else there is to say. */
import { type AuditRecordSeen, OBJECTS } from './audit-records.ts';
import { errorOf } from './load-failure.ts';

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

export function outcome(type: string, { result }: AuditRecordSeen): Pick<Told, 'type'> & { error?: string } {
  return result >= 0 ? { type: `${type}.done` } : { type: `${type}.failed`, error: errorOf(result) };
}

/** A command that did one thing to one object. */
export function simple(type: string, record: AuditRecordSeen, more: Record<string, unknown> = {}): Told {
  const object = objectWord(record.object, record.objectId);
  const failed = record.result < 0;
  return {
    type: failed ? `${type}.failed` : type,
    ...(object !== undefined && { object }),
    body: { ...more, ...(failed && { error: errorOf(record.result) }) },
  };
}
