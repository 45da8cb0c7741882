// SPDX-License-Identifier: Apache-2.0
/**
 * Whether the columns that a record is searched by say what its bytes do. Told from the text where that is as this writer
 * makes it, and by reading it as JSON wherever anything is not.
 */
import { parsedRecord } from './parsed-record.ts';
import { type SearchedBy, searchedBy } from './record-bytes.ts';

const DECISION = '"decision":{"id":"';
const TYPE = '"type":"';
const OBJECT = '"object":"';
/** What JSON writes as it is. */
const PLAIN = /^[\w./: @-]*$/;

/** `at`: where the record's type begins. */
export function isFoundBy(columns: SearchedBy, bytes: string, at: number): boolean {
  return isPlainlyFoundBy(columns, bytes, at) || isFoundByMembers(columns, bytes);
}

function isPlainlyFoundBy({ type, object, decision }: SearchedBy, bytes: string, at: number): boolean {
  const next = at + TYPE.length + type.length;
  if (!bytes.startsWith(type, at + TYPE.length) || !bytes.startsWith('",', next)) return false;
  // records of earlier versions name the object after the actor: only a reader of JSON can tell that there is none
  if (object === null ? bytes.includes(OBJECT, next) : !isNamed(object, bytes, next + 2)) return false;
  if (type !== 'decision') return decision === null && PLAIN.test(type);
  const id = bytes.indexOf(DECISION, at);
  if (decision === null || id < 0) return false;
  return bytes.startsWith(`${decision}"`, id + DECISION.length) && PLAIN.test(decision);
}

function isNamed(object: string, bytes: string, at: number): boolean {
  const value = at + OBJECT.length;
  return (
    bytes.startsWith(OBJECT, at) &&
    bytes.startsWith(object, value) &&
    bytes.startsWith('",', value + object.length) &&
    PLAIN.test(object)
  );
}

function isFoundByMembers({ type, object, decision }: SearchedBy, bytes: string): boolean {
  const record = parsedRecord(bytes);
  if (record === undefined) return false;
  const own = searchedBy({ ...record, body: record.body ?? {} });
  return own.type === type && own.object === object && own.decision === decision;
}
