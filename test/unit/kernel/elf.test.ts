// SPDX-License-Identifier: Apache-2.0
/** Programs as compilers make them, and as nobody would: the reader finds the place or says why there is none. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ElfProblem } from '../../../src/kernel/elf.ts';
import { placeFacts, placeIn } from '../../../src/kernel/programs.ts';
import type { Marker, PlaceWanted } from '../../../src/model/program-place.ts';
import { draws } from '../../kernel/random-policies.ts';
import { openStrictly } from './strict-elf.ts';

function placeOf(bytes: Buffer, at: Exclude<PlaceWanted, Marker>): number {
  const elf = openStrictly(bytes);
  return placeIn(elf, at, elf.functions('symbol' in at ? [at.symbol] : []));
}

const HEADER_BYTES = 64;
const CODE_AT = 0x400;
const CODE_ADDRESS = 0x401000;

interface Symbol {
  name: string;
  address: number;
  type?: number;
  local?: boolean;
}

/** A program of one piece of code and one symbol table. */
function program(symbols: Symbol[]): Buffer {
  const names = Buffer.from(`\0${symbols.map((s) => s.name).join('\0')}\0`);
  const table = Buffer.alloc(24 * symbols.length);
  let nameAt = 1;
  symbols.forEach(({ name, address, type = 2, local = false }, i) => {
    table.writeUInt32LE(nameAt, 24 * i);
    table.writeUInt8((local ? 0 : 1 << 4) | type, 24 * i + 4);
    table.writeUInt16LE(1, 24 * i + 6);
    table.writeBigUInt64LE(BigInt(address), 24 * i + 8);
    nameAt += Buffer.byteLength(name) + 1;
  });
  const bytes = Buffer.alloc(CODE_AT + 0x100 + table.length + names.length + 3 * 64);
  const tableAt = CODE_AT + 0x100;
  const sectionsAt = tableAt + table.length + names.length;
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  bytes.writeBigUInt64LE(BigInt(sectionsAt), 40);
  for (const [at, value] of [
    [54, 56],
    [56, 1],
    [58, 64],
    [60, 3],
    [62, 0],
  ] as const)
    bytes.writeUInt16LE(value, at);
  bytes.writeUInt32LE(1, HEADER_BYTES);
  bytes.writeUInt32LE(5, HEADER_BYTES + 4);
  bytes.writeBigUInt64LE(BigInt(CODE_AT), HEADER_BYTES + 8);
  bytes.writeBigUInt64LE(BigInt(CODE_ADDRESS), HEADER_BYTES + 16);
  bytes.writeBigUInt64LE(0x100n, HEADER_BYTES + 32);
  table.copy(bytes, tableAt);
  names.copy(bytes, tableAt + table.length);
  const section = (i: number, type: number, offset: number, size: number, link: number) => {
    const at = sectionsAt + 64 * i;
    bytes.writeUInt32LE(type, at + 4);
    bytes.writeBigUInt64LE(BigInt(offset), at + 24);
    bytes.writeBigUInt64LE(BigInt(size), at + 32);
    bytes.writeUInt32LE(link, at + 40);
  };
  section(1, 2, tableAt, table.length, 2);
  section(2, 3, tableAt + table.length, names.length, 0);
  return bytes;
}

const ONE = program([{ name: 'hello', address: CODE_ADDRESS + 0x10 }]);
const hello: PlaceWanted = { symbol: 'hello', plus: 0 };

describe('a place in a program', () => {
  it('is found by symbol, symbol and more, address and offset', () => {
    assert.equal(placeOf(ONE, hello), CODE_AT + 0x10);
    assert.equal(placeOf(ONE, { symbol: 'hello', plus: 4 }), CODE_AT + 0x14);
    assert.equal(placeOf(ONE, { address: CODE_ADDRESS + 0xff }), CODE_AT + 0xff);
    assert.equal(placeOf(ONE, { offset: CODE_AT }), CODE_AT);
  });

  it('is none outside of the code', () => {
    for (const at of [
      { address: CODE_ADDRESS + 0x100 },
      { address: CODE_ADDRESS - 1 },
      { offset: CODE_AT - 1 },
      { offset: 2 ** 52 },
      { symbol: 'hello', plus: 0xf0 },
    ])
      assert.throws(() => placeOf(ONE, at), ElfProblem, JSON.stringify(at));
  });

  it('is found where one name is the tail of another', () => {
    const bytes = program([
      { name: 'othello', address: CODE_ADDRESS + 0x20 },
      { name: 'hello', address: CODE_ADDRESS + 0x30 },
    ]);
    assert.equal(placeOf(bytes, hello), CODE_AT + 0x30);
  });

  it('is that of the function all can call, and none where several could be meant', () => {
    const local = { name: 'hello', address: CODE_ADDRESS + 0x20, local: true };
    const other = { ...local, address: CODE_ADDRESS + 0x40 };
    const open_ = { name: 'hello', address: CODE_ADDRESS + 0x30 };
    assert.equal(placeOf(program([local, open_, other]), hello), CODE_AT + 0x30);
    assert.throws(() => placeOf(program([local, other]), hello), /has 2 functions named hello/);
    assert.equal(placeOf(program([local, local]), hello), CODE_AT + 0x20);
  });

  it('is no variable, and no choice made at the start', () => {
    const address = CODE_ADDRESS;
    assert.throws(
      () => placeOf(program([{ name: 'hello', address, type: 1 }]), hello),
      /has no function hello/,
    );
    assert.throws(
      () => placeOf(program([{ name: 'hello', address, type: 10 }]), hello),
      /only the choice among/,
    );
    assert.throws(() => placeOf(program([{ name: 'hello', address: 1 }]), hello), /has no function hello/);
  });
});

describe('a file that is no program of this machine', () => {
  const with_ = (at: number, value: number, size = 1) => {
    const bytes = Buffer.from(ONE);
    bytes.writeUIntLE(value, at, size);
    return bytes;
  };

  it('is told apart by what is wrong', () => {
    assert.throws(() => openStrictly(Buffer.alloc(0)), /no ELF file/);
    assert.throws(() => openStrictly(Buffer.from('#!/bin/sh\n'.repeat(20))), /no ELF file/);
    assert.throws(() => openStrictly(with_(5, 2)), /big-endian/);
    assert.throws(() => openStrictly(with_(4, 1)), /32-bit/);
    assert.throws(() => openStrictly(with_(18, 183, 2)), /another machine \(183\)/);
    assert.throws(() => openStrictly(with_(16, 1, 2)), /object file/);
  });

  it('is refused when its headers are absurd', () => {
    assert.throws(() => openStrictly(with_(46, 0xffff, 2)), /absurd/);
    assert.throws(() => openStrictly(with_(40, 0xffff_ffff, 4)), /truncated/);
    assert.throws(() => openStrictly(with_(54, 1, 2)), /absurd/);
    assert.throws(() => openStrictly(with_(60, 0xffff, 2)), /truncated|absurd/);
    assert.throws(() => openStrictly(with_(32, 0xff_ffff, 4)), /truncated/);
  });

  it('gives a problem or a place, however it is cut', () => {
    for (let length = 0; length < ONE.length; length++) {
      try {
        assert.equal(placeOf(ONE.subarray(0, length), hello), CODE_AT + 0x10);
      } catch (thrown) {
        assert.ok(thrown instanceof ElfProblem, `${length}: ${thrown}`);
      }
    }
  });

  it('gives a problem or a place, whatever stands in it', () => {
    const draw = draws(11);
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(ONE);
      for (let k = 0; k <= draw(4); k++) {
        // mostly where the headers are
        const at =
          draw(3) === 0
            ? draw(bytes.length)
            : [draw(64), 64 + draw(56), bytes.length - 1 - draw(192)][draw(3)];
        bytes[at as number] = draw(2) === 0 ? 0xff : draw(256);
      }
      try {
        const place = placeOf(bytes, hello);
        assert.ok(Number.isSafeInteger(place) && place >= 0);
      } catch (thrown) {
        assert.ok(thrown instanceof ElfProblem, `${round}: ${(thrown as Error).stack}`);
      }
    }
  });
});

const hasTools = spawnSync('sh', ['-c', 'command -v gcc && command -v nm'], { stdio: 'ignore' }).status === 0;

describe('a compiled program', { skip: hasTools ? false : 'no gcc or nm here' }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'elf-'));
  after(() => rmSync(dir, { recursive: true }));
  const source = join(dir, 'a.c');
  writeFileSync(
    source,
    'static int twice(int a) { return 2 * a; }\nint main(int c, char **v) { return twice(c); }\n',
  );

  for (const flags of [['-no-pie'], ['-pie', '-fPIE'], ['-static']]) {
    it(`has its functions where nm says (${flags[0]})`, () => {
      const file = join(dir, `a${flags[0]}`);
      execFileSync('gcc', ['-O0', ...flags, '-o', file, source]);
      const nm = execFileSync('nm', [file], { encoding: 'utf8' });
      for (const name of ['main', 'twice', '_start']) {
        const address = Number.parseInt(
          new RegExp(`^([0-9a-f]+) [Tt] ${name}$`, 'm').exec(nm)?.[1] ?? '',
          16,
        );
        const bytes = readFileSync(file);
        assert.equal(placeOf(bytes, { symbol: name, plus: 0 }), placeOf(bytes, { address }), name);
      }
    });
  }

  it('is read once for all its places, and each is told by itself', () => {
    const file = join(dir, 'a-no-pie');
    const facts = placeFacts([
      { path: file, at: { symbol: 'main', plus: 0 } },
      { path: file, at: { symbol: 'absent', plus: 0 } },
      { path: `${dir}/none`, at: { offset: 1 } },
      { path: dir, at: { offset: 1 } },
    ]);
    assert.ok('offset' in (facts[`${file}:main`] ?? {}));
    assert.match(JSON.stringify(facts[`${file}:absent`]), /has no function absent/);
    assert.match(JSON.stringify(facts[`${dir}/none:0x1`]), /it is not there/);
    assert.match(JSON.stringify(facts[`${dir}:0x1`]), /no regular file/);
  });
});
