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

/** The same value with its keys in order, for the engine to write in one go. */
function sorted(value: unknown, copying: Copying): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(sorted(item, copying));
    return items;
  }
  const object = plainObject();
  for (const key of keysOf(value)) {
    const first = key.charCodeAt(0);
    if (first >= 48 && first <= 57) copying.numbered = true;
    object[key] = sorted((value as Record<string, unknown>)[key], copying);
  }
  return object;
}

function memberByMember(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(memberByMember).join(',')}]`;
  let members = '';
  for (const key of keysOf(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined)
      members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${memberByMember(member)}`;
  }
  return `{${members}}`;
}

const FEW_KEYS = 16;

/** In the order of UTF-16 code units, which is that of `<` and of sort(); calling the latter costs more than a few keys are worth. */
function keysOf(object: object): string[] {
  const keys = Object.keys(object);
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let next = 1; next < keys.length; next++) {
    const key = keys[next] as string;
    let at = next;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}
