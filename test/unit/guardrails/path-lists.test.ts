// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathLists } from '../../../src/guardrails/path-lists.ts';

describe('lists of paths for the rules', () => {
  it('have what runs below /var too, where a link leads to it', () => {
    const { own } = pathLists({ own: { paths: ['/run/ours', '/runner'], binaries: [] } });
    assert.deepEqual(own.paths, ['/run/ours', '/runner', '/var/run/ours']);
    assert.deepEqual(own.directories, ['/run/ours/', '/runner/', '/var/run/ours/']);
  });

  it('have both spellings of a merged /usr, whichever is written', () => {
    const { programs } = pathLists({ binaries: ['/sbin/init', '/usr/lib/systemd/systemd', '/opt/agent'] });
    const all = [
      '/usr/sbin/init',
      '/usr/lib/systemd/systemd',
      '/opt/agent',
      '/sbin/init',
      '/lib/systemd/systemd',
    ];
    assert.deepEqual(programs.paths, all);
    assert.deepEqual(Object.keys(programs.names), all);
  });

  it('find a path by its first and last letters, as many as there are and no more than six', () => {
    const { essential } = pathLists({ files: ['/etc/hosts', '/ab'] });
    assert.deepEqual(essential.heads['/etc/h'], ['/etc/hosts']);
    assert.deepEqual(essential.heads['/ab'], ['/ab']);
    assert.deepEqual(essential.heads['/'], ['/etc/hosts', '/ab']);
    assert.deepEqual(essential.heads[''], ['/etc/hosts', '/ab']);
    assert.equal(essential.heads['/etc/ho'], undefined);
    assert.deepEqual(essential.tails['/hosts'], ['/etc/hosts']);
    assert.deepEqual(essential.tails.b, ['/ab']);
    assert.equal(essential.tails['c/hosts'], undefined);
  });

  it('count letters as the rules do, one for each character', () => {
    const { essential } = pathLists({ files: ['/🐝🐝🐝🐝🐝🐝'] });
    assert.deepEqual(essential.heads['/🐝🐝🐝🐝🐝'], ['/🐝🐝🐝🐝🐝🐝']);
    assert.deepEqual(essential.tails['🐝🐝🐝🐝🐝🐝'], ['/🐝🐝🐝🐝🐝🐝']);
  });

  it('name directories of ours that are shorter than what a path is found by', () => {
    const { own } = pathLists({ own: { paths: ['/own', '/our2', '/ours-too'] } });
    assert.deepEqual(own.short, ['/own/', '/our2/']);
  });

  it('know the sockets of a checkout by their endings, but not their beginnings', () => {
    const { own } = pathLists({ own: { paths: ['/run/ours'] } });
    assert.deepEqual(own.tails['t.sock'], ['/.tracegate/agent.sock']);
    assert.deepEqual(own.sockets, ['/.tracegate/gate.sock', '/.tracegate/agent.sock']);
    assert.equal(own.heads['/.trac'], undefined);
  });

  it('know our directories and what lies below them, and tasks by fifteen letters of their program', () => {
    const { own, taskNames } = pathLists({
      own: { paths: ['/usr/lib/ours'], binaries: ['/usr/bin/ours'] },
      binaries: ['/usr/lib/systemd/systemd-journald'],
    });
    const names = ['/usr/lib/ours', '/lib/ours', '/usr/bin/ours', '/bin/ours'];
    assert.deepEqual(Object.keys(own.names), names);
    assert.deepEqual(own.directories, ['/usr/lib/ours/', '/lib/ours/']);
    assert.deepEqual(own.short, []);
    assert.deepEqual(taskNames, { 'systemd-journal': true });
  });
});
