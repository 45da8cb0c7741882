// SPDX-License-Identifier: Apache-2.0
/**
 * RFC 8785 for values our readers made: JSON only, bounded in depth, strings well-formed. It is the package's result
 * at a fraction of its cost, which every review pays; a test holds the two together.
 */
import { plainObject } from './plain-object.ts';

export function canonicalJson(value: unknown): string {
  const copying: Copying = { numbered: false };
  const copy = sorted(value, copying);
  return copying.numbered ? memberByMember(value) : (JSON.stringify(copy) ?? 'null');
}

interface Copying {
  /** a key may look like an array's index, and engines move those to the front of an object */
  numbered: boolean;
}

/** The same value with its keys in order, for the engine to write in one go; what is in order already is not copied. */
function sorted(value: unknown, copying: Copying): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value)
    ? sortedItems(value, copying)
    : sortedMembers(value as Record<string, unknown>, copying);
}

function sortedItems(array: readonly unknown[], copying: Copying): readonly unknown[] {
  let items: unknown[] | undefined;
  for (let index = 0; index < array.length; index++) {
    const item = array[index];
    const placed = sorted(item, copying);
    if (placed !== item) items ??= array.slice(0, index);
    items?.push(placed);
  }
  return items ?? array;
}

function sortedMembers(object: Record<string, unknown>, copying: Copying): Record<string, unknown> {
  const written = Object.keys(object);
  const keys = keysInOrder(written);
  let copy = keys === written ? undefined : plainObject();
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const first = key.charCodeAt(0);
    if (first >= 48 && first <= 57) copying.numbered = true;
    const member = object[key];
    const placed = sorted(member, copying);
    if (placed !== member) copy ??= picked(object, keys.slice(0, index));
    if (copy !== undefined) copy[key] = placed;
  }
  return copy ?? object;
}

function picked(object: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  const copy = plainObject();
  for (const key of keys) copy[key] = object[key];
  return copy;
}

function memberByMember(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(memberByMember).join(',')}]`;
  let members = '';
  for (const key of keysInOrder(Object.keys(value))) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined)
      members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${memberByMember(member)}`;
  }
  return `{${members}}`;
}

const FEW_KEYS = 16;

/**
 * In the order of UTF-16 code units, which is that of `<` and of sort(); calling the latter costs more than a few keys are
 * worth. The list itself where it is in order.
 */
function keysInOrder(written: string[]): string[] {
  let next = 1;
  while (next < written.length && (written[next - 1] as string) < (written[next] as string)) next++;
  if (next >= written.length) return written;
  const keys = [...written];
  if (keys.length > FEW_KEYS) return keys.sort();
  for (; next < keys.length; next++) {
    const key = keys[next] as string;
    let at = next;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}
