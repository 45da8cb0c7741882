// SPDX-License-Identifier: Apache-2.0
/** The keys of objects as strings of an OPA module, kept between evaluations: documents have the same few again and again. */
import { HEAD, type OpaMemory, WORD_BYTES, WORDS } from './opa-memory.ts';

export interface Key {
  address: number;
  hash: number;
  bytes: Buffer;
  /** else it is there for one evaluation */
  kept: boolean;
}

const KEPT = 1024;
const BYTES_KEPT = 64;
/** What a key and the kept ones take at most. */
export const KEYS_BYTES = KEPT * (WORDS.string * WORD_BYTES + BYTES_KEPT);

export class OpaKeys {
  readonly #kept = new Map<string, Key>();
  readonly #memory: OpaMemory;
  #next: number;

  /** Takes KEYS_BYTES from the address on for good. */
  constructor(memory: OpaMemory, address: number) {
    this.#memory = memory;
    this.#next = address / WORD_BYTES;
  }

  /** A key for this evaluation at least: those that are long, or too many, are made anew each time. Undefined: no well-formed text. */
  of(text: string): Key | undefined {
    const known = this.#kept.get(text);
    if (known !== undefined) return known;
    if (!text.isWellFormed()) return undefined;
    const bytes = Buffer.from(text);
    if (this.#kept.size >= KEPT || bytes.length > BYTES_KEPT)
      return { ...this.#make(bytes, this.#memory), kept: false };
    const { next } = this.#memory;
    this.#memory.next = this.#next;
    const key = { ...this.#make(bytes, this.#memory), kept: true };
    this.#next = this.#memory.next;
    this.#memory.next = next;
    this.#kept.set(text, key);
    return key;
  }

  #make(bytes: Buffer, memory: OpaMemory): Omit<Key, 'kept'> {
    const at = memory.take(WORDS.string);
    const text = memory.takeText(bytes.length);
    memory.words[at] = HEAD.string;
    memory.words[at + 1] = bytes.length;
    memory.words[at + 2] = text;
    memory.bytes.set(bytes, text);
    return { address: at * WORD_BYTES, hash: hashOf(bytes), bytes };
  }
}

const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1 of 32 bits, by which the module's objects find their members. */
function hashOf(bytes: Buffer): number {
  let hash = FNV_START;
  for (const byte of bytes) hash = Math.imul(hash, FNV_PRIME) ^ byte;
  return hash >>> 0;
}
