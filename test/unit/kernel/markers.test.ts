// SPDX-License-Identifier: Apache-2.0
/** The notes of markers (USDT): what a compiler wrote, and what anybody may have written. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ElfProblem } from '../../../src/kernel/elf.ts';
import { argumentPlace, markerPoints } from '../../../src/kernel/markers.ts';
import { draws } from '../../kernel/random-policies.ts';
import { openStrictly } from './strict-elf.ts';

describe('the place of a marker’s argument', () => {
  const whole = { sizeBytes: 8, signed: false };
  const readable: [string, object][] = [
    ['8@%rdi', { ...whole, register: 'rdi' }],
    ['-4@%eax', { sizeBytes: 4, signed: true, register: 'rax' }],
    ['1@%r9b', { sizeBytes: 1, signed: false, register: 'r9' }],
    ['-2@%bp', { sizeBytes: 2, signed: true, register: 'rbp' }],
    ['1@%sil', { sizeBytes: 1, signed: false, register: 'rsi' }],
    ['8@(%rax)', { ...whole, register: 'rax', offset: '0' }],
    ['8@16(%rbp)', { ...whole, register: 'rbp', offset: '16' }],
    ['-4@-0x14(%rsp)', { sizeBytes: 4, signed: true, register: 'rsp', offset: '-20' }],
    ['8@8(%rax,%rcx,4)', { ...whole, register: 'rax', offset: '8', index: 'rcx', scale: 4 }],
    ['8@(%r10,%r11)', { ...whole, register: 'r10', offset: '0', index: 'r11', scale: 1 }],
    ['-4@$-5', { sizeBytes: 4, signed: true, constant: '-5' }],
    ['8@$0xffffffffffffffff', { ...whole, constant: '18446744073709551615' }],
  ];
  for (const [written, place] of readable)
    it(`${written} is understood`, () => assert.deepEqual(argumentPlace(written), place));

  // no register, one of its upper half, floating point, a symbol, a scale no machine has, and no size
  for (const written of [
    '8@%xyz',
    '1@%ah',
    '8f@%xmm0',
    '8@x+4(%rip)',
    '8@(%rax,%rcx,3)',
    '%rax',
    '3@%rax',
    '8@',
    '8@(%xmm0)',
    '8@()',
    '',
  ])
    it(`"${written}" is not`, () => assert.equal(argumentPlace(written), undefined));
});

describe('the markers of a program', () => {
  let dir = '';
  let bytes = Buffer.alloc(0);
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'tracegate-markers-'));
    const source = join(import.meta.dirname, '../../kernel/markers.c');
    execFileSync('gcc', ['-O1', '-o', join(dir, 'markers'), source]);
    bytes = readFileSync(join(dir, 'markers'));
  });
  after(() => rmSync(dir, { recursive: true }));

  it('stand at each of their points, with their own places of arguments', () => {
    const elf = openStrictly(bytes);
    const points = markerPoints(elf, 'shop', 'trade');
    assert.equal(points.length, 2);
    for (const { offset, args, refCtrOffset } of points) {
      assert.equal(bytes[offset], 0x90, 'a no-operation');
      assert.equal(args.length, 7);
      assert.equal(refCtrOffset, 0);
      assert.ok(args.every((arg) => !('unreadable' in arg)));
    }
    const [watched] = markerPoints(elf, 'shop', 'watched');
    const counter = elf.sections.find((section) => section.name === '.probes');
    assert.equal(watched?.refCtrOffset, counter?.offset);
    assert.deepEqual(markerPoints(elf, 'shop', 'odd')[0]?.args, [{ unreadable: '8f@%xmm0' }]);
  });

  it('that are not there are told apart from those that are', () => {
    assert.throws(
      () => markerPoints(openStrictly(bytes), 'shop', 'no'),
      /no marker shop\/no: it has .*shop\/ask/,
    );
    assert.throws(() => markerPoints(openStrictly(bytes), 'other', 'trade'), ElfProblem);
  });

  it('move with the file when it is laid out anew', () => {
    const elf = openStrictly(bytes);
    const [before] = markerPoints(elf, 'shop', 'ask');
    const base = elf.sections.find((section) => section.name === '.stapsdt.base');
    assert.ok(base && before);
    base.address += 16;
    assert.equal(markerPoints(elf, 'shop', 'ask')[0]?.offset, before.offset + 16);
  });

  it('are refused or found, and nothing else, whatever their notes hold', () => {
    const notes = openStrictly(bytes).sections.find((section) => section.name === '.note.stapsdt');
    const draw = draws(11);
    for (let round = 0; round < 400; round++) {
      const spoiled = Buffer.from(bytes);
      for (let i = 0; i < 4; i++) spoiled[(notes?.offset ?? 0) + draw(notes?.size ?? 1)] = draw(256);
      try {
        for (const point of markerPoints(openStrictly(spoiled), 'shop', 'trade'))
          assert.ok(Number.isSafeInteger(point.offset) && point.offset < bytes.length);
      } catch (thrown) {
        assert.ok(thrown instanceof ElfProblem, String(thrown));
      }
    }
  });
});
