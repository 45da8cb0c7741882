// SPDX-License-Identifier: Apache-2.0
/**
 * ELF files of x86-64: which byte of the file a function begins at. Read by pieces, because a program may be larger than
 * what we want to hold; every number of the file is doubted before it is used, because anybody may have written it.
 */

/** A file, or bytes in a test. `read` gives exactly that many bytes, or throws. */
export interface ElfBytes {
  sizeBytes: number;
  read(offset: number, length: number): Buffer;
}

/** Why the file cannot be hooked, in words for whoever wrote the policy. */
export class ElfProblem extends Error {}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const MACHINE_X86_64 = 62;
/** A file for execution, one for execution or sharing. */
const TYPES: readonly number[] = [2, 3];
const SEGMENT = { LOAD: 1 } as const;
const EXECUTABLE_SEGMENT = 1;
export const SECTION = { SYMTAB: 2, STRTAB: 3, NOTE: 7, DYNSYM: 11 } as const;
const SYMBOL = { NOTYPE: 0, FUNC: 2, IFUNC: 10 } as const;
const LOCAL = 0;
/** Files have at most some thousand of them; a header that claims more is not read. */
const TABLE_ENTRIES_MAX = 65_536;
/** Linkers make about ten; each address is looked for in all of them. */
const LOADED_MAX = 64;
const SECTION_NAMES_BYTES_MAX = 1 << 20;
/** What is longer is cut: whoever wrote the file may have left out the end. */
const NAME_BYTES_MAX = 256;
const PIECE_BYTES_MAX = 1 << 28;

export interface Section {
  name: string;
  type: number;
  address: number;
  offset: number;
  size: number;
  link: number;
}

interface Segment {
  executable: boolean;
  offset: number;
  address: number;
  fileSize: number;
}

export interface Found {
  address: number;
  kind: 'function' | 'chosen-at-load';
  local: boolean;
}

/** Offsets and sizes beyond what a number holds exactly are beyond any file, too. */
function whole(buffer: Buffer, at: number): number {
  const value = buffer.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ElfProblem('its headers are absurd');
  return Number(value);
}

/** An address may be anything, and is then simply in no segment. */
function address(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at));
}

function checkHeader(head: Buffer): void {
  if (head.readUInt32BE(0) !== 0x7f454c46) throw new ElfProblem('it is no ELF file');
  if (head[5] === 2) throw new ElfProblem('it is a big-endian program: this runtime hooks those of x86-64');
  if (head[4] !== 2) throw new ElfProblem('it is a 32-bit program: its arguments do not lie in registers');
  if (head.readUInt16LE(18) !== MACHINE_X86_64)
    throw new ElfProblem(`it is a program for another machine (${head.readUInt16LE(18)}), not for x86-64`);
  if (!TYPES.includes(head.readUInt16LE(16)))
    throw new ElfProblem('it is neither a program nor a shared library (an object file, or a core)');
}

export class Elf {
  readonly #bytes: ElfBytes;
  readonly #segments: Segment[];
  readonly sections: Section[];

  /** Throws ElfProblem when the file is none that can be hooked. */
  constructor(bytes: ElfBytes) {
    this.#bytes = bytes;
    if (bytes.sizeBytes < HEADER_BYTES) throw new ElfProblem('it is no ELF file');
    const head = this.#piece(0, HEADER_BYTES);
    checkHeader(head);
    const sectionsAt = whole(head, 40);
    const first = sectionsAt === 0 ? undefined : this.#piece(sectionsAt, SECTION_BYTES);
    // more sections or segments than 16 bits count: the first section says how many
    const segmentCount = head.readUInt16LE(56) === 0xffff ? first?.readUInt32LE(44) : head.readUInt16LE(56);
    const sectionCount = head.readUInt16LE(60) || (first ? whole(first, 32) : 0);
    const names = head.readUInt16LE(62) === 0xffff ? first?.readUInt32LE(40) : head.readUInt16LE(62);
    this.#segments = this.#readSegments(whole(head, 32), head.readUInt16LE(54), segmentCount ?? 0);
    this.sections = first
      ? this.#readSections(sectionsAt, head.readUInt16LE(58), sectionCount, names ?? 0)
      : [];
  }

  #piece(offset: number, length: number): Buffer {
    if (length > PIECE_BYTES_MAX || offset + length > this.#bytes.sizeBytes)
      throw new ElfProblem('its headers name parts that it has not: is it truncated?');
    return this.#bytes.read(offset, length);
  }

  #table(at: number, entryBytes: number, wantedBytes: number, count: number): Buffer[] {
    if (count === 0) return [];
    if (entryBytes !== wantedBytes || count > TABLE_ENTRIES_MAX)
      throw new ElfProblem('its headers are absurd');
    const table = this.#piece(at, entryBytes * count);
    return Array.from({ length: count }, (_, i) => table.subarray(i * entryBytes, (i + 1) * entryBytes));
  }

  #readSegments(at: number, entryBytes: number, count: number): Segment[] {
    const loaded = this.#table(at, entryBytes, SEGMENT_BYTES, count).filter(
      (entry) => entry.readUInt32LE(0) === SEGMENT.LOAD,
    );
    if (loaded.length > LOADED_MAX) throw new ElfProblem('its headers are absurd');
    return loaded.map((entry) => ({
      executable: (entry.readUInt32LE(4) & EXECUTABLE_SEGMENT) !== 0,
      offset: whole(entry, 8),
      address: address(entry, 16),
      fileSize: whole(entry, 32),
    }));
  }

  #readSections(at: number, entryBytes: number, count: number, namesIndex: number): Section[] {
    const entries = this.#table(at, entryBytes, SECTION_BYTES, count);
    const names = this.#sectionNames(namesIndex === 0 ? undefined : entries[namesIndex]);
    return entries.map((entry) => ({
      name: textAt(names, entry.readUInt32LE(0)) ?? '',
      type: entry.readUInt32LE(4),
      address: address(entry, 16),
      offset: whole(entry, 24),
      size: whole(entry, 32),
      link: entry.readUInt32LE(40),
    }));
  }

  #sectionNames(entry: Buffer | undefined): Buffer {
    if (!entry) return Buffer.alloc(0);
    const sizeBytes = whole(entry, 32);
    if (sizeBytes > SECTION_NAMES_BYTES_MAX) throw new ElfProblem('its headers are absurd');
    return this.#piece(whole(entry, 24), sizeBytes);
  }

  /** The tables of symbols with their names: a file has one of all of them, and one of those others may use. */
  symbolTables(): { symbols: Section; strings: Section }[] {
    return [SECTION.SYMTAB, SECTION.DYNSYM].flatMap((wanted) => {
      const symbols = this.sections.find(({ type }) => type === wanted);
      const strings = symbols && this.sections[symbols.link];
      return symbols && strings?.type === SECTION.STRTAB ? [{ symbols, strings }] : [];
    });
  }

  /** The bytes of a section. */
  bytesOf({ offset, size }: Section): Buffer {
    return this.#piece(offset, size);
  }

  /** Which byte of the file is mapped to an address; undefined: none. */
  offsetOf(wanted: number, executable = true): number | undefined {
    const segment = this.#segments.find(
      (s) => (s.executable || !executable) && wanted >= s.address && wanted - s.address < s.fileSize,
    );
    return segment && wanted - segment.address + segment.offset;
  }

  /** Whether a byte of the file is mapped to be executed. */
  isCode(offset: number): boolean {
    return this.#segments.some((s) => s.executable && offset >= s.offset && offset - s.offset < s.fileSize);
  }

  /** Every function of those names, from both symbol tables; the same place is told once. */
  functions(names: readonly string[]): Map<string, Found[]> {
    const found = new Map<string, Found[]>(names.map((name) => [name, []]));
    for (const { symbols, strings } of this.symbolTables())
      this.#lookIn(this.bytesOf(symbols), this.bytesOf(strings), found);
    return found;
  }

  #lookIn(symbols: Buffer, strings: Buffer, found: Map<string, Found[]>): void {
    const nameAt = new Map<number, string>();
    for (const name of found.keys()) for (const at of placesOf(strings, name)) nameAt.set(at, name);
    for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
      const name = nameAt.get(symbols.readUInt32LE(at));
      if (name !== undefined) this.#note(symbols.subarray(at, at + SYMBOL_BYTES), found.get(name) as Found[]);
    }
  }

  #note(symbol: Buffer, into: Found[]): void {
    const info = symbol.readUInt8(4);
    const type = info & 15;
    const where = address(symbol, 8);
    const isCode = this.offsetOf(where) !== undefined;
    const isDefined = symbol.readUInt16LE(6) !== 0;
    // what the assembler wrote has no type: code when it lies in code
    if (!isDefined || !isCode || !(type === SYMBOL.FUNC || type === SYMBOL.IFUNC || type === SYMBOL.NOTYPE))
      return;
    if (into.some((known) => known.address === where)) return;
    const kind = type === SYMBOL.IFUNC ? 'chosen-at-load' : 'function';
    into.push({ address: where, kind, local: info >> 4 === LOCAL });
  }
}

/** What stands in a table of strings at a place; undefined: nothing, or something without an end. */
export function textAt(strings: Buffer, at: number): string | undefined {
  const piece = strings.subarray(at, at + NAME_BYTES_MAX);
  const end = piece.indexOf(0);
  if (end < 0 && piece.length < NAME_BYTES_MAX) return undefined;
  return piece.toString('utf8', 0, end < 0 ? NAME_BYTES_MAX : end) || undefined;
}

/** Where a string table holds the name, as a string or as the tail of a longer one. */
function placesOf(strings: Buffer, name: string): number[] {
  const wanted = Buffer.from(`${name}\0`, 'utf8');
  const places: number[] = [];
  for (let at = strings.indexOf(wanted); at >= 0; at = strings.indexOf(wanted, at + 1)) places.push(at);
  return places;
}
