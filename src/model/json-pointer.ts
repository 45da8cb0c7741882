// SPDX-License-Identifier: Apache-2.0
/** JSON Pointers (RFC 6901): how findings say where in a document they point. */

export type PathPart = string | number;

export function pointerOf(parts: readonly PathPart[]): string {
  let pointer = '';
  for (const part of parts) pointer += `/${escapePart(part)}`;
  return pointer;
}

export function escapePart(part: PathPart): string {
  return typeof part === 'number' ? String(part) : part.replaceAll('~', '~0').replaceAll('/', '~1');
}

export function partsOf(pointer: string): string[] {
  if (pointer === '') return [];
  const parts = pointer.slice(1).split('/');
  if (!pointer.includes('~')) return parts;
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value a pointer leads to, through own properties only; undefined where it leads nowhere. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const part of partsOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** The pointer of what contains it; the root's parent is undefined. */
export function parentOf(pointer: string): string | undefined {
  return pointer === '' ? undefined : pointer.slice(0, pointer.lastIndexOf('/'));
}
