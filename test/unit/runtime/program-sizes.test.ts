// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../src/config/package-root.ts';

const FOLDER = join(packageRoot(), 'build/bpf');
const JUMP_MAX = 32_767;
const INSTRUCTION_BYTES = 8;

/** Sections with instructions, by name: ELF64, little-endian (elf(5)). */
function codeSections(bytes: Buffer): [name: string, sizeBytes: number][] {
  const [table, size, count, names] = [
    bytes.readBigUInt64LE(40),
    64,
    bytes.readUInt16LE(60),
    bytes.readUInt16LE(62),
  ];
  const at = (k: number) => Number(table) + k * size;
  const textAt = Number(bytes.readBigUInt64LE(at(names) + 24));
  return Array.from({ length: count }, (_, k) => at(k)).flatMap((header) => {
    const executable = (bytes.readBigUInt64LE(header + 8) & 4n) !== 0n;
    if (!executable) return [];
    const nameAt = textAt + bytes.readUInt32LE(header);
    const name = bytes.toString('latin1', nameAt, bytes.indexOf(0, nameAt));
    return [[name, Number(bytes.readBigUInt64LE(header + 32))]];
  });
}

describe('the compiled programs', () => {
  const objects = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith('.bpf.o')) : [];

  // clang cuts the distance of a longer one off, and says nothing
  it('are no longer than a jump reaches', { skip: objects.length === 0 && 'they are not compiled' }, () => {
    const sections = objects.flatMap((file) =>
      codeSections(readFileSync(join(FOLDER, file))).map(([name, sizeBytes]) => ({
        ...{ where: `${name} of ${file}`, instructions: sizeBytes / INSTRUCTION_BYTES },
      })),
    );
    assert.ok(sections.length > objects.length);
    const long = sections.filter(({ instructions }) => instructions > JUMP_MAX);
    assert.deepEqual(long, []);
  });
});
