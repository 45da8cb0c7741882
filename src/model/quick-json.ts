// SPDX-License-Identifier: Apache-2.0
/**
 * The engine's own reader for JSON in which it cannot go wrong. It keeps one of two equal keys and says nothing; but
 * where no string has an escape, the text has a colon behind a quote for each member it read, and one more for every key it dropped.
 */
import { plainObject } from './plain-object.ts';
import { LIMITS } from './source-document.ts';

/** Beyond it the other reader is asked at once: it stops where a limit is passed, and not behind the end. */
const LENGTH_MOST = 1024 * 1024;

interface Count {
  values: number;
  members: number;
  depth: number;
  /** something has to be told, or refused with its place: that is for the reader that knows places */
  doubtful: boolean;
}

/** Undefined: it is to be read letter by letter. Expects well-formed text. */
export function readQuickly(text: string): { value: unknown } | undefined {
  if (text.length > LENGTH_MOST || text.includes('\\')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const count: Count = { values: 0, members: 0, depth: 0, doubtful: false };
  const value = plain(count, parsed);
  const doubtful = count.doubtful || count.values > LIMITS.values || count.members !== membersIn(text);
  return doubtful ? undefined : { value };
}

/** Nothing is inherited in the copy. */
function plain(count: Count, value: unknown): unknown {
  count.values++;
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
        count.doubtful = true;
      // + 0: minus zero is zero
      return value + 0;
    case 'object':
      return value === null ? null : below(count, value);
    default:
      return value;
  }
}

function below(count: Count, value: object): unknown {
  if (++count.depth > LIMITS.nesting) count.doubtful = true;
  const copy = count.doubtful ? value : Array.isArray(value) ? items(count, value) : members(count, value);
  count.depth--;
  return copy;
}

function items(count: Count, array: unknown[]): unknown[] {
  for (let index = 0; index < array.length; index++) array[index] = plain(count, array[index]);
  return array;
}

function members(count: Count, value: object): unknown {
  const object = plainObject();
  for (const key of Object.keys(value)) {
    count.members++;
    object[key] = plain(count, (value as Record<string, unknown>)[key]);
  }
  return object;
}

const QUOTE = 34;
const SPACE = 32;

/** Colons behind a quote, with space or without: no fewer than there are members. One in a string may be counted too: that is doubtful. */
function membersIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) <= SPACE) before--;
    if (text.charCodeAt(before) === QUOTE) count++;
  }
  return count;
}
