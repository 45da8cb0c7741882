// SPDX-License-Identifier: Apache-2.0
/** Filters on the programs a process comes from: all of them (followChildren), and the one that started it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, openBench, PLACE, put, run } from './runtime-fixture.ts';

const DIRECTORY = join(PLACE, 'lineage');
const MADE = join(DIRECTORY, 'made-');
const [MAKE, A, B] = ['make', 'shell-a', 'shell-b'].map((name) => join(DIRECTORY, name)) as [
  string,
  string,
  string,
];

/** How the directory of that name comes to be made; `; true` keeps a shell from running its last command in its own place. */
const WAYS: Record<string, [string, string]> = {
  child: [A, `${MAKE} ${MADE}child; true`],
  grandchild: [A, `${B} -c '${MAKE} ${MADE}grandchild; true'; true`],
  exec: [A, `exec ${MAKE} ${MADE}exec`],
  orphan: [A, `(${B} -c 'sleep 0.5; ${MAKE} ${MADE}orphan; true') & exit`],
  other: [B, `${MAKE} ${MADE}other; true`],
  'other-exec': [B, `exec ${MAKE} ${MADE}other-exec`],
};

describe('filters on where a process comes from', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    mkdirSync(DIRECTORY, { recursive: true });
    copyFileSync('/bin/mkdir', MAKE);
    for (const shell of [A, B]) copyFileSync('/bin/sh', shell);
  });
  after(() => bench.close());

  const follow = (operator: string, ...values: string[]) => ({
    matchBinaries: [{ operator, values, followChildren: true }],
  });
  const parent = (operator: string, ...values: string[]) => ({ matchParentBinaries: [{ operator, values }] });
  const line = (operator: string, ...values: string[]) => ({
    matchParentBinaries: [{ operator, values, followChildren: true }],
  });
  const hook = (selector: object, message: string) => ({
    ...{ call: 'sys_mkdir', message, args: [{ index: 0, type: 'string' }] },
    selectors: [{ matchArgs: [{ index: 0, operator: 'Prefix', values: [MADE] }], ...selector }],
  });
  const putAll = (filters: Record<string, object>) =>
    void put(bench, { kprobes: Object.entries(filters).map(([message, filter]) => hook(filter, message)) });
  const go = (way: string) => {
    rmSync(MADE + way, { recursive: true, force: true });
    const [shell, text] = WAYS[way] as [string, string];
    return run(shell, ['-c', text]).out;
  };
  const told = () => {
    const seen: Record<string, string[]> = {};
    for (const { process_kprobe: e } of bench.taken('probe')) {
      const of = e?.message ?? '';
      seen[of] = [...(seen[of] ?? []), String(e?.args?.[0]?.string_arg).slice(MADE.length)];
    }
    return seen;
  };

  it('follow what a program starts and runs, past the end of its parents', () => {
    putAll({
      follow: follow('In', A),
      not: follow('NotIn', A),
      two: follow('In', '/nothing', B),
      parent: parent('In', A),
      ending: parent('Postfix', '/shell-b'),
      noParent: parent('NotPrefix', A, '/nothing'),
      line: line('In', A),
      noLine: line('NotIn', A),
      ownLine: line('In', MAKE),
    });
    for (const way of Object.keys(WAYS)) assert.equal(go(way), '', way);
    assert.deepEqual(told(), {
      follow: ['child', 'grandchild', 'exec', 'orphan'],
      not: ['other', 'other-exec'],
      two: ['grandchild', 'orphan', 'other', 'other-exec'],
      parent: ['child', 'exec'],
      ending: ['grandchild', 'orphan', 'other', 'other-exec'],
      noParent: ['grandchild', 'orphan', 'other', 'other-exec'],
      line: ['child', 'grandchild', 'exec', 'orphan'],
      noLine: ['other', 'other-exec'],
    });
  });

  it('deny to all that comes from a program, and go on with what was kept when the policy is replaced', async () => {
    const denied = { deny: { ...follow('In', A), matchActions: [{ action: 'Override', argError: -1 }] } };
    putAll(denied);
    rmSync(`${MADE}child`, { recursive: true, force: true });
    const late = spawn(A, ['-c', `read line; ${MAKE} ${MADE}late; true`], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    await once(late, 'spawn');
    let said = '';
    late.stderr.on('data', (chunk) => {
      said += chunk;
    });
    putAll(denied);
    late.stdin.end('go\n');
    await once(late, 'close');
    assert.match(said, /not permitted/);
    assert.match(go('grandchild'), /not permitted/);
    assert.equal(go('other'), '');
    assert.deepEqual(told(), { deny: ['late', 'grandchild'] });
  });

  it('take the parent that a process older than the policy has now', async () => {
    bench.runtime.unload('probe');
    const text = `${MAKE} ${MADE}before; read line; exec ${MAKE} ${MADE}older`;
    for (const name of ['before', 'older']) rmSync(MADE + name, { recursive: true, force: true });
    const old = spawn(B, ['-c', `sh -c '${text}'; true`], { stdio: ['pipe', 'ignore', 'inherit'] });
    while (!existsSync(`${MADE}before`)) await sleep(20);
    putAll({ older: parent('In', B), line: line('In', B), other: line('In', A) });
    old.stdin.end('go\n');
    await once(old, 'close');
    assert.deepEqual(told(), { older: ['older'], line: ['older'] });
  });
});
