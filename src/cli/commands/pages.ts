// SPDX-License-Identifier: Apache-2.0
/** A listing of the gate, page after page. */
import type { GateClient } from '../client/gate-client.ts';

interface Page<T> {
  items: T[];
  next?: string;
}

/** Every item, or the first `most`. The gate's `next` is handed back as `after` until there is none. */
export async function* itemsOf<T>(
  gate: GateClient,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
  most: number = Number.POSITIVE_INFINITY,
): AsyncIterable<T> {
  let after = query.after;
  for (let left = most; left > 0; ) {
    const limit = String(Math.min(left, 500));
    const { body } = await gate.call<Page<T>>({ method: 'GET', path, query: { ...query, limit, after } });
    for (const item of body.items.slice(0, left)) yield item;
    left -= body.items.length;
    if (body.next === undefined || body.items.length === 0) return;
    after = String(body.next);
  }
}

/** A listing that is short enough to come whole. */
export async function allOf<T>(gate: GateClient, path: string): Promise<T[]> {
  const { body } = await gate.call<Page<T>>({ method: 'GET', path });
  return body.items;
}

/** All of a listing at once, for what needs the whole of it. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
