// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import {
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileFact } from '../../../src/kernel/files.ts';

it('spells a path without the links on its way, as far as it is there', (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'files-')));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'real'));
  writeFileSync(join(folder, 'real/file'), '');
  symlinkSync('real', join(folder, 'linked'));
  symlinkSync('file', join(folder, 'real/name'));
  const at = (path: string) => join(folder, path);
  assert.deepEqual(fileFact(at('linked/file')), { entry: at('real/file'), target: at('real/file') });
  assert.deepEqual(fileFact(at('linked/name')), { entry: at('real/name'), target: at('real/file') });
  assert.deepEqual(fileFact(at('linked/missing')), { entry: at('real/missing') });
  assert.deepEqual(fileFact(at('linked/no/such')), { entry: at('real/no/such') });
  assert.deepEqual(fileFact('/'), { entry: '/', target: '/' });
});

it('asks what the kernel knows a file by: a link itself, and what it leads to', (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'files-')));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('file', join(folder, 'name'));
  const identify = (fd: number) => ({ ino: fstatSync(fd).ino.toString(), device: 1, generation: 2 });
  const inode = (ino: number) => ({ ino: ino.toString(), device: 1, generation: 2 });
  const { entryInode, targetInode } = fileFact(join(folder, 'name'), identify);
  assert.deepEqual(entryInode, inode(lstatSync(join(folder, 'name')).ino));
  assert.deepEqual(targetInode, inode(statSync(join(folder, 'name')).ino));
  assert.equal('targetInode' in fileFact(join(folder, 'missing'), identify), false);
});
