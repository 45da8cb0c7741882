// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type Digest,
  digestNow,
  digestSoon,
  ExeDigests,
  type RanExecutable,
} from '../../../../src/watch/bpf/exe-digests.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tracegate-ran-'));
/** No process has it. */
const ENDED = 2 ** 22 + 1;

function ran(name: string, more: Partial<RanExecutable> = {}): RanExecutable {
  const path = join(DIR, name);
  writeFileSync(path, name);
  const { ino, dev, ctimeNs } = statSync(path, { bigint: true });
  return {
    tgid: ENDED,
    exe: { path, device: Number(dev), inode: ino, ctimeNs },
    isIt: (_, inode) => inode === ino,
    ...more,
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('digests of executables that ran', () => {
  it('are those of the files, by path where the process is gone', async () => {
    assert.deepEqual(await new ExeDigests().of(ran('one')), { sha256: sha256('one') });
  });

  it('are not those of another file in its place', async () => {
    const digests = new ExeDigests();
    const gone = { noDigest: 'it had gone before it could be read' };
    assert.deepEqual(await digests.of(ran('two', { isIt: () => false })), gone);
    const { exe, ...rest } = ran('three');
    assert.deepEqual(await digests.of({ ...rest, exe: { ...exe, ctimeNs: exe.ctimeNs - 1n } }), gone);
    assert.deepEqual(await digests.of({ ...rest, exe: { ...exe, inode: 0n } }), {
      noDigest: 'it has no executable',
    });
  });

  it('are made once for each file, and of so many at a time', async () => {
    const digests = new ExeDigests();
    const all = Array.from({ length: 100 }, (_, k) => ran(`many-${k}`));
    const first = digests.of(all[0] as RanExecutable);
    assert.equal(digests.of(all[0] as RanExecutable), first);
    const found = await Promise.all(all.map((one) => digests.of(one)));
    assert.deepEqual(found[63], { sha256: sha256('many-63') });
    assert.deepEqual(digestNow(first), found[0]);
    assert.deepEqual(digestNow(new Promise(() => {})), { noDigest: 'there was no time to read it' });
    assert.deepEqual(found[64], { noDigest: 'too many others waited to be read' });
    assert.deepEqual(await digests.of(all[64] as RanExecutable), { sha256: sha256('many-64') });
  });

  it('are waited for once, and taken as soon as they are there', async () => {
    let found: (digest: Digest) => void = () => {};
    const slow = new Promise<Digest>((resolve) => {
      found = resolve;
    });
    const late = { noDigest: 'reading it took too long' };
    assert.deepEqual(await digestSoon(slow, 200), late);
    const began = performance.now();
    for (let k = 0; k < 20; k++) assert.deepEqual(await digestSoon(slow, 200), late);
    assert.ok(performance.now() - began < 200, 'twenty records do not wait twenty times');
    found({ sha256: 'ab' });
    assert.deepEqual(await digestSoon(slow, 200), { sha256: 'ab' });
  });
});
