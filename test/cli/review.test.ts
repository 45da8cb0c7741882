// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Decision } from '../../src/model/decision.ts';
import { HOSTILE } from '../fixtures/hostile.ts';
import {
  FIELD_POLICIES,
  RESTRICT_SYMLINK,
  RESTRICT_SYMLINK_SIGKILL,
  TCP_CONNECT,
} from '../fixtures/policies.ts';
import { type CliSetting, runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-review-'));
after(() => rmSync(root, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: join(root, 'state') };
const PLATFORM = ['--as', 'pat', '--groups', 'tracegate:platform'];

function file(name: string, content: string | Buffer): string {
  const path = join(root, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}
const review = (argv: string[], setting: CliSetting = {}) =>
  runInProcess(['review', ...argv], { env, cwd: root, ...setting });
const decisionsOf = (run: { json: Record<string, unknown>[] }) =>
  run.json as unknown as (Decision & { file: string })[];

describe('reviewing the policies of the field', () => {
  for (const [name, text] of Object.entries(FIELD_POLICIES)) {
    it(`allows them for a platform user: ${name}`, async () => {
      const run = await review([...PLATFORM, '-o', 'json', file(`field/${name}.yaml`, text)]);
      assert.equal(run.code, 0, run.stdout);
      const [decision] = decisionsOf(run);
      assert.ok(decision?.allowed);
      assert.equal(decision.policy.name, name);
      assert.equal(decision.door, 'cli');
      assert.equal(decision.rules.total, decision.rules.evaluated + decision.rules.notApplicable);
      assert.deepEqual(decision.subject, { user: 'pat', groups: ['tracegate:platform'] });
    });
  }

  it('denies what only platform may do to somebody else, at the line', async () => {
    const path = file('somebody.yaml', RESTRICT_SYMLINK);
    const run = await review(['--as', 'sam', '--groups', 'dev', path]);
    assert.equal(run.code, 1);
    assert.match(run.stdout, /TracingPolicy restrict-symlink: denied\n {2}deny TPG-\d+/);
  });

  it('takes the OS user for who asks: the owner of the state directory is platform', async () => {
    const path = file('mine.yaml', TCP_CONNECT);
    const stranger = await review(['-o', 'json', path], { user: { name: 'tester', uid: 4711 } });
    assert.deepEqual(decisionsOf(stranger)[0]?.subject, { user: 'tester', groups: [] });
    mkdirSync(env.TRACEGATE_STATE_DIR, { recursive: true });
    const owner = await review(['-o', 'json', path], { user: { name: 'me', uid: process.getuid?.() ?? 0 } });
    assert.deepEqual(decisionsOf(owner)[0]?.subject, { user: 'me', groups: ['tracegate:platform'] });
  });

  it('is stricter in the strict profile', async () => {
    const path = file('profile.yaml', RESTRICT_SYMLINK);
    assert.equal((await review([...PLATFORM, path])).code, 0);
    assert.equal((await review([...PLATFORM, '--profile', 'strict', path])).code, 1);
  });
});

describe('a batch', () => {
  it('prints one Decision a line in the order given, and exits 3 over 1 over 0', async () => {
    const good = file('batch/good.yaml', TCP_CONNECT);
    const bad = file('batch/bad.yaml', TCP_CONNECT.replace('args:', 'arg:'));
    const broken = file('batch/broken.yaml', 'a: [');
    const run = await review([...PLATFORM, '-o', 'json', good, broken, bad]);
    assert.equal(run.code, 3);
    assert.deepEqual(
      run.json.map(({ file: name }) => name),
      [good, broken, bad],
    );
    assert.match(JSON.stringify(run.json[1]), /"code":"unreadable"/);
    assert.equal((await review([...PLATFORM, good, bad])).code, 1);
    assert.match(run.stderr, /3 judged: 1 allowed, 1 denied, 1 could not be judged/);
  });

  it('judges several policies in one file, each by its own lines', async () => {
    const run = await review([
      ...PLATFORM,
      '-o',
      'json',
      file('two.yaml', `${TCP_CONNECT}---\n${TCP_CONNECT.replace('args:', 'arg:')}`),
    ]);
    const [first, second] = decisionsOf(run);
    assert.equal(first?.allowed, true);
    assert.equal(second?.findings[0]?.line, TCP_CONNECT.split('\n').length + 9);
  });

  it('says how what kubectl lists has to be written', async () => {
    const list = 'apiVersion: v1\nkind: List\nitems: []\n';
    const run = await review([...PLATFORM, '-o', 'json', '-'], { stdin: list });
    const findings = decisionsOf(run)[0]?.findings ?? [];
    assert.match(String(findings.find(({ path }) => path === '/kind')?.fix), /one by one/);
  });

  it('reads standard input', async () => {
    const run = await review([...PLATFORM, '-o', 'json', '-'], { stdin: TCP_CONNECT });
    assert.equal(run.code, 0);
    assert.equal(decisionsOf(run)[0]?.file, '-');
  });

  it('walks a directory, skips neighbours of other kinds aloud, and nothing that looks like a policy', async () => {
    file('tree/a/one.yaml', TCP_CONNECT);
    file('tree/deployment.yml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n');
    file('tree/notes.txt', 'not a policy');
    file('tree/swapped.yaml', TCP_CONNECT.replace('TracingPolicy', 'NamespacedTracingPolicy'));
    file('tree/mistyped.yaml', TCP_CONNECT.replace('TracingPolicy', 'TracingPolcy'));
    symlinkSync(root, join(root, 'tree', 'loop'));
    const run = await review([...PLATFORM, '-o', 'json', 'tree']);
    assert.equal(run.code, 1);
    assert.deepEqual(
      run.json.map(({ file: name }) => name),
      ['tree/a/one.yaml', 'tree/mistyped.yaml', 'tree/swapped.yaml'],
    );
    assert.equal(decisionsOf(run)[2]?.findings[0]?.fix, 'use TracingPolicyNamespaced');
    assert.match(run.stderr, /1 documents of other kinds were skipped: tree\/deployment\.yml/);
  });

  it('of nothing is not a success', async () => {
    mkdirSync(join(root, 'empty'), { recursive: true });
    assert.equal((await review(['empty'])).code, 3);
    file('others/deployment.yml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n');
    assert.equal((await review(['others'])).code, 3);
    assert.equal((await review(['nowhere.yaml'])).code, 3);
  });
});

describe('an update', () => {
  it('is judged against what is stored', async () => {
    const old = file('old.yaml', RESTRICT_SYMLINK);
    const run = await review([
      ...PLATFORM,
      '-o',
      'json',
      '--old',
      old,
      file('new.yaml', RESTRICT_SYMLINK.replace('-1', '-13')),
    ]);
    assert.equal(decisionsOf(run)[0]?.operation, 'update');
  });

  it('keeps its name, or it is wrong usage', async () => {
    const run = await review([
      '--old',
      file('old.yaml', RESTRICT_SYMLINK),
      file('renamed.yaml', RESTRICT_SYMLINK_SIGKILL),
    ]);
    assert.equal(run.code, 2);
    assert.match(run.stderr, /--old holds no TracingPolicy restrict-symlink-sigkill/);
  });

  it('is not a creation', async () => {
    const run = await review([
      '--old',
      file('old.yaml', RESTRICT_SYMLINK),
      '--operation',
      'create',
      file('new.yaml', RESTRICT_SYMLINK),
    ]);
    assert.equal(run.code, 2);
  });
});

describe('explain', () => {
  it('says in plain words what a policy does', async () => {
    const run = await runInProcess(['explain', file('explain.yaml', RESTRICT_SYMLINK)], { env, cwd: root });
    assert.equal(run.code, 0, run.stderr);
    assert.match(
      run.stdout,
      /a process whose target of the link \(argument 0, string\) is "\/etc\/passwd" that calls symlinkat gets EPERM \(operation not permitted\) instead\./,
    );
    assert.match(
      run.stdout,
      /\nsys_symlinkat: called often\n {2}reports the target of the link \(argument 0\) as string/,
    );
  });

  it('says what changes against another one', async () => {
    const [before, after] = [
      file('before.yaml', RESTRICT_SYMLINK),
      file('after.yaml', RESTRICT_SYMLINK.replace('/etc/passwd', '/etc/shadow')),
    ];
    const text = await runInProcess(['explain', '--old', before, after], { env, cwd: root });
    assert.match(text.stdout, /\nwhat changes:\n {2}sys_symlinkat: new: .*"\/etc\/shadow"/);
    const json = await runInProcess(['explain', '-o', 'json', '--old', before, before], { env, cwd: root });
    assert.deepEqual(json.json[0]?.changes, []);
    const two = file('two-olds.yaml', `${TCP_CONNECT}---\n${RESTRICT_SYMLINK_SIGKILL}`);
    const other = await runInProcess(['explain', '--old', two, after], { env, cwd: root });
    assert.equal(other.code, 2);
  });

  it('exits 1 for what is no valid policy, 3 for what cannot be read', async () => {
    const explain = (text: string) => runInProcess(['explain', '-'], { env, cwd: root, stdin: text });
    const both = await explain(`apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n---\n${RESTRICT_SYMLINK}`);
    assert.equal(both.code, 1);
    assert.match(both.stdout, /gets EPERM/);
    assert.match(both.stderr, /"v1" is not the apiVersion/);
    assert.equal((await explain(TCP_CONNECT.replace('args:', 'arg:'))).code, 1);
    assert.equal((await explain('a: [')).code, 3);
  });
});

describe('what cannot be judged is not allowed', () => {
  it('without rules', async () => {
    const run = await review(['--rules', 'nowhere', file('norules.yaml', TCP_CONNECT)]);
    assert.equal(run.code, 3);
    assert.equal(run.stdout, '');
  });

  it('with an organisation’s data that is wrong', async () => {
    const run = await review([
      '--data',
      file('data.json', '{"unknown": true}'),
      file('data.yaml', TCP_CONNECT),
    ]);
    assert.notEqual(run.code, 0);
    assert.notEqual(run.code, 1);
  });
});

describe('the report for machines', () => {
  for (const format of ['sarif', 'junit', 'github']) {
    it(`is printed once, whole: ${format}`, async () => {
      const bad = file('report.yaml', TCP_CONNECT.replace('args:', 'arg:'));
      const { code, stdout } = await review([...PLATFORM, '-o', format, bad]);
      assert.equal(code, 1);
      assert.match(stdout, /unknown field/);
      if (format === 'sarif') assert.equal((JSON.parse(stdout) as { version: string }).version, '2.1.0');
    });
  }
});

describe('a hostile or broken file', () => {
  const inFiles = HOSTILE.filter(({ status, fineInFiles }) => status !== 415 && !fineInFiles);
  const answers = new Map<string, { said: string; denied: boolean }>();

  before(async () => {
    const paths = inFiles.map(({ body, contentType }, at) =>
      file(`hostile/${at}.${contentType === 'application/json' ? 'json' : 'yaml'}`, body),
    );
    const run = await review([...PLATFORM, '-o', 'json', ...paths]);
    assert.equal(run.code, 3);
    const results = run.json as {
      error?: { message: string };
      allowed?: boolean;
      findings?: { message: string; fix?: string }[];
    }[];
    assert.equal(results.length, inFiles.length, 'one answer a file');
    inFiles.forEach(({ name }, at) => {
      const { error, findings = [], allowed } = results[at] ?? {};
      const said = error?.message ?? findings.map(({ message, fix }) => `${message}: ${fix}`).join('\n');
      answers.set(name, { said, denied: allowed === false });
    });
  });

  for (const { name, status, says } of inFiles) {
    it(`is ${status === 422 ? 'denied' : 'not judged'}: ${name}`, () => {
      const answer = answers.get(name);
      assert.equal(answer?.denied, status === 422);
      assert.match(answer?.said ?? '', status === 413 ? /at most 8388608/ : says);
    });
  }

  it('alone exits 1 when it is denied, 3 when it cannot be read', async () => {
    assert.equal(
      (await review([file('hostile-name.yaml', TCP_CONNECT.replace('"tcp-connect"', 'no'))])).code,
      1,
    );
    assert.equal((await review([file('hostile-dup.yaml', `${TCP_CONNECT}kind: Pod\n`)])).code, 3);
  });
});
