// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { CgroupPaths } from '../../../../src/watch/bpf/cgroup-paths.ts';

const NAME = `tracegate-paths-${process.pid}`;
const NOBODYS = 2n ** 60n;

function hierarchy(): string | undefined {
  const mount = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[2] === 'cgroup2');
  return mount?.split(' ')[1];
}

/** Why no cgroup can be made here. */
function missing(): string | undefined {
  const root = hierarchy();
  if (root === undefined) return 'no cgroup2 is mounted';
  try {
    mkdirSync(join(root, NAME));
    rmdirSync(join(root, NAME));
    return undefined;
  } catch (thrown) {
    return `no cgroup can be made: ${(thrown as Error).message}`;
  }
}

describe('the path of a cgroup', { skip: missing() ?? false }, () => {
  const folder = join(hierarchy() ?? '/', NAME);
  const idOf = () => statSync(folder, { bigint: true }).ino;
  before(() => mkdirSync(folder));
  after(() => rmdirSync(folder));

  it('is found for one that was made just after another was looked for in vain', async () => {
    const paths = new CgroupPaths();
    rmdirSync(folder);
    const begun = performance.now();
    assert.equal(paths.of(NOBODYS), undefined);
    const walkMs = performance.now() - begun;
    mkdirSync(folder);
    await wait(Math.min(1000, walkMs * 10) + 20);
    assert.equal(paths.of(idOf()), `/${NAME}`);
  });
});
