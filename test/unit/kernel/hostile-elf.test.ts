// SPDX-License-Identifier: Apache-2.0
/** Files that were written to be dear to read: anybody may map one and be seen in a stack. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Elf, ElfProblem, SECTION } from '../../../src/kernel/elf.ts';
import { ElfFunctions } from '../../../src/kernel/elf-functions.ts';
import { openStrictly } from './strict-elf.ts';

const HEADER_BYTES = 64;
const CODE_BYTES = 1 << 28;

interface Part {
  type: number;
  bytes: Buffer;
  link?: number;
}

/** An ELF file of these segments, all alike, and these sections; the last of them names all. */
function fileOf(segmentCount: number, parts: Part[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(head);
  const segment = Buffer.alloc(56);
  segment.writeUInt32LE(1, 0);
  segment.writeUInt32LE(5, 4);
  segment.writeBigUInt64LE(BigInt(CODE_BYTES), 32);
  const segments = Buffer.concat(Array.from({ length: segmentCount }, () => segment));
  let at = HEADER_BYTES + segments.length;
  const placed = new Map<Buffer, number>();
  for (const { bytes } of parts) {
    if (placed.has(bytes)) continue;
    placed.set(bytes, at);
    at += bytes.length;
  }
  const sections = parts.map(({ type, bytes, link = 0 }) => {
    const section = Buffer.alloc(64);
    section.writeUInt32LE(type, 4);
    section.writeBigUInt64LE(BigInt(placed.get(bytes) as number), 24);
    section.writeBigUInt64LE(BigInt(bytes.length), 32);
    section.writeUInt32LE(link, 40);
    return section;
  });
  const numbers = { 16: 2, 18: 62, 54: 56, 56: segmentCount, 58: 64, 60: parts.length, 62: parts.length - 1 };
  for (const [where, value] of Object.entries(numbers)) head.writeUInt16LE(value, Number(where));
  head.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  head.writeBigUInt64LE(BigInt(at), 40);
  return Buffer.concat([head, segments, ...placed.keys(), ...sections]);
}

/** Functions 16 bytes apart, each with the name at 1. */
function symbols(count: number, sizeOf: (i: number) => number = () => 16): Buffer {
  const table = Buffer.alloc(24 * count);
  for (let i = 0; i < count; i++) {
    table.writeUInt32LE(1, 24 * i);
    table.writeUInt8(0x12, 24 * i + 4);
    table.writeUInt16LE(1, 24 * i + 6);
    table.writeBigUInt64LE(BigInt(16 * i), 24 * i + 8);
    table.writeBigUInt64LE(BigInt(sizeOf(i)), 24 * i + 16);
  }
  return table;
}

const NONE: Part = { type: 0, bytes: Buffer.alloc(0) };
const NAMES: Part = { type: SECTION.STRTAB, bytes: Buffer.from('\0name\0') };
const symtab = (bytes: Buffer): Part => ({ type: SECTION.SYMTAB, bytes, link: 1 });
const dynsym = (bytes: Buffer): Part => ({ type: SECTION.DYNSYM, bytes, link: 1 });

describe('a file written to be dear to read', () => {
  it('has one table of symbols of each kind, however many it says', () => {
    const [first, dynamic, other] = [symbols(3), symbols(2), symbols(9)];
    const more = Array.from({ length: 1000 }, () => [symtab(other), dynsym(other)]).flat();
    const bytes = fileOf(1, [NONE, NAMES, symtab(first), dynsym(dynamic), ...more, NAMES]);
    let readBytes = 0;
    const elf = new Elf({
      sizeBytes: bytes.length,
      read: (at, length) => {
        readBytes += length;
        return bytes.subarray(at, at + length);
      },
    });
    const headBytes = readBytes;
    const functions = ElfFunctions.of(elf);
    assert.equal(readBytes - headBytes, first.length + dynamic.length + 2 * NAMES.bytes.length);
    assert.deepEqual(
      [47, 48].map((at) => functions.at(at)),
      ['name', undefined],
    );
    assert.equal(elf.functions(['name']).get('name')?.length, 3);
  });

  it('is none of more loaded segments than linkers make', () => {
    assert.ok(openStrictly(fileOf(64, [NONE, NAMES])).isCode(0));
    assert.throws(() => openStrictly(fileOf(65, [NONE, NAMES])), ElfProblem);
  });

  it('has no more functions than that, and none that might end anywhere', () => {
    const many = symbols(300_010, (i) => (i === 299_999 ? 0 : 16));
    const { sizeBytes, ...functions } = sizeAndNames(
      fileOf(64, [NONE, NAMES, symtab(many), dynsym(many), NAMES]),
    );
    assert.equal(sizeBytes, 299_999 * 80 + NAMES.bytes.length);
    assert.deepEqual(functions.names([0, 299_998, 299_999, 300_001]), ['name', 'name', undefined, undefined]);
    const few = symbols(2, () => 0);
    assert.deepEqual(sizeAndNames(fileOf(1, [NONE, NAMES, symtab(few), NAMES])).names([1, 99]), [
      'name',
      'name',
    ]);
  });

  it('is not looked at any further after so many functions that lie nowhere in it', () => {
    const nowhere = symbols(300_000);
    for (let i = 0; i < 300_000; i++) nowhere.writeBigUInt64LE(BigInt(2 * CODE_BYTES + i), 24 * i + 8);
    const last = symbols(1);
    const withLast = (count: number) =>
      sizeAndNames(
        fileOf(1, [NONE, NAMES, symtab(Buffer.concat([nowhere.subarray(0, 24 * count), last])), NAMES]),
      ).names([0]);
    assert.deepEqual([withLast(299_999), withLast(300_000)], [['name'], [undefined]]);
  });

  it('has short names, of functions and of sections', () => {
    const long = { ...NAMES, bytes: Buffer.from(`\0${'n'.repeat(5000)}\0`) };
    const bytes = fileOf(1, [NONE, long, symtab(symbols(1)), long]);
    assert.deepEqual(sizeAndNames(bytes).names([0]), ['n'.repeat(256)]);
    const named = Buffer.from(bytes);
    named.writeUInt32LE(1, bytes.length - 4 * 64);
    assert.equal(openStrictly(named).sections[0]?.name, 'n'.repeat(256));
    const endless = { ...NAMES, bytes: Buffer.from('\0abc') };
    assert.deepEqual(sizeAndNames(fileOf(1, [NONE, endless, symtab(symbols(1)), endless])).names([0]), [
      undefined,
    ]);
  });

  it('has no larger table of section names than there are sections for', () => {
    const huge = (sizeBytes: number) => fileOf(1, [NONE, { ...NAMES, bytes: Buffer.alloc(sizeBytes) }]);
    assert.equal(openStrictly(huge(1 << 20)).sections.length, 2);
    assert.throws(() => openStrictly(huge((1 << 20) + 1)), ElfProblem);
  });
});

function sizeAndNames(bytes: Buffer) {
  const functions = ElfFunctions.of(openStrictly(bytes));
  return {
    sizeBytes: functions.sizeBytes,
    names: (nth: number[]) => nth.map((i) => functions.at(16 * i)),
  };
}
