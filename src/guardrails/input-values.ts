// SPDX-License-Identifier: Apache-2.0
/**
 * Writes an evaluation's input into the memory of an OPA module as the very values its parser makes of JSON: text that is
 * written here only to be read there costs as much as the rules. `openInputValues` first has the module show that it
 * lays values out in this way.
 */
import { KEYS_BYTES, OpaKeys } from './opa-keys.ts';
import { HEAD, OpaMemory, WORD_BYTES, WORDS } from './opa-memory.ts';
import { OpaShapes } from './opa-shapes.ts';

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

/** Numbers from zero on that are made once, for they are the indexes of elements as well. */
const NUMBERS_KEPT = 1024;
const NUMBERS_BYTES = NUMBERS_KEPT * WORDS.number * WORD_BYTES;
const CONSTANTS_BYTES = 40;
/** of the empty list among the constants */
const NO_ITEMS = 24;
/** To look a shorter list up costs what it saves. */
const SHARED_LEAST = 8;

/** It has a value that is written in JSON in a way of its own, or not at all. */
class NotPlain extends Error {}

export class InputValues {
  /** where those of an evaluation begin */
  readonly base: number;
  readonly #memory: OpaMemory;
  readonly #constants: number;
  readonly #numbers: number;
  readonly #shapes: OpaShapes;
  /** strings are written together at the end: their texts, and the values that are to point to them */
  #texts: string[] = [];
  #holders: number[] = [];
  /**
   * Long lists of texts that the input has in several places: nothing of an input is ever changed. Made anew for each input: the
   * engine has a table that was cleared point to its successor, so that one that grew old keeps all later ones until the old space
   * is collected, with the lists that they held.
   */
  #lists = new Map<readonly unknown[], number>();

  /** Takes some of the memory from the address on for good. */
  constructor(memory: WebAssembly.Memory, address: number) {
    this.#memory = new OpaMemory(memory);
    this.#memory.startAt(address);
    this.#constants = this.#memory.takeText(CONSTANTS_BYTES);
    this.#memory.words.set(
      [HEAD.null, 0, HEAD.false, 0, HEAD.true, 0, HEAD.array, 0, 0, 0],
      this.#constants / WORD_BYTES,
    );
    this.#numbers = this.#memory.takeText(NUMBERS_BYTES);
    this.#memory.startAt(this.#numbers);
    for (let value = 0; value < NUMBERS_KEPT; value++) this.#memory.integer(value);
    const keys = this.#memory.takeText(KEYS_BYTES);
    this.#shapes = new OpaShapes(new OpaKeys(this.#memory, keys));
    this.base = this.#memory.next * WORD_BYTES;
  }

  /** Undefined: only its JSON can be given to the module. */
  write(input: object): Written | undefined {
    this.#memory.startAt(this.base);
    this.#texts = [];
    this.#holders = [];
    this.#lists = new Map();
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
        return Array.isArray(value) ? this.#list(value) : this.#object(value as Record<string, unknown>);
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

  #list(items: readonly unknown[]): number {
    if (items.length === 0) return this.#constants + NO_ITEMS;
    if (items.length < SHARED_LEAST || typeof items[0] !== 'string') return this.#array(items);
    let address = this.#lists.get(items);
    if (address === undefined) {
      address = this.#array(items);
      this.#lists.set(items, address);
    }
    return address;
  }

  #array(items: readonly unknown[]): number {
    const { length } = items;
    const memory = this.#memory;
    const at = memory.take(WORDS.array + length * WORDS.element);
    let element = at + WORDS.array;
    memory.words[at] = HEAD.array;
    memory.words[at + 1] = element * WORD_BYTES;
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
    let names = Object.keys(object);
    let values = Object.values(object) as unknown[];
    if (values.includes(undefined)) {
      names = names.filter((_, index) => values[index] !== undefined);
      values = values.filter((value) => value !== undefined);
    }
    const shape = this.#shapes.of(names);
    if (shape === undefined) throw new NotPlain();
    const memory = this.#memory;
    const at = memory.take(shape.words.length);
    memory.words.set(shape.words, at);
    const address = at * WORD_BYTES;
    for (const index of shape.inner) (memory.words[at + index] as number) += address;
    let member = at + shape.values;
    for (const item of values) {
      const value = this.#value(item);
      memory.words[member] = value;
      member += WORDS.member;
    }
    return address;
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
