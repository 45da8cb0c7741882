// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { githubOf } from '../../../src/cli/output/github.ts';
import { junitOf } from '../../../src/cli/output/junit.ts';
import { sarifOf } from '../../../src/cli/output/sarif.ts';
import { tableOf } from '../../../src/cli/output/table.ts';
import { textOf } from '../../../src/cli/output/text.ts';
import { exitOf, type Result, resultJson } from '../../../src/cli/review/result.ts';
import { Fault } from '../../../src/errors.ts';
import type { Decision } from '../../../src/model/decision.ts';
import type { Finding } from '../../../src/model/finding.ts';

const finding: Finding = {
  rule: 'TPG-201',
  severity: 'deny',
  path: '/spec/kprobes/0',
  line: 7,
  message: 'kills <everybody> & "more"\u001b[31m',
  fix: '100% narrower,\nplease: now',
};

function decision(allowed: boolean, findings: Finding[] = []): Decision {
  return {
    id: '1',
    allowed,
    operation: 'create',
    door: 'cli',
    time: '2026-01-01T00:00:00Z',
    subject: { user: 'a', groups: [] },
    policy: { kind: 'TracingPolicyNamespaced', namespace: 'shop', name: 'p', digest: 'sha256:0' },
    findings,
    rules: {
      digest: 'sha256:1',
      revision: 'r',
      profile: 'baseline',
      total: 1,
      evaluated: 1,
      notApplicable: 0,
    },
    effectiveMode: 'enforce',
    durationUs: 1,
  };
}

const allowed: Result = { file: 'a.yaml', decision: decision(true) };
const denied: Result = { file: 'dir/b,1.yaml', decision: decision(false, [finding]) };
const broken: Result = {
  file: 'c.yaml',
  fault: new Fault('unreadable', 'not YAML', { details: { line: 3 } }),
};

describe('a batch', () => {
  it('exits 3 over 1 over 0', () => {
    assert.equal(exitOf([allowed]), 0);
    assert.equal(exitOf([allowed, denied]), 1);
    assert.equal(exitOf([denied, broken, allowed]), 3);
  });

  it('prints a Decision with its file, or the error with its file', () => {
    assert.deepEqual(resultJson(broken), {
      file: 'c.yaml',
      error: { code: 'unreadable', message: 'not YAML' },
    });
    assert.equal((resultJson(denied) as { file: string; allowed: boolean }).allowed, false);
  });
});

describe('text', () => {
  it('says verdict, rule, place and fix, and nothing of an attacker’s moves the terminal', () => {
    const text = textOf(denied, false);
    assert.match(text, /^dir\/b,1\.yaml: TracingPolicyNamespaced shop\/p: denied\n/);
    assert.match(text, /deny TPG-201 line 7 \/spec\/kprobes\/0\n/);
    assert.match(text, /fix: 100% narrower, please: now\n/);
    assert.ok(!text.includes('\u001b'));
  });

  it('is coloured only when asked for', () => {
    assert.ok(textOf(allowed, true).includes('\u001b[32mallowed'));
    assert.ok(!textOf(allowed, false).includes('\u001b'));
  });

  it('is a table with columns as wide as their content', () => {
    assert.equal(
      tableOf(
        ['A', 'LONG'],
        [
          ['xyz', '1'],
          ['\u001b', '22'],
        ],
      ),
      'A    LONG\nxyz  1\n\ufffd    22\n',
    );
  });
});

describe('github annotations', () => {
  it('escape what would end the command or its properties', () => {
    assert.equal(
      githubOf(denied),
      '::error file=dir/b%2C1.yaml,line=7,title=TPG-201 TracingPolicyNamespaced shop/p::kills <everybody> & "more"\ufffd[31m: 100%25 narrower, please: now\n',
    );
    assert.match(githubOf(broken), /^::error file=c\.yaml,line=3,title=unreadable/);
  });
});

describe('JUnit', () => {
  it('counts failures and errors, and holds what XML cannot', () => {
    const xml = junitOf([allowed, denied, broken]);
    assert.match(xml, /<testsuites tests="3" failures="1" errors="1">/);
    assert.match(xml, /<testcase classname="a\.yaml" name="TracingPolicyNamespaced shop\/p"\/>/);
    assert.match(xml, /<failure message="kills &lt;everybody&gt; &amp; &quot;more&quot;\ufffd\[31m">/);
    assert.match(xml, /<error message="not YAML">/);
    assert.ok(!xml.includes('\u001b'));
  });
});

describe('SARIF', () => {
  it('names rules and lines, and says when the run could not judge', () => {
    const { runs } = sarifOf([denied, broken], []) as {
      runs: [{ results: unknown[]; invocations: [{ executionSuccessful: boolean }] }];
    };
    const [{ results, invocations }] = runs;
    assert.equal(invocations[0].executionSuccessful, false);
    assert.deepEqual(results, [
      {
        ruleId: 'TPG-201',
        ruleIndex: 0,
        level: 'error',
        message: { text: `${finding.message}: ${finding.fix}` },
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: 'dir/b%2C1.yaml' }, region: { startLine: 7 } },
            logicalLocations: [{ fullyQualifiedName: 'TracingPolicyNamespaced shop/p/spec/kprobes/0' }],
          },
        ],
      },
    ]);
  });
});
