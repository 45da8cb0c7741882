// SPDX-License-Identifier: Apache-2.0
/** Which function of an ELF file a byte of it belongs to. */
import { type Elf, SECTION } from './elf.ts';

const SYMBOL_BYTES = 24;
const FUNCTION_TYPES: readonly number[] = [2, 10];
/** A table of more symbols than a large browser has is not read. */
const TABLE_BYTES_MAX = 32 << 20;

interface Entry {
  offset: number;
  size: number;
  nameAt: number;
  strings: Buffer;
}

function entriesOf(elf: Elf, symbols: Buffer, strings: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    if (!FUNCTION_TYPES.includes(symbols.readUInt8(at + 4) & 15) || symbols.readUInt16LE(at + 6) === 0)
      continue;
    const offset = elf.offsetOf(Number(symbols.readBigUInt64LE(at + 8)));
    const size = Number(symbols.readBigUInt64LE(at + 16));
    if (offset !== undefined) entries.push({ offset, size, nameAt: symbols.readUInt32LE(at), strings });
  }
  return entries;
}

export class ElfFunctions {
  readonly #entries: Entry[];

  constructor(entries: Entry[]) {
    this.#entries = entries.sort((a, b) => a.offset - b.offset);
  }

  /** Throws ElfProblem when the file's tables are not what its headers say. */
  static of(elf: Elf): ElfFunctions {
    const entries = elf.sections
      .filter(
        ({ type, size }) => (type === SECTION.SYMTAB || type === SECTION.DYNSYM) && size < TABLE_BYTES_MAX,
      )
      .flatMap((table) => {
        const strings = elf.sections[table.link];
        if (strings?.type !== SECTION.STRTAB || strings.size > TABLE_BYTES_MAX) return [];
        return [entriesOf(elf, elf.bytesOf(table), elf.bytesOf(strings))];
      })
      .flat();
    return new ElfFunctions(entries);
  }

  get count(): number {
    return this.#entries.length;
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
    const { strings, nameAt } = found;
    const end = strings.indexOf(0, nameAt);
    return end > nameAt ? strings.toString('utf8', nameAt, end) : undefined;
  }
}
