// SPDX-License-Identifier: Apache-2.0
/** Which function of an ELF file a byte of it belongs to. */
import { type Elf, textAt } from './elf.ts';

const SYMBOL_BYTES = 24;
const FUNCTION_TYPES: readonly number[] = [2, 10];
/** A table of more symbols than a large browser has is not read. */
const TABLE_BYTES_MAX = 32 << 20;
/** Twice as many as Node has, which is a large program with all of its symbols. */
const FUNCTIONS_MAX = 300_000;
/** What one of them takes here, without its name. */
const ENTRY_BYTES = 80;

interface Entry {
  offset: number;
  size: number;
  nameAt: number;
  strings: Buffer;
}

/** `countMax` functions are looked at, also where their addresses are nowhere in the file: each of them is looked for in all segments. */
function entriesOf(elf: Elf, symbols: Buffer, strings: Buffer, countMax: number): [Entry[], number] {
  const entries: Entry[] = [];
  let count = 0;
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length && count < countMax; at += SYMBOL_BYTES) {
    if (!FUNCTION_TYPES.includes(symbols.readUInt8(at + 4) & 15) || symbols.readUInt16LE(at + 6) === 0)
      continue;
    count++;
    const offset = elf.offsetOf(Number(symbols.readBigUInt64LE(at + 8)));
    const size = Number(symbols.readBigUInt64LE(at + 16));
    if (offset !== undefined) entries.push({ offset, size, nameAt: symbols.readUInt32LE(at), strings });
  }
  return [entries, count];
}

export class ElfFunctions {
  readonly #entries: Entry[];
  /** What it holds on to. */
  readonly sizeBytes: number;

  constructor(entries: Entry[]) {
    this.#entries = entries.sort((a, b) => a.offset - b.offset);
    const tables = new Set(entries.map(({ strings }) => strings));
    this.sizeBytes = [...tables].reduce((sum, { length }) => sum + length, ENTRY_BYTES * entries.length);
  }

  /** Throws ElfProblem when the file's tables are not what its headers say. */
  static of(elf: Elf): ElfFunctions {
    const entries: Entry[] = [];
    let left = FUNCTIONS_MAX;
    for (const { symbols, strings } of elf.symbolTables()) {
      if (symbols.size > TABLE_BYTES_MAX || strings.size > TABLE_BYTES_MAX) continue;
      const [found, count] = entriesOf(elf, elf.bytesOf(symbols), elf.bytesOf(strings), left);
      for (const entry of found) entries.push(entry);
      left -= count;
    }
    // the next function may be among those that were left out: where one without a size ends is then not known
    return new ElfFunctions(left > 0 ? entries : entries.filter(({ size }) => size > 0));
  }

  /** By its place in the file; undefined where no function has it, or it has no name. */
  at(offset: number): string | undefined {
    let [from, to] = [0, this.#entries.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#entries[middle] as Entry).offset <= offset) from = middle + 1;
      else to = middle;
    }
    const found = this.#entries[from - 1];
    if (!found || (found.size > 0 && offset - found.offset >= found.size)) return undefined;
    return textAt(found.strings, found.nameAt);
  }
}
