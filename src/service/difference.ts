// SPDX-License-Identifier: Apache-2.0
/** What differs between two documents, place by place, short enough for an audit record. */
export interface Difference {
  /** JSON Pointer */
  path: string;
  from?: string;
  to?: string;
}

const LIMIT = 100;
const TEXT_LIMIT = 200;

export function difference(from: unknown, to: unknown): { changes: Difference[]; more: number } {
  const found = [...differences(from, to, '')];
  return { changes: found.slice(0, LIMIT), more: Math.max(0, found.length - LIMIT) };
}

function* differences(from: unknown, to: unknown, path: string): Iterable<Difference> {
  if (isBranch(from) && isBranch(to) && Array.isArray(from) === Array.isArray(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      yield* differences(from[key], to[key], `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
    }
    return;
  }
  if (JSON.stringify(from) === JSON.stringify(to)) return;
  yield {
    path,
    ...(from === undefined ? {} : { from: text(from) }),
    ...(to === undefined ? {} : { to: text(to) }),
  };
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  const json = JSON.stringify(value) ?? 'undefined';
  return json.length > TEXT_LIMIT ? `${json.slice(0, TEXT_LIMIT)}…` : json;
}
