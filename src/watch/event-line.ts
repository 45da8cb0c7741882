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

/** What JSON has to escape, and half a pair of surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f"\\\ud800-\udfff]/;

function json(value: unknown): string {
  if (typeof value === 'string') return UNSAFE.test(value) ? JSON.stringify(value) : `"${value}"`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? list(value) : members(value);
  return JSON.stringify(value);
}

function list(values: readonly unknown[]): string {
  let text = '';
  for (const value of values) text += text === '' ? json(value) : `,${json(value)}`;
  return `[${text}]`;
}

function members(object: object): string {
  let text = '';
  for (const name in object) {
    const value = object[name as keyof typeof object] as unknown;
    if (value === undefined) continue;
    const isShared = typeof value === 'object' && value !== null && SHARED.has(name);
    const part = isShared ? shared(value) : json(value);
    text += `${text === '' ? '{' : ','}"${name}":${part}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** What JSON.stringify would give. No newline at the end. */
export function eventLine(event: TraceEvent): string {
  return members(event);
}
