// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerIn, containerOf } from '../../../src/kernel/container-id.ts';

const ID = '0123456789abcdef'.repeat(4);
const SHOWN = ID.slice(0, 31);

describe('the container of a process, from its cgroups', () => {
  for (const path of [
    `/docker/${ID}`,
    `/system.slice/docker-${ID}.scope`,
    `/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope/init/deeper`,
    `/system.slice:cri-containerd:${ID}`,
  ])
    it(`is told from ${path}`, () => assert.equal(containerIn(`0::${path}\n`), SHOWN));

  for (const path of [
    '/',
    '/system.slice/ssh.service',
    `/crio-conmon-${ID}.scope`,
    `/docker-${ID.slice(1)}.scope`,
    `/x${ID}`,
  ])
    it(`is none in ${path}`, () => assert.equal(containerIn(`0::${path}\n`), undefined));

  it('is looked for in the hierarchy of pids, not in that of others', () => {
    assert.equal(containerIn(`5:cpu,cpuacct:/docker/${ID}\n3:pids:/\n0::/\n`), undefined);
    assert.equal(containerIn(`5:cpu:/\n3:pids:/docker/${ID}\n0::/\n`), SHOWN);
  });

  it('is what was known before where the process has ended', () => {
    assert.equal(containerOf(2 ** 22 + 1, 'before'), 'before');
  });
});
