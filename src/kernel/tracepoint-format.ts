// SPDX-License-Identifier: Apache-2.0
import type { TracepointField } from '../model/facts.ts';

const FIELD = /^\s*field:(.+?);\s*offset:(\d+);\s*size:(\d+);\s*signed:([01]);/;
const NAME = /([A-Za-z_]\w*)(\[[^\]]*\])?$/;

/** A tracepoint's `format` file: its fields in order, the common ones first. */
export function parseTracepointFormat(text: string): TracepointField[] {
  const fields: TracepointField[] = [];
  for (const line of text.split('\n')) {
    const found = FIELD.exec(line);
    const [, declaration = '', offset, size, signed] = found ?? [];
    const name = NAME.exec(declaration);
    if (!found || !name) continue;
    fields.push({
      name: name[1] as string,
      type: declaration.slice(0, name.index).trim() + (name[2] ?? ''),
      offsetBytes: Number(offset),
      sizeBytes: Number(size),
      signed: signed === '1',
      dynamic: /^__(data|rel)_loc\b/.test(declaration),
    });
  }
  return fields;
}
