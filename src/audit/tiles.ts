// SPDX-License-Identifier: Apache-2.0
/**
 * The tree as it is stored: tiles of 256 neighbouring hashes, of every eighth level. A tile is written once, when it is
 * full, and never changes; the nodes between are a few hashes away from it, and what no tile holds yet is worked out
 * from the last records. So a record costs 32 bytes of tree and a 256th of an insert.
 */
import { hash } from 'node:crypto';
import { Frontier, leafHash, type NodeAt, peakPlaces, type TreeNode } from './merkle.ts';

export const TILE_LEVELS = 8;
export const TILE_WIDTH = 2 ** TILE_LEVELS;
const HASH_BYTES = 32;

export interface Tile {
  /** 0: its hashes are leaves; 1: roots of tiles of level 0 … */
  level: number;
  position: number;
  hashes: string[];
  root: string;
}

/** The key a tile is stored under. */
export function tileId(level: number, position: number): number {
  return level * 2 ** 40 + position;
}

export function packHashes(hashes: string[]): Buffer {
  return Buffer.from(hashes.join(''), 'hex');
}

export function hashIn(packed: Uint8Array, index: number): string {
  const { buffer, byteOffset } = packed;
  return Buffer.from(buffer, byteOffset + index * HASH_BYTES, HASH_BYTES).toString('hex');
}

/** The hashes at the right edge that fill no tile yet, a list for each level of tiles. */
export class TileEdge {
  readonly #lists: string[][];

  constructor(lists: string[][] = []) {
    this.#lists = lists;
  }

  /** Takes what a record completed; answers with the tiles that are full now. */
  take(completed: TreeNode[]): Tile[] {
    const tiles: Tile[] = [];
    for (const { level: treeLevel, position, hash } of completed) {
      if (treeLevel % TILE_LEVELS !== 0) continue;
      const level = treeLevel / TILE_LEVELS;
      if (level > 0) {
        tiles.push({ level: level - 1, position, hashes: this.#lists[level - 1] ?? [], root: hash });
        this.#lists[level - 1] = [];
      }
      this.#lists[level] ??= [];
      this.#lists[level].push(hash);
    }
    return tiles;
  }

  copy(): TileEdge {
    return new TileEdge(this.#lists.map((list) => [...list]));
  }
}

/** Where a stored tree is read from. */
export interface TileStore {
  tile(level: number, position: number): { hashes: Uint8Array; root: string } | undefined;
  /** of a tile whose hashes are not needed: they are 250 times as long */
  root(level: number, position: number): string | undefined;
  /** a record's exact bytes */
  bytes(seq: number): string | undefined;
}

export class StoredTree {
  readonly #store: TileStore;
  readonly #tiles = new Map<number, ReturnType<TileStore['tile']>>();
  /** what is missing is told by whoever asked */
  readonly #missing: (what: string) => Error;

  constructor(store: TileStore, missing: (what: string) => Error) {
    this.#store = store;
    this.#missing = missing;
  }

  readonly nodeAt: NodeAt = (level, position) => {
    const tileLevel = Math.floor(level / TILE_LEVELS);
    const span = 2 ** (level % TILE_LEVELS);
    const first = position * span;
    if (span === 1) return this.hashAt(tileLevel, position);
    const tile = this.#tile(tileLevel, Math.floor(first / TILE_WIDTH));
    if (tile !== undefined) return rootIn(tile.hashes, first % TILE_WIDTH, span);
    const hashes = Array.from({ length: span }, (_, at) => this.hashAt(tileLevel, first + at));
    return rootOfPower(hashes);
  };

  /** The right edge of the tree of the first `size` records. */
  frontier(size: number): Frontier {
    const peaks = peakPlaces(size).map((at) => ({ ...at, hash: this.nodeAt(at.level, at.position) }));
    return new Frontier(size, peaks);
  }

  rootAt(size: number): string {
    return this.frontier(size).root();
  }

  /** The hashes after the last full tile of a level, in a tree of `size` leaves. */
  edge(size: number): TileEdge {
    const lists: string[][] = [];
    for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
      const rest = count % TILE_WIDTH;
      lists.push(Array.from({ length: rest }, (_, at) => this.hashAt(level, count - rest + at)));
    }
    return new TileEdge(lists);
  }

  hashAt(level: number, index: number): string {
    const tile = this.#tile(level, Math.floor(index / TILE_WIDTH));
    if (tile !== undefined) return hashIn(tile.hashes, index % TILE_WIDTH);
    if (level > 0) return this.#root(level - 1, index) ?? this.#lacks(`tile ${level - 1}/${index}`);
    const bytes = this.#store.bytes(index);
    return bytes === undefined ? this.#lacks(`record ${index}`) : leafHash(bytes);
  }

  #lacks(what: string): never {
    throw this.#missing(what);
  }

  #root(level: number, position: number): string | undefined {
    return this.#tiles.get(tileId(level, position))?.root ?? this.#store.root(level, position);
  }

  #tile(level: number, position: number): ReturnType<TileStore['tile']> {
    const id = tileId(level, position);
    if (!this.#tiles.has(id)) this.#tiles.set(id, this.#store.tile(level, position));
    return this.#tiles.get(id);
  }
}

/** The root of a complete subtree over 2^n hashes; an empty text where one of them is no hash. */
export function rootOfPower(hashes: string[]): string {
  const packed = packHashes(hashes);
  return packed.length === hashes.length * HASH_BYTES ? rootIn(packed, 0, hashes.length) : '';
}

const PAIR = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
const ROW = Buffer.alloc((TILE_WIDTH / 2) * HASH_BYTES);

/** The same over 2^n neighbours of a tile, as bytes: a text of one byte a character is copied in a third of the time of digits. */
function rootIn(hashes: Uint8Array, first: number, span: number): string {
  let row = Buffer.from(hashes.buffer, hashes.byteOffset + first * HASH_BYTES, span * HASH_BYTES);
  for (let width = span / 2; width >= 1; width /= 2) {
    for (let at = 0; at < width; at += 1) {
      row.copy(PAIR, 1, at * 2 * HASH_BYTES, (at + 1) * 2 * HASH_BYTES);
      ROW.write(hash('sha256', PAIR, 'binary'), at * HASH_BYTES, HASH_BYTES, 'latin1');
    }
    row = ROW;
  }
  return row.toString('hex', 0, HASH_BYTES);
}
