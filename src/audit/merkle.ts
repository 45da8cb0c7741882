// SPDX-License-Identifier: Apache-2.0
/**
 * The Merkle tree of RFC 9162 over a log's records. Leaves and inner nodes are hashed under different prefixes, so
 * that nobody can pass an inner node off as a record. Only complete subtrees are ever stored: they never change.
 */
import { hash } from 'node:crypto';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

export interface TreeNode {
  /** 0 for leaves */
  level: number;
  /** counted from the left within the level */
  position: number;
  hash: Buffer;
}

export function leafHash(bytes: string | Uint8Array): Buffer {
  const prefixed = typeof bytes === 'string' ? `\0${bytes}` : Buffer.concat([LEAF, bytes]);
  return hash('sha256', prefixed, 'buffer');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');
}

/** The right edge of a growing tree: the roots of its complete subtrees, largest first. */
export class Frontier {
  #size: number;
  #peaks: TreeNode[];

  constructor(size = 0, peaks: TreeNode[] = []) {
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf; answers with every subtree that became complete by it, the leaf first. */
  append(leaf: Buffer): TreeNode[] {
    let node: TreeNode = { level: 0, position: this.#size, hash: leaf };
    const completed = [node];
    for (let left = this.#peaks.at(-1); left?.level === node.level; left = this.#peaks.at(-1)) {
      this.#peaks.pop();
      node = { level: node.level + 1, position: left.position / 2, hash: nodeHash(left.hash, node.hash) };
      completed.push(node);
    }
    this.#peaks.push(node);
    this.#size += 1;
    return completed;
  }

  root(): Buffer {
    const last = this.#peaks.at(-1);
    if (last === undefined) return hash('sha256', '', 'buffer');
    return this.#peaks.slice(0, -1).reduceRight((right, peak) => nodeHash(peak.hash, right), last.hash);
  }

  copy(): Frontier {
    return new Frontier(this.#size, this.#peaks);
  }
}

/** Where the complete subtrees of a tree of `size` leaves stand, largest first. */
export function peakPlaces(size: number): { level: number; position: number }[] {
  const places: { level: number; position: number }[] = [];
  let covered = 0;
  while (covered < size) {
    const level = Math.floor(Math.log2(size - covered));
    places.push({ level, position: covered / 2 ** level });
    covered += 2 ** level;
  }
  return places;
}

type NodeAt = (level: number, position: number) => Buffer;

/** The hashes that lead from leaf `index` to the root of a tree of `size` leaves (RFC 9162 §2.1.3.1). */
export function inclusionProof(index: number, size: number, nodeAt: NodeAt): Buffer[] {
  const path = (begin: number, end: number): Buffer[] => {
    if (end - begin === 1) return [];
    const middle = begin + largestPowerBelow(end - begin);
    return index < middle
      ? [...path(begin, middle), rangeHash(middle, end, nodeAt)]
      : [...path(middle, end), rangeHash(begin, middle, nodeAt)];
  };
  return path(0, size);
}

/** The root that a proof claims, or undefined when it cannot belong to that leaf and size (RFC 9162 §2.1.3.2). */
export function provenRoot(
  index: number,
  size: number,
  leaf: Buffer,
  proof: Uint8Array[],
): Buffer | undefined {
  if (index < 0 || index >= size) return undefined;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return undefined;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      while (position % 2 === 0 && position !== 0) [position, last] = [position / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : undefined;
}

function rangeHash(begin: number, end: number, nodeAt: NodeAt): Buffer {
  const level = Math.log2(end - begin);
  if (Number.isInteger(level) && begin % (end - begin) === 0) return nodeAt(level, begin / (end - begin));
  const middle = begin + largestPowerBelow(end - begin);
  return nodeHash(rangeHash(begin, middle, nodeAt), rangeHash(middle, end, nodeAt));
}

function largestPowerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
