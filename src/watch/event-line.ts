// SPDX-License-Identifier: Apache-2.0
/** An event as JSON text. What many events share, the process, its parent and the policy's part, is written once. */
import type { TraceEvent } from '../model/event.ts';

const SHARED = new Set(['process', 'parent', 'tracegate']);
const written = new WeakMap<object, string>();

function shared(part: object): string {
  let text = written.get(part);
  if (text === undefined) {
    text = JSON.stringify(part);
    written.set(part, text);
  }
  return text;
}

/** The members of an object, as JSON.stringify writes them; `depth`: how far down shared parts are looked for. */
function members(object: object, depth: number): string {
  let text = '';
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    text += `${text === '' ? '{' : ','}"${name}":`;
    if (typeof value !== 'object' || value === null) text += JSON.stringify(value);
    else if (SHARED.has(name)) text += shared(value);
    else text += depth > 0 ? members(value, depth - 1) : JSON.stringify(value);
  }
  return text === '' ? '{}' : `${text}}`;
}

/** What JSON.stringify would give. No newline at the end. */
export function eventLine(event: TraceEvent): string {
  return members(event, 1);
}
