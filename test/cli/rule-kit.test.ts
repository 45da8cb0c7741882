// SPDX-License-Identifier: Apache-2.0
/** The rule kit from the first folder to the signed bundle that judges, with the real opa. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { keyPair } from '../fixtures/bundles.ts';
import { RESTRICT_SYMLINK, TCP_CONNECT } from '../fixtures/policies.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { neededOpa } from '../rules/needed-opa.ts';

const { opa, skip } = neededOpa();
const root = mkdtempSync(join(tmpdir(), 'tracegate-kit-'));
after(() => rmSync(root, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: join(root, 'state'), TRACEGATE_OPA: opa };
const run = (argv: string[], more: Record<string, string> = {}) =>
  runInProcess(argv, { cwd: root, env: { ...env, ...more } });
const file = (name: string, text: string | Buffer): string => {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), text);
  return join(root, name);
};
const policy = file('tcp.yaml', TCP_CONNECT);
const PLATFORM = ['--as', 'pat', '--groups', 'tracegate:platform'];

describe('rules new', () => {
  it('makes a rule that passes its tests, the lint and the build', { skip }, async () => {
    const made = await run(['rules', 'new', 'HOUSE-001', '--name', 'no-example', '--title', 'No example']);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /guardrails\/house\/no-example\/rule\.rego\n.*rule_test\.rego\n/);
    const tested = await run(['rules', 'test', '--threshold', '100', '-o', 'json']);
    assert.equal(tested.code, 0, tested.stderr);
    const [report] = tested.json as unknown as [{ tests: object[]; percent: number }];
    assert.deepEqual([report.tests.length, report.percent], [2, 100]);
    const linted = await run(['rules', 'lint']);
    assert.deepEqual([linted.code, linted.stdout], [0, ''], linted.stdout);
  });

  it('takes no id that is ours, wrong or taken, and writes over nothing', async () => {
    file('taken/a/b/rule.rego', '# METADATA\n# custom:\n#   id: OWN-001\npackage a');
    const cases: [string[], number, RegExp][] = [
      [['TPG-999'], 2, /TPG- names the shipped rules/],
      [['house-1'], 2, /is no id of a rule/],
      [['OWN-001', '--folder', 'taken'], 3, /is the id of another rule/],
      [['OWN-002', '--folder', 'taken', '--category', 'a', '--name', 'b'], 3, /is there already/],
      [['OWN-002', '--folder', 'taken', '--name', '../b'], 2, /is no name of a folder/],
    ];
    for (const [argv, code, because] of cases) {
      const { code: found, stderr } = await run(['rules', 'new', ...argv]);
      assert.deepEqual([found, because.test(stderr)], [code, true], stderr);
    }
  });
});

describe('rules lint', { skip }, () => {
  const [RULE, TEST] = ['rule.rego', 'rule_test.rego'];
  before(async () => {
    await run(['rules', 'new', 'LINT-001', '--folder', 'clean', '--name', 'one']);
  });
  const walk = 'some hook in input.policy.hooks\n';
  const cases: [string, string, [string, string], string, RegExp][] = [
    ['metadata that lacks something', RULE, [/# {3}why: >-\n.*\n/.source, ''], 'metadata', /custom\.why/],
    ['the id of a shipped rule', RULE, ['LINT-001', 'TPG-201'], 'unique', /also that of rego\/guardrails/],
    ['another form than opa fmt', RULE, ['\tsome', '    some'], 'format', /- {5}some hook/],
    ['an unused variable', RULE, ['\tmessage :=', '\tunused := 1\n\tmessage :='], 'check', /unused/],
    ['a misspelt field', RULE, ['hook.call ==', 'hook.cal =='], 'check', /undefined ref/],
    ['a trait there is not', RULE, [/\[writes\]/.source, '[writess]'], 'references', /writess/],
    [
      'a built-in that needs the host',
      RULE,
      ['== "example', '== sprintf("%s", ["x"]); "example'],
      'in-module',
      /sprintf/,
    ],
    [
      'the clock',
      RULE,
      ['\tmessage :=', '\ttime.now_ns() > 0\n\tmessage :='],
      'deterministic',
      /read input\.time/,
    ],
    [
      'the network',
      RULE,
      ['\tmessage :=', '\thttp.send({"url": "x"})\n\tmessage :='],
      'deterministic',
      /http\.send/,
    ],
    [
      'a walk within a walk',
      RULE,
      [walk, `${walk}\tsome other in input.policy.hooks\n\tother != hook\n`],
      'quadratic',
      /million/,
    ],
    [
      'a walk in a comprehension within a walk',
      RULE,
      [walk, `${walk}\tcount([other | some other in input.policy.hooks; other.call == hook.call]) > 1\n`],
      'quadratic',
      /million/,
    ],
    [
      'a walk by index within a walk',
      RULE,
      [walk, `${walk}\tinput.policy.hooks[_].call != hook.call\n`],
      'quadratic',
      /million/,
    ],
    ['an empty table', TEST, [/pass := .*/.source, 'pass := {}'], 'tested', /no table `pass`/],
    ['no table', TEST, [/\bpass\b/.source, 'passes'], 'tested', /no table `pass`/],
    ['no Rego', RULE, ['findings contains', 'findings contain'], 'check', /rego_parse|unexpected|var/],
  ];
  for (const [name, which, [from, to], rule, because] of cases) {
    it(`finds ${name}`, async () => {
      const folder = join(root, 'dirty');
      rmSync(folder, { recursive: true, force: true });
      cpSync(join(root, 'clean'), folder, { recursive: true });
      const path = join(folder, 'lint/one', which);
      const before = readFileSync(path, 'utf8');
      const text = from === walk ? before.replace(walk, to) : before.replace(new RegExp(from, 'g'), to);
      assert.notEqual(text, before);
      writeFileSync(path, text);
      const { code, json, stderr } = await run(['rules', 'lint', 'dirty', '-o', 'json']);
      assert.equal(code, 1, stderr);
      const found = json as unknown as { file: string; rule: string; message: string; line?: number }[];
      const one = found.find((problem) => problem.rule === rule);
      assert.ok(one && because.test(one.message), JSON.stringify(found));
      assert.equal(one.file, `lint/one/${rule === 'metadata' || rule === 'unique' ? RULE : which}`);
    });
  }

  it('finds a rule without a test, and says things as annotations', async () => {
    cpSync(join(root, 'clean'), join(root, 'untested'), { recursive: true });
    rmSync(join(root, 'untested/lint/one', TEST));
    const { code, stdout } = await run(['rules', 'lint', 'untested', '-o', 'github']);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^::error file=untested\/lint\/one\/rule\.rego,title=tested::lacks or misstates rule_test/m,
    );
  });
});

describe('rules test', { skip }, () => {
  it('fails with a test that fails, without tests, and below the threshold', async () => {
    await run(['rules', 'new', 'TEST-001', '--folder', 'tested', '--name', 'one']);
    const path = join(root, 'tested/test/one/rule_test.rego');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"example_function"', '"other"'));
    const failed = await run(['rules', 'test', 'tested']);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^FAIL test\/one\/rule_test\.rego: .*test_denies/m);
    writeFileSync(path, text.replaceAll(/test_(denies|passes)/g, 'not_a_$1'));
    const none = await run(['rules', 'test', 'tested']);
    assert.deepEqual([none.code, /no test was found/.test(none.stderr)], [1, true], none.stderr);
    writeFileSync(path, text);
    const rule = join(root, 'tested/test/one/rule.rego');
    writeFileSync(rule, `${readFileSync(rule, 'utf8')}\nnever if {\n\tinput.policy.name == "never"\n}\n`);
    const low = await run(['rules', 'test', 'tested', '--threshold', '100']);
    assert.deepEqual([low.code, /below 100 %/.test(low.stderr)], [1, true], low.stderr);
    assert.match(low.stdout, /not reached: \d+/);
  });
});

describe('rules build', { skip }, () => {
  const key = keyPair('ec');
  const secret = () => file('k.pem', String(key.privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const rule = (dir: string) => join(root, dir, 'mine/one/rule.rego');

  it('makes a signed bundle that review takes with the key, and no other', async () => {
    await run(['rules', 'new', 'MINE-001', '--folder', 'mine', '--name', 'one', '--category', 'mine']);
    writeFileSync(
      rule('mine'),
      readFileSync(rule('mine'), 'utf8')
        .replace('example_function', 'tcp_close')
        .replace('baseline: warn', 'baseline: enforce'),
    );
    const test = rule('mine').replace('.rego', '_test.rego');
    writeFileSync(test, readFileSync(test, 'utf8').replace('example_function"', 'tcp_close"'));
    const made = await run([
      'rules',
      'build',
      'mine',
      '--out',
      'b.tar.gz',
      '--signing-key',
      secret(),
      '--key-id',
      'k1',
      '--revision',
      'r7',
      '-o',
      'json',
    ]);
    assert.equal(made.code, 0, made.stderr);
    assert.partialDeepStrictEqual(made.json[0], { revision: 'r7', signed: true });
    const keyed = ['--rules', 'b.tar.gz', ...PLATFORM, policy];
    const denied = await run([
      'review',
      ...keyed,
      '-o',
      'json',
      '--bundle-key-file',
      file('pub.pem', key.pem),
    ]);
    assert.equal(denied.code, 1, denied.stderr);
    assert.match(denied.stdout, /"rule":"MINE-001","severity":"deny","path":"\/spec\/kprobes\/1"/);
    assert.match(denied.stdout, /"revision":"r7"/);
    const other = await run(['review', ...keyed, '--bundle-key-file', file('o.pem', keyPair('ec').pem)]);
    assert.deepEqual([other.code, /not by the key/.test(other.stderr)], [3, true], other.stderr);
    await run(['rules', 'build', 'mine', '--no-shipped', '--out', 'plain.tar.gz']);
    const unsigned = await run([
      'review',
      '--rules',
      'plain.tar.gz',
      policy,
      '--bundle-key-file',
      file('pub.pem', key.pem),
    ]);
    assert.deepEqual([unsigned.code, /not signed/.test(unsigned.stderr)], [3, true], unsigned.stderr);
  });

  it('takes data along, and leaves the shipped rules out when told', async () => {
    const data = file('own.json', '{"rules": {"MINE-001": {"mode": "warn"}}}');
    const made = await run([
      'rules',
      'build',
      'mine',
      '--no-shipped',
      '--data',
      data,
      '--out',
      'only.tar.gz',
      '-o',
      'json',
    ]);
    assert.deepEqual([made.code, made.json[0]?.rules], [0, 1], made.stderr);
    const judged = await run(['review', '--rules', 'only.tar.gz', ...PLATFORM, policy]);
    assert.equal(judged.code, 0, judged.stdout);
    assert.match(judged.stdout, /warn MINE-001/);
    const wrong = await run([
      'rules',
      'build',
      'mine',
      '--data',
      file('wrong.json', '{"rules": {"NO-001": {"mode": "warn"}}}'),
    ]);
    assert.deepEqual([wrong.code, /no such rule/.test(wrong.stderr)], [2, true], wrong.stderr);
  });

  it('says what opa says, and where an opa would come from', async () => {
    cpSync(join(root, 'mine'), join(root, 'broken'), { recursive: true });
    writeFileSync(
      rule('broken'),
      readFileSync(rule('broken'), 'utf8').replace('hook.call ==', 'hook.cal =='),
    );
    const failed = await run(['rules', 'build', 'broken']);
    assert.deepEqual([failed.code, /undefined ref/.test(failed.stderr)], [1, true], failed.stderr);
    for (const verb of ['test', 'lint', 'build']) {
      const { code, stderr } = await run(['rules', verb, 'mine', '--opa', '/nowhere/opa']);
      assert.deepEqual(
        [code, /name the opa binary with --opa or TRACEGATE_OPA/.test(stderr)],
        [3, true],
        stderr,
      );
    }
    assert.equal((await run(['rules', 'test', 'nothing-here'])).code, 2);
  });
});

describe('rules of Gatekeeper and conftest', { skip }, () => {
  const V0 = `package k8srequiredlabels

violation[{"msg": msg, "details": {"missing": missing}}] {
  provided := {label | input.review.object.metadata.labels[label]}
  missing := {"team", "app"} - provided
  count(missing) > 0
  msg := sprintf("you must provide labels: %v", [missing])
}
`;
  const V1 = `package main

import data.lib.names

deny contains msg if {
	names.starts(input.review.object.metadata.name, "tcp")
	msg := sprintf("%s: %d kprobes (100%%)", [input.review.userInfo.username, count(input.review.object.spec.kprobes)])
}

deny contains "nobody deletes it" if {
	input.review.operation == "DELETE"
	input.review.object == null
	input.review.oldObject.metadata.name == "tcp-connect"
}

warn contains "was renamed" if input.review.oldObject.metadata.labels.old
`;
  const files = {
    'plain/gatekeeper/labels/src.rego': V0,
    'plain/policy.rego': V1,
    'plain/lib/names.rego': 'package lib.names\n\nstarts(name, beginning) if startswith(name, beginning)\n',
    'plain/policy_test.rego':
      'package main_test\n\ntest_denies if {\n\tcount(data.main.deny) == 1 with input as {"review": {"object": {"metadata": {"name": "tcp"}, "spec": {"kprobes": []}}, "userInfo": {"username": "x"}}}\n}\n',
  };
  const judged = async (...argv: string[]) => {
    const { json, code, stderr } = await run([
      'review',
      '--rules',
      'plain.tgz',
      '-o',
      'json',
      ...PLATFORM,
      ...argv,
    ]);
    const findings = (json[0]?.findings ?? []) as { rule: string; severity: string; message: string }[];
    const theirs = findings.filter(({ rule }) => /^(PLAIN|ORG)-/.test(rule));
    return { code, stderr, told: theirs.map(({ severity, message }) => `${severity} ${message}`).sort() };
  };

  it('judge as they are, and carry their messages', async () => {
    for (const [name, text] of Object.entries(files)) file(name, text);
    const made = await run(['rules', 'build', 'plain', '--no-shipped', '--out', 'plain.tgz', '-o', 'json']);
    assert.equal(made.code, 0, made.stderr);
    const { code, told } = await judged(policy);
    assert.equal(code, 1);
    assert.deepEqual(told, ['deny pat: 3 kprobes (100%)', 'deny you must provide labels: {"app", "team"}']);
    const labelled = (text: string, labels: string) =>
      text.replace('metadata:', `metadata:\n  labels: {${labels}}`);
    const good = file('good.yaml', labelled(RESTRICT_SYMLINK, 'team: a, app: b'));
    assert.deepEqual((await judged(good)).told, []);
    const old = file('before.yaml', labelled(RESTRICT_SYMLINK, 'old: "1"'));
    assert.deepEqual((await judged('--old', old, good)).told, ['warn was renamed']);
    const deleted = await judged('--operation', 'delete', policy);
    assert.ok(deleted.told.includes('deny nobody deletes it'), deleted.told.join());
    const tested = await run(['rules', 'test', 'plain', '-o', 'json']);
    assert.equal(tested.code, 0, tested.stderr);
  });

  it('can be named, and set to warn, by METADATA', async () => {
    const metadata = `# METADATA\n# title: Labels\n# custom:\n#   id: ORG-007\n#   fix: add them\n`;
    file('named/labels.rego', `${metadata}${V0}`);
    const data = file('named.json', '{"rules": {"ORG-007": {"mode": "warn"}}}');
    const made = await run(['rules', 'build', 'named', '--no-shipped', '--out', 'plain.tgz', '--data', data]);
    assert.equal(made.code, 0, made.stderr);
    const { code, told } = await judged(policy);
    assert.deepEqual([code, told], [0, ['warn you must provide labels: {"app", "team"}']]);
  });

  it('are refused where the module cannot carry them', async () => {
    file(
      'host/x.rego',
      'package x\n\ndeny contains "no" if http.send({"url": "http://x"}).status_code == 200\n',
    );
    const refused = await run(['rules', 'build', 'host', '--no-shipped', '--out', 'x.tgz']);
    assert.deepEqual(
      [refused.code, /undefined function http\.send/.test(refused.stderr)],
      [1, true],
      refused.stderr,
    );
  });
});
