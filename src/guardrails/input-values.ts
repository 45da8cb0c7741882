// SPDX-License-Identifier: Apache-2.0
/**
 * Writes an evaluation's input into the memory of an OPA module as the very values its parser makes of JSON: text that is
 * written here only to be read there costs as much as the rules. `openInputValues` first has the module show that it
 * lays values out in this way.
 */
import { KEYS_BYTES, type Key, OpaKeys } from './opa-keys.ts';
import { HEAD, OpaMemory, WORDS } from './opa-memory.ts';

export interface ValueExports {
  opa_heap_ptr_set(address: number): void;
  opa_value_parse(address: number, length: number): number;
  opa_json_dump(value: number): number;
}

/** Of an input in memory: the value, and where a heap may begin. */
export interface Written {
  address: number;
  end: number;
}

const WORD_BYTES = 4;
const BUCKETS_LEAST = 8;
const BUCKETS_LOAD = 0.7;
/** Numbers from zero on that are made once, for they are the indexes of elements as well. */
const NUMBERS_KEPT = 1024;
const NUMBERS_BYTES = NUMBERS_KEPT * WORDS.number * WORD_BYTES;
const CONSTANTS_BYTES = 32;

/** It has a value that is written in JSON in a way of its own, or not at all. */
class NotPlain extends Error {}

export class InputValues {
  /** where those of an evaluation begin */
  readonly base: number;
  readonly #memory: OpaMemory;
  readonly #constants: number;
  readonly #numbers: number;
  readonly #keys: OpaKeys;
  /** strings are written together at the end: their texts, and the values that are to point to them */
  #texts: string[] = [];
  #holders: number[] = [];

  /** Takes some of the memory from the address on for good. */
  constructor(memory: WebAssembly.Memory, address: number) {
    this.#memory = new OpaMemory(memory);
    this.#memory.startAt(address);
    this.#constants = this.#memory.takeText(CONSTANTS_BYTES);
    this.#memory.words.set([HEAD.null, 0, HEAD.false, 0, HEAD.true, 0], this.#constants / WORD_BYTES);
    this.#numbers = this.#memory.takeText(NUMBERS_BYTES);
    this.#memory.startAt(this.#numbers);
    for (let value = 0; value < NUMBERS_KEPT; value++) this.#memory.integer(value);
    const keys = this.#memory.takeText(KEYS_BYTES);
    this.#keys = new OpaKeys(this.#memory, keys);
    this.base = this.#memory.next * WORD_BYTES;
  }

  /** Undefined: only its JSON can be given to the module. */
  write(input: object): Written | undefined {
    this.#memory.startAt(this.base);
    this.#texts = [];
    this.#holders = [];
    try {
      const address = this.#value(input);
      this.#writeTexts();
      return { address, end: this.#memory.next * WORD_BYTES };
    } catch (thrown) {
      if (thrown instanceof NotPlain) return undefined;
      throw thrown;
    }
  }

  #value(value: unknown): number {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        return this.#constants + (value ? 16 : 8);
      case 'object':
        if (value === null) return this.#constants;
        return Array.isArray(value) ? this.#array(value) : this.#object(value as Record<string, unknown>);
      default:
        throw new NotPlain();
    }
  }

  #string(text: string): number {
    const at = this.#memory.take(WORDS.string);
    this.#memory.words[at] = HEAD.string;
    this.#texts.push(text);
    this.#holders.push(at);
    return at * WORD_BYTES;
  }

  #number(value: number): number {
    if (!Number.isSafeInteger(value)) throw new NotPlain();
    return value >= 0 && value < NUMBERS_KEPT ? this.#kept(value) : this.#memory.integer(value);
  }

  #kept(number: number): number {
    return this.#numbers + number * WORDS.number * WORD_BYTES;
  }

  #array(items: readonly unknown[]): number {
    const { length } = items;
    const memory = this.#memory;
    const at = memory.take(WORDS.array + length * WORDS.element);
    let element = at + WORDS.array;
    memory.words[at] = HEAD.array;
    memory.words[at + 1] = length === 0 ? 0 : element * WORD_BYTES;
    memory.words[at + 2] = length;
    memory.words[at + 3] = length;
    for (let index = 0; index < length; index++) {
      const number = index < NUMBERS_KEPT ? this.#kept(index) : memory.integer(index);
      const value = this.#value(items[index]);
      memory.words[element] = number;
      memory.words[element + 1] = value;
      element += WORDS.element;
    }
    return at * WORD_BYTES;
  }

  /** Keys and values apart: to look a value up by its key costs more than to list them. */
  #object(object: object): number {
    const names = Object.keys(object);
    const values = Object.values(object) as unknown[];
    let members = names.length;
    for (const value of values) if (value === undefined) members--;
    const buckets = bucketsFor(members);
    const memory = this.#memory;
    const at = memory.take(WORDS.object + buckets + members * WORDS.member);
    const first = at + WORDS.object;
    memory.words[at] = HEAD.object;
    memory.words[at + 1] = first * WORD_BYTES;
    memory.words[at + 2] = buckets;
    memory.words[at + 3] = members;
    for (let bucket = first; bucket < first + buckets; bucket++) memory.words[bucket] = 0;
    let member = first + buckets;
    for (let index = 0; index < names.length; index++) {
      if (values[index] === undefined) continue;
      const key = this.#keys.of(names[index] as string);
      if (key === undefined) throw new NotPlain();
      this.#chain(key, member, first + (key.hash & (buckets - 1)));
      const value = this.#value(values[index]);
      memory.words[member] = key.address;
      memory.words[member + 1] = value;
      member += WORDS.member;
    }
    return at * WORD_BYTES;
  }

  /** Puts a member into its bucket, where they stand in the order of their keys. */
  #chain(key: Key, member: number, bucket: number): void {
    const { words } = this.#memory;
    let before = bucket;
    let here = words[bucket] as number;
    while (here !== 0 && this.#follows(key, words[here / WORD_BYTES] as number)) {
      before = here / WORD_BYTES + 2;
      here = words[before] as number;
    }
    words[member + 2] = here;
    words[before] = member * WORD_BYTES;
  }

  /** The key stands behind the other, by its bytes. */
  #follows({ bytes: own }: Key, other: number): boolean {
    const { words, bytes } = this.#memory;
    const length = words[other / WORD_BYTES + 1] as number;
    const text = words[other / WORD_BYTES + 2] as number;
    const least = Math.min(length, own.length);
    for (let index = 0; index < least; index++) {
      const difference = (own[index] as number) - (bytes[text + index] as number);
      if (difference !== 0) return difference > 0;
    }
    return own.length > length;
  }

  #writeTexts(): void {
    const whole = this.#texts.join('');
    const memory = this.#memory;
    let start = memory.takeText(whole.length);
    const ascii = memory.bytes.write(whole, start) === whole.length;
    if (!ascii) {
      if (!this.#texts.every((text) => text.isWellFormed())) throw new NotPlain();
      start = memory.takeText(Buffer.byteLength(whole));
      memory.bytes.write(whole, start);
    }
    for (let index = 0; index < this.#texts.length; index++) {
      const text = this.#texts[index] as string;
      const holder = this.#holders[index] as number;
      const length = ascii ? text.length : Buffer.byteLength(text);
      memory.words[holder + 1] = length;
      memory.words[holder + 2] = start;
      start += length;
    }
  }
}

function bucketsFor(members: number): number {
  let buckets = BUCKETS_LEAST;
  while (members > buckets * BUCKETS_LOAD) buckets *= 2;
  return buckets;
}

/** Of everything that values are written as: short and long objects, texts that are no ASCII, large numbers. */
const SAMPLE = {
  list: ['', 'text', 'mehr Text: äöü €', true, false, null, -1, 0, 1023, 1024, 2 ** 33 + 5, -(2 ** 40) - 7],
  lists: [[], [[1], []], Array.from({ length: 30 }, (_, index) => `value ${index}`)],
  objects: [
    {},
    { 'ä key': {} },
    Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`key ${at}`, at])),
  ],
};

/** Undefined where the module does not lay out values as they are written here. */
export function openInputValues(
  exports: ValueExports,
  memory: WebAssembly.Memory,
  address: number,
): InputValues | undefined {
  const values = new InputValues(memory, address);
  const written = values.write(SAMPLE);
  if (written === undefined) return undefined;
  const dumped = (heap: number, make: () => number): string => {
    exports.opa_heap_ptr_set(heap);
    const text = exports.opa_json_dump(make());
    const bytes = Buffer.from(memory.buffer);
    return bytes.toString('utf8', text, bytes.indexOf(0, text));
  };
  const ours = dumped(written.end, () => written.address);
  const json = Buffer.from(JSON.stringify(SAMPLE));
  const theirs = dumped(written.end + json.length, () => {
    Buffer.from(memory.buffer).set(json, written.end);
    return exports.opa_value_parse(written.end, json.length);
  });
  return ours === theirs ? values : undefined;
}
