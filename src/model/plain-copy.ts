// SPDX-License-Identifier: Apache-2.0
/** An object somebody else parsed, copied into what our own readers make: JSON values only, no prototypes, bounded. */
import { type PathPart, pointerOf } from './json-pointer.ts';
import { plainObject } from './plain-object.ts';
import { LIMITS, type ScalarDoubt } from './source-document.ts';
import { unreadable } from './source-text.ts';

export function copyPlain(value: unknown): { copy: unknown; doubts: ScalarDoubt[] } {
  const walk: Walk = { values: 0, path: [], doubts: [] };
  return { copy: copied(walk, value), doubts: walk.doubts };
}

interface Walk {
  values: number;
  path: PathPart[];
  doubts: ScalarDoubt[];
}

function copied(walk: Walk, value: unknown): unknown {
  if (++walk.values > LIMITS.values || walk.path.length > LIMITS.nesting) {
    throw unreadable(
      'the object is too large or nested too deep',
      `at most ${LIMITS.values} values and ${LIMITS.nesting} levels are read`,
    );
  }
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed())
        throw unreadable('a string holds half a surrogate pair', 'write both halves or none');
      return value;
    case 'number':
      return number(walk, value);
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      return Array.isArray(value)
        ? value.map((item, index) => below(walk, index, item))
        : members(walk, value);
    default:
      throw unreadable(`the object holds a ${typeof value}`, 'send JSON values only');
  }
}

function number(walk: Walk, value: number): number {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    walk.doubts.push({ pointer: pointerOf(walk.path), kind: 'inexact', text: String(value) });
  }
  return value + 0;
}

function members(walk: Walk, value: object): Record<string, unknown> {
  const object = plainObject();
  for (const [key, member] of Object.entries(value)) {
    // as JSON.stringify does: what is undefined is not there
    if (member !== undefined) object[key] = below(walk, key, member);
  }
  return object;
}

function below(walk: Walk, part: PathPart, value: unknown): unknown {
  walk.path.push(part);
  const copy = copied(walk, value);
  walk.path.pop();
  return copy;
}
