// SPDX-License-Identifier: Apache-2.0
// Writes src/plan/layout.generated.ts from the BTF of bpf/programs/layout.c, so that C and TypeScript cannot drift.
// With --check it compares instead and fails on a difference.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Btf, KIND } from '../src/kernel/btf.ts';
import { CLANG_FLAGS } from './steps.mjs';

const root = join(import.meta.dirname, '..');
const target = join(root, 'src/plan/layout.generated.ts');
function section(elf: Buffer, name: string): Buffer {
  const table = Number(elf.readBigUInt64LE(0x28));
  const entryBytes = elf.readUInt16LE(0x3a);
  const header = (i: number) => {
    const at = table + i * entryBytes;
    return {
      name: elf.readUInt32LE(at),
      offset: Number(elf.readBigUInt64LE(at + 0x18)),
      size: Number(elf.readBigUInt64LE(at + 0x20)),
    };
  };
  const names = header(elf.readUInt16LE(0x3e)).offset;
  for (let i = 0; i < elf.readUInt16LE(0x3c); i++) {
    const h = header(i);
    const at = names + h.name;
    if (elf.toString('latin1', at, elf.indexOf(0, at)) === name)
      return elf.subarray(h.offset, h.offset + h.size);
  }
  throw new Error(`no section ${name}`);
}

interface Field {
  offset: number;
  size: number;
  count: number;
  signed: boolean;
}

function structure(btf: Btf, id: number): { size: number; fields: Record<string, Field> } {
  const type = btf.type(id);
  const fields: Record<string, Field> = {};
  for (const member of btf.members(type)) {
    const resolved = btf.resolve(member.typeId);
    const array = resolved?.kind === KIND.ARRAY ? btf.array(resolved) : undefined;
    const elementId = array ? array.elementId : member.typeId;
    fields[member.name] = {
      offset: member.offsetBits / 8,
      size: btf.sizeOf(elementId),
      count: array ? array.length : 1,
      signed: /^(int|s32|s64|long long|signed char|short|char|long)$/.test(
        btf.spell(btf.resolve(elementId)?.id ?? 0),
      ),
    };
  }
  return { size: type.sizeOrType, fields };
}

function generate(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tracegate-layout-'));
  const object = join(dir, 'layout.o');
  execFileSync('clang', [...CLANG_FLAGS, '-c', join(root, 'bpf/programs/layout.c'), '-o', object], {
    stdio: 'inherit',
  });
  const btf = Btf.parse(section(readFileSync(object), '.BTF'));
  rmSync(dir, { recursive: true });
  const structs = [...btf.names(KIND.STRUCT)].filter((n) => n.startsWith('tg_'));
  const enums = [...btf.names(KIND.ENUM)].filter((n) => n.startsWith('tg_'));
  const lines = [
    '// SPDX-License-Identifier: Apache-2.0',
    '// Generated from the BTF of bpf/include/layout.h by setup/build-layout.ts; do not edit.',
    '',
  ];
  lines.push('export const STRUCTS = {');
  for (const name of structs) {
    const s = structure(btf, btf.find(KIND.STRUCT, name) as number);
    lines.push(`  ${name}: {`, `    size: ${s.size},`, '    fields: {');
    for (const [field, f] of Object.entries(s.fields))
      lines.push(
        `      ${field}: { offset: ${f.offset}, size: ${f.size}, count: ${f.count}, signed: ${f.signed} },`,
      );
    lines.push('    },', '  },');
  }
  lines.push('} as const;', '');
  for (const name of enums) {
    const values = btf.enumValues(btf.type(btf.find(KIND.ENUM, name) as number));
    const inner = Object.entries(values).map(([k, v]) => `  ${k}: ${v},`);
    lines.push(`export const ${name.toUpperCase()} = {`, ...inner, '} as const;', '');
  }
  const digest = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12);
  lines.push('/** Of all of the above. */', `export const LAYOUT = '${digest}';`, '');
  return lines.join('\n');
}

const text = generate();
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write('src/plan/layout.generated.ts is stale: run node setup/build-layout.ts\n');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
