// SPDX-License-Identifier: Apache-2.0
/**
 * What a person may ask to have removed: a record's bytes hold a salted hash of it and the value lies beside them. The
 * chain covers the hash, so the value can be shown to be the one that was written, and can go without a trace in the
 * chain but the record that says who removed it and why. The salt keeps a short value from being guessed.
 */
import { hash, randomFillSync } from 'node:crypto';
import type { AuditRecord } from '../model/audit-record.ts';

/** By JSON Pointer: the salt and the value. */
export type PrivateValues = Record<string, [salt: string, value: unknown]>;

/** What stands in the place of a value that is gone. */
export const REDACTED = '[redacted]';

interface Places {
  [member: string]: Places | undefined;
}
const LEAF: Places = {};
const PROCESS: Places = { arguments: LEAF, cwd: LEAF };

/** Whose hands it went through, what they wrote, what programs were started with. `*` is any one member. */
const PRIVATE: Places = {
  actor: { user: LEAF },
  body: {
    ...{ reason: LEAF, from: LEAF, user: LEAF },
    decision: { subject: { user: LEAF } },
    event: { '*': { process: PROCESS, parent: PROCESS } },
    by: PROCESS,
    exception: {
      ...{ requester: LEAF, approver: LEAF, revokedBy: LEAF, reason: LEAF },
      who: { users: LEAF },
    },
  },
};

/** One of those places, as every record is gone through: what is worked out of it once is not built again for each. */
interface Place {
  name: string;
  pointer: string;
  below: readonly Place[];
  /** what any other member has below it */
  any: Places | undefined;
}

function placeAt(name: string, pointer: string, { '*': any, ...named }: Places): Place {
  const below = Object.entries(named).map(([member, tree]) =>
    placeAt(member, `${pointer}/${escaped(member)}`, tree as Places),
  );
  return { name, pointer, below, any };
}

const ROOT = placeAt('', '', PRIVATE);

function escaped(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}

const SALT_BYTES = 16;
const pool = Buffer.alloc(SALT_BYTES * 256);
let used = pool.length;

function newSalt(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += SALT_BYTES;
  return pool.toString('base64url', used - SALT_BYTES, used);
}

export function commitmentOf(salt: string, value: unknown): string {
  return hash('sha256', `\u0002${salt}${JSON.stringify(value)}`);
}

type Holder = Record<string, unknown>;

export interface SetApart {
  values: PrivateValues | undefined;
  commitments: Record<string, string> | undefined;
  actor: Holder | undefined;
  body: unknown;
}

/** The record's parts without the private values, what was taken out, and what stands for it in the bytes. */
export function setApart({ actor, body }: Pick<AuditRecord, 'actor' | 'body'>): SetApart {
  const taking: Taking = { values: undefined, commitments: undefined };
  const left = without({ actor, body }, ROOT, taking) as SetApart;
  return { ...taking, actor: left.actor, body: left.body };
}

interface Taking {
  values: PrivateValues | undefined;
  commitments: Record<string, string> | undefined;
}

function take(pointer: string, value: unknown, taking: Taking): void {
  const salt = newSalt();
  taking.values ??= {};
  taking.values[pointer] = [salt, value];
  taking.commitments ??= {};
  taking.commitments[pointer] = commitmentOf(salt, value);
}

/**
 * The same value without what is private in it, copied only where something is taken out: a member that is undefined, which
 * costs less than one that is deleted and is not written either.
 */
function without(value: unknown, place: Place, taking: Taking): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  let copy: Holder | undefined;
  for (const at of place.any === undefined ? place.below : placesOf(value, place.pointer, place.any)) {
    const member = (value as Holder)[at.name];
    if (member === undefined || member === '' || !Object.hasOwn(value, at.name)) continue;
    const isLeaf = at.below.length === 0 && at.any === undefined;
    if (isLeaf) take(at.pointer, member, taking);
    const rest = isLeaf ? undefined : without(member, at, taking);
    if (rest === member) continue;
    copy ??= { ...(value as Holder) };
    copy[at.name] = rest;
  }
  return copy ?? value;
}

function placesOf(value: object, pointer: string, tree: Places): Place[] {
  return Object.keys(value).map((name) => placeAt(name, `${pointer}/${escaped(name)}`, tree));
}

/** Puts the values back in their places, and names those that are gone. */
export function restored(
  record: AuditRecord & { private?: Record<string, string> },
  apart: string | undefined,
): AuditRecord {
  const { private: commitments, ...rest } = record;
  if (commitments === undefined) return rest;
  const values = apart === undefined ? {} : (JSON.parse(apart) as PrivateValues);
  const redacted = Object.keys(commitments).filter((pointer) => !Object.hasOwn(values, pointer));
  for (const pointer of Object.keys(commitments))
    put(rest as unknown as Holder, pointer, values[pointer]?.[1] ?? REDACTED);
  return redacted.length === 0 ? rest : { ...rest, redacted };
}

function put(holder: Holder, pointer: string, value: unknown): void {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  let place: unknown = holder;
  for (const name of names.slice(0, -1)) place = ownMember(place, name);
  const last = names.at(-1) as string;
  // a file that was tampered with may name anything: only plain members of what was parsed are written to
  if (typeof place === 'object' && place !== null && last !== '__proto__') (place as Holder)[last] = value;
}

function ownMember(holder: unknown, name: string): unknown {
  const has = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name);
  return has ? (holder as Holder)[name] : undefined;
}

const SALT_LENGTH = 22;
/** The digits, their quotation marks and the bracket that ends them. */
const COMMITMENT_LENGTH = 67;

/** Whether one value lies beside a record and is the one it commits to from `begin` to `end`, told without reading either as JSON. */
export function isTheOne(
  bytes: string,
  { begin, end }: { begin: number; end: number },
  apart: string,
): boolean {
  const pointer = end - begin - COMMITMENT_LENGTH;
  const value = pointer + 2 + SALT_LENGTH + 2;
  // of several, the first would end before that
  if (pointer < 0 || bytes.indexOf('":"', begin) !== begin + pointer - 2) return false;
  if (!apart.startsWith('["', pointer) || !apart.startsWith('",', value - 2) || !apart.endsWith(']}'))
    return false;
  if (!bytes.startsWith(apart.slice(0, pointer), begin)) return false;
  const salted = `\u0002${apart.slice(pointer + 2, value - 2)}${apart.slice(value, -2)}`;
  return bytes.startsWith(hash('sha256', salted), begin + pointer + 1);
}

/** What is wrong with the values that lie beside a record, each by its pointer; and which are not there. */
export function checkApart(
  commitments: Record<string, string>,
  apart: string | undefined,
): { wrong: string[]; gone: string[] } {
  const values = apart === undefined ? {} : parsed(apart);
  const strange = Object.keys(values).filter((pointer) => !Object.hasOwn(commitments, pointer));
  const wrong = [...strange];
  const gone: string[] = [];
  for (const [pointer, commitment] of Object.entries(commitments)) {
    const held = values[pointer];
    if (held === undefined) gone.push(pointer);
    else if (!Array.isArray(held) || commitmentOf(String(held[0]), held[1]) !== commitment)
      wrong.push(pointer);
  }
  return { wrong, gone };
}

function parsed(apart: string): PrivateValues {
  try {
    const values: unknown = JSON.parse(apart);
    if (typeof values === 'object' && values !== null) return values as PrivateValues;
  } catch {
    // told as a value that is not the one committed to
  }
  return { '': ['', undefined] };
}
