// SPDX-License-Identifier: Apache-2.0
import type { LogSource, Page } from './log-source.ts';
import { Frontier, leafHash } from './merkle.ts';
import type { RangeScan } from './scan.ts';
import { TILE_LEVELS, TILE_WIDTH } from './tiles.ts';

export interface Tree {
  rootAt(size: number): string | undefined;
}

/** The tree over all parts, and over any beginning of it: pages in between are hashed again. */
export function treeOf(source: LogSource, parts: RangeScan[]): Tree {
  const end = parts.at(-1)?.to ?? source.from;
  const roots = parts.flatMap((part) => part.roots);
  const before = parts[0]?.before ?? [];
  const firstPage = Math.ceil(source.from / TILE_WIDTH);
  const after = parts.at(-1)?.after ?? [];
  const grown = { pages: -1, frontier: new Frontier() };
  const upToPage = (pages: number): Frontier => {
    if (grown.pages < 0 || grown.pages > pages) {
      grown.frontier = new Frontier(source.from, source.peaks);
      for (const leaf of before) grown.frontier.append(leaf);
      grown.pages = 0;
    }
    for (; grown.pages < pages; grown.pages += 1)
      grown.frontier.append(roots[grown.pages] ?? '', TILE_LEVELS);
    return grown.frontier.copy();
  };
  return {
    rootAt: (size) => {
      if (size < source.from || size > end) return undefined;
      if (size < source.from + before.length) return shortRoot(source, before, size);
      const pages = Math.min(roots.length, Math.max(0, Math.floor(size / TILE_WIDTH) - firstPage));
      const frontier = upToPage(pages);
      const rest = size - frontier.size;
      for (const leaf of rest === 0 ? [] : leavesAfter(source, { at: frontier.size, rest, after, end }))
        frontier.append(leaf);
      return frontier.root();
    },
  };
}

function shortRoot(source: LogSource, before: string[], size: number): string {
  const frontier = new Frontier(source.from, source.peaks);
  for (const leaf of before.slice(0, size - source.from)) frontier.append(leaf);
  return frontier.root();
}

function leavesAfter(
  source: LogSource,
  { at, rest, after, end }: { at: number; rest: number; after: string[]; end: number },
): string[] {
  if (at === end - after.length) return after.slice(0, rest);
  const position = Math.floor(at / TILE_WIDTH);
  const stored = source.leaves?.(position);
  const page: Page = source.page(position);
  const bySeq = new Map(page.records.map(({ seq, bytes }) => [seq, bytes]));
  return Array.from({ length: rest }, (_, n) => {
    const bytes = bySeq.get(at + n);
    return bytes === undefined ? (storedLeaf(stored, at + n) ?? leafHash('')) : leafHash(bytes);
  });
}

function storedLeaf(leaves: string | undefined, seq: number): string | undefined {
  const at = (seq % TILE_WIDTH) * 64;
  return leaves?.slice(at, at + 64);
}
