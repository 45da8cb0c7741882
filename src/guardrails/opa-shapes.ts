// SPDX-License-Identifier: Apache-2.0
/**
 * Objects of an OPA module but for their values. Documents have a few sets of keys again and again, and how such an object lies in
 * memory depends on its keys alone: it is worked out once.
 */
import type { Key, OpaKeys } from './opa-keys.ts';
import { HEAD, WORD_BYTES, WORDS } from './opa-memory.ts';

const BUCKETS_LEAST = 8;
const BUCKETS_LOAD = 0.7;
/** Those with as many keys are gone through until one fits. */
const KEPT_PER_SIZE = 32;
const SIZE_MOST = 64;

export interface Shape {
  names: readonly string[];
  /** as it lies at address 0; of values there are zeros */
  words: Int32Array;
  /** indexes of the words that are addresses within the object */
  inner: readonly number[];
  /** index of the first member's value; the others follow at WORDS.member */
  values: number;
}

export class OpaShapes {
  readonly #keys: OpaKeys;
  readonly #kept: Shape[][] = Array.from({ length: SIZE_MOST }, () => []);

  constructor(keys: OpaKeys) {
    this.#keys = keys;
  }

  /** For this evaluation at least. Undefined: one of the keys is no well-formed text. */
  of(names: readonly string[]): Shape | undefined {
    const kept = this.#kept[names.length];
    if (kept !== undefined) for (const shape of kept) if (areSame(shape.names, names)) return shape;
    const keys: Key[] = [];
    for (const name of names) {
      const key = this.#keys.of(name);
      if (key === undefined) return undefined;
      keys.push(key);
    }
    const shape = shapeOf(names, keys);
    if (kept !== undefined && kept.length < KEPT_PER_SIZE && keys.every((key) => key.kept)) kept.push(shape);
    return shape;
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return true;
}

/** Members hang in the buckets of their keys' hashes, in each in the order of their keys. */
function shapeOf(names: readonly string[], keys: readonly Key[]): Shape {
  const buckets = bucketsFor(keys.length);
  const members = WORDS.object + buckets;
  const words = new Int32Array(members + keys.length * WORDS.member);
  words.set([HEAD.object, WORDS.object * WORD_BYTES, buckets, keys.length]);
  const inner = [1];
  for (const [bucket, chain] of chains(keys, buckets)) {
    let before = WORDS.object + bucket;
    for (const index of chain) {
      const member = members + index * WORDS.member;
      words[member] = (keys[index] as Key).address;
      words[before] = member * WORD_BYTES;
      inner.push(before);
      before = member + 2;
    }
  }
  return { names, words, inner, values: members + 1 };
}

function chains(keys: readonly Key[], buckets: number): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [index, { hash }] of keys.entries()) {
    const bucket = hash & (buckets - 1);
    const chain = found.get(bucket);
    if (chain === undefined) found.set(bucket, [index]);
    else chain.push(index);
  }
  const bytesOf = (index: number): Buffer => (keys[index] as Key).bytes;
  for (const chain of found.values()) chain.sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)));
  return found;
}

function bucketsFor(members: number): number {
  let buckets = BUCKETS_LEAST;
  while (members > buckets * BUCKETS_LOAD) buckets *= 2;
  return buckets;
}
