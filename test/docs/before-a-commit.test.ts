// SPDX-License-Identifier: Apache-2.0
/** What the README offers for a commit and for CI, as it stands there. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { load } from 'js-yaml';
import { ROOT } from '../fixtures/running-up.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const SECTION = /### Before a commit.*?(?=\n## )/s.exec(README)?.[0] ?? '';
const block = (language: string) =>
  new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 's').exec(SECTION)?.[1] ?? '';
const [GOOD, BAD] = ['watch-symlinks', 'too-much'].map((name) => join(ROOT, `docs/tour/${name}.yaml`)) as [
  string,
  string,
];

describe('what the README has for a commit and for CI', () => {
  const place = mkdtempSync(join(tmpdir(), 'tracegate-commit-'));
  const env = {
    ...process.env,
    ...{ TRACEGATE: ROOT, TRACEGATE_STATE_DIR: join(place, 'state'), GIT_CONFIG_GLOBAL: '/dev/null' },
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' },
  };
  const run = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: place, env, encoding: 'utf8' });
    return { status, out: `${stdout}${stderr}` };
  };
  const stage = (from: string) => {
    copyFileSync(from, join(place, 'policies/one.yaml'));
    run('git', 'add', '-A');
  };
  const commit = () => run('git', 'commit', '-q', '-m', 'one');

  before(() => {
    mkdirSync(join(place, 'policies'));
    run('git', 'init', '-q');
    writeFileSync(join(place, '.git/info/exclude'), 'state\n');
    writeFileSync(join(place, '.git/hooks/pre-commit'), block('sh'), { mode: 0o755 });
  });
  after(() => rmSync(place, { recursive: true }));

  it('lets a commit through that touches no policy, or only allowed ones', () => {
    writeFileSync(join(place, 'values.yaml'), 'a: 1\n');
    run('git', 'add', '-A');
    assert.deepEqual(commit(), { status: 0, out: '' });
    stage(GOOD);
    const { status, out } = commit();
    assert.equal(status, 0, out);
    assert.match(out, /policies\/one.yaml: .*allowed/);
  });

  it('stops a commit of a denied one, even where the file was put right and not staged', () => {
    stage(BAD);
    copyFileSync(GOOD, join(place, 'policies/one.yaml'));
    const { status, out } = commit();
    assert.equal(status, 1, out);
    assert.match(out, /TPG-201/);
  });

  it('tells the line in a workflow, and fails it', () => {
    copyFileSync(BAD, join(place, 'policies/one.yaml'));
    const [step] = load(block('yaml')) as { run: string }[];
    const { status, out } = run('sh', '-c', step?.run ?? '');
    assert.equal(status, 1, out);
    assert.match(out, /^::error file=policies\/one.yaml,line=12,.*TPG-201/m);
  });
});
