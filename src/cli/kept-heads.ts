// SPDX-License-Identifier: Apache-2.0
/**
 * A file of signed heads that were kept elsewhere: as `audit checkpoint` and `audit witness` write them, or as gate and agent
 * send them (`sinks.checkpoint`, or its lines in a folder or behind the head of a syslog message), one or several to a line.
 */
import { readFileSync } from 'node:fs';
import { notAHead } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';

/** In the order they stand there. Throws Fault `unreadable` for a line that holds none. */
export function keptHeads(path: string): SignedHead[] {
  const lines = textOf(path)
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new Fault('unreadable', `${path} has no heads in it: it is no checkpoint`);
  return lines.flatMap((line, at) => headsIn(line, `${path} line ${at + 1}`));
}

function headsIn(line: string, where: string): SignedHead[] {
  const value = parsed(line);
  const several: unknown[] = Array.isArray(value) ? value : [value];
  return several.map((one) => {
    const head = isSent(one) ? one.head : one;
    const wrong = notAHead(head);
    if (wrong === undefined) return head as SignedHead;
    throw new Fault('unreadable', `${where} is no signed head: ${wrong}`);
  });
}

function isSent(value: unknown): value is { head: unknown } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'head');
}

function parsed(line: string): unknown {
  // a syslog message has a head of its own before what it tells
  const begin = line.startsWith('<') ? Math.max(0, line.indexOf('{')) : 0;
  try {
    return JSON.parse(line.slice(begin));
  } catch {
    return undefined; // told as what it is not
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('not-found', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
