// SPDX-License-Identifier: Apache-2.0
/** The table of what is told of eBPF holds each record that the sources can write, and each of its rows a test that there is. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../fixtures/running-up.ts';

interface Row {
  what: string;
  record: string;
  file: string;
  title: string;
}

const PAGE = readFileSync(join(ROOT, 'docs/bpf-activity.md'), 'utf8');
const ROWS = [...PAGE.matchAll(/^\| (.+) \| `(bpf\.[a-z.]+)` \| ([a-z-]+): (.+) \|$/gm)].map(
  ([, what = '', record = '', file = '', title = '']): Row => ({ what, record, file, title }),
);
const LINES = PAGE.split('\n').filter((line) => line.startsWith('| ')).length - 1; // its head
const base = (record: string) => record.replace(/\.(done|failed)$/, '').replace(/\.$/, '');
const textsOf = (pattern: string) =>
  globSync(pattern, { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'));

/** A title with holes holds what the file puts into them. */
function hasTest(text: string, title: string): boolean {
  return [...text.matchAll(/\bit\((?:'([^'\n]+)'|`([^`\n]+)`)/g)].some(([, plain, holed = '']) => {
    if (plain !== undefined) return plain === title;
    const pattern = holed
      .split(/\$\{\w+\}/)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('(.+)');
    const filled = new RegExp(`^${pattern}$`).exec(title)?.slice(1);
    return filled?.every((value) => new RegExp(`'${value}'|= ${value};`).test(text)) === true;
  });
}

describe('the page of what is told of eBPF', () => {
  it('is a table that reads as one', () => {
    assert.ok(ROWS.length > 40);
    assert.equal(ROWS.length, LINES);
  });

  it('has every record that is written of it, and no other', () => {
    const sources = [
      ...textsOf('src/watch/bpf/*.ts'),
      ...textsOf('src/agent/bpf-*/*.ts'),
      ...textsOf('src/agent/bpf-*.ts'),
    ];
    const written = sources.flatMap((text) =>
      [...text.matchAll(/['`](bpf\.[a-z]+(?:\.[a-z]+)*)/g)].map(([, record = '']) => base(record)),
    );
    assert.deepEqual(
      [...new Set(ROWS.map(({ record }) => base(record)))].sort(),
      [...new Set(written)].sort(),
    );
  });

  it('names for each a test that there is', () => {
    const files = new Map(
      globSync('test/{kernel,unit}/**/*.test.ts', { cwd: ROOT }).map((file) => [
        basename(file, '.test.ts'),
        readFileSync(join(ROOT, file), 'utf8'),
      ]),
    );
    const missing = ROWS.filter(({ file, title }) => !hasTest(files.get(file) ?? '', title));
    assert.deepEqual(missing, []);
  });
});
