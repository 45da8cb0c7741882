// SPDX-License-Identifier: Apache-2.0
/** What every file of the house keeps to: a size, a name, a licence, nothing of the machine it was written on. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../../..');
const FOLDERS = [
  'src',
  'webhooks',
  'bpf',
  'rego',
  'templates',
  'manifests',
  'setup',
  'bin',
  'test',
  'docs',
  '.ci',
];
const LINES_MAX = 300;

/** Longer than the limit, and why cutting them would not make them easier to read. */
const LONG: Record<string, string> = {
  'bpf/addon/addon.cc': 'one call of libbpf after another, each on its own, behind one table of exports',
  'src/runtime/runtime.ts': 'attach new, then drop old, and undo of both: one order, read from top to bottom',
};

const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1)),
);
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const CODE = FILES.filter((f) => /\.(ts|mjs|c|cc|h|sh)$/.test(f) && !/generated/.test(f));
const PRODUCT = CODE.filter((f) => /^(src|webhooks|bpf|setup|bin)\//.test(f));
const READ = FILES.filter((f) => /\.(ts|mjs|c|cc|h|sh|rego|md|yaml|yml|json)$/.test(f));

describe('the files of the house', () => {
  it('are found', () => {
    assert.ok(PRODUCT.length > 150 && READ.length > 300, `${PRODUCT.length} and ${READ.length}`);
  });

  it(`have no more than ${LINES_MAX} lines, but for those that say why`, () => {
    const long = PRODUCT.filter((f) => text(f).split('\n').length > LINES_MAX + 1);
    assert.deepEqual(long.sort(), Object.keys(LONG).sort());
  });

  it('say their licence on the first line', () => {
    const silent = CODE.filter((f) => {
      const [first = '', second = ''] = text(f).split('\n');
      return !/SPDX-License-Identifier: \S/.test(first.startsWith('#!') ? second : first);
    });
    assert.deepEqual(silent, []);
  });

  it('are named in small letters, with hyphens in TypeScript and underscores in C', () => {
    const odd = PRODUCT.filter((f) => {
      const name = basename(f);
      return !(f.startsWith('bpf/') ? /^[a-z0-9_.]+$/ : /^[a-z0-9.-]+$/).test(name);
    });
    assert.deepEqual(odd, []);
  });

  it('set up kernel tests inside of a suite: outside of one, a hook is run for every file of the machine', () => {
    const tests = CODE.filter((f) => /^test\/(kernel|product)\/.*\.test\.ts$/.test(f));
    assert.ok(tests.length > 40, `${tests.length}`);
    assert.deepEqual(
      tests.filter((f) => /^(before|after)(Each)?\(/m.test(text(f))),
      [],
    );
  });

  it('know no machine and no registry', () => {
    // in parts, so that this file does not find itself; nodes of GKE have their programs in /home/kubernetes/bin
    const foreign = new RegExp(
      ['/wo' + 'rk/', '/home/(?!kubernetes/bin/)[a-z]+/(?!$)', 'registry\\.npm', 'verda' + 'ccio'].join('|'),
    );
    const locks = ['package-lock.json', '.npmrc', 'README.md'];
    assert.deepEqual(
      [...READ, ...locks].filter((f) => f !== 'test/unit/house/files.test.ts' && foreign.test(text(f))),
      [],
    );
    assert.ok(!/"resolved":/.test(text('package-lock.json')), 'the lock file names no host');
  });

  it('leave nothing for later', () => {
    const later = /\b(TODO|FIXME|XXX|HACK)\b/;
    assert.deepEqual(
      READ.filter((f) => f !== 'test/unit/house/files.test.ts' && later.test(text(f))),
      [],
    );
  });
});
