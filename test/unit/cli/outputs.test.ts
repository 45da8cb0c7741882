// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { excerptOf, spanOf } from '../../../src/cli/output/excerpt.ts';
import { annotationOf, githubOf } from '../../../src/cli/output/github.ts';
import { junitOf } from '../../../src/cli/output/junit.ts';
import { sarifOf } from '../../../src/cli/output/sarif.ts';
import { tableOf } from '../../../src/cli/output/table.ts';
import { textOf } from '../../../src/cli/output/text.ts';
import { exitOf, type Result, resultJson } from '../../../src/cli/review/result.ts';
import { Fault } from '../../../src/errors.ts';
import { rulesCatalogue } from '../../../src/guardrails/index.ts';
import type { Decision } from '../../../src/model/decision.ts';
import type { Finding } from '../../../src/model/finding.ts';

const SARIF_SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/sarif.schema.json'), 'utf8'),
) as object;

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

describe('the place in the text', () => {
  const lines = [
    'kind: X',
    'spec:',
    '  kprobes: # all',
    '  - call: "tcp_ümlaut" # why',
    '    args: [{index: 0, typ: sock}]',
    '\t{"a": 1}',
  ];
  const at = (line: number, path: string): Finding => ({ ...finding, line, path });
  const shown = (line: number, path: string) => excerptOf(lines, at(line, path));

  it('is the key and value a path ends in, else what stands in the line', () => {
    assert.deepEqual(shown(5, '/spec/kprobes/0/args/0/typ'), [
      '       5 |     args: [{index: 0, typ: sock}]',
      '         |                       ^^^^^^^^^^^',
    ]);
    assert.deepEqual(spanOf(lines, at(4, '/spec/kprobes/0')), { column: 5, end: 23 });
    assert.deepEqual(spanOf(lines, at(3, '/spec/kprobes')), { column: 3, end: 11 });
    assert.deepEqual(spanOf(lines, at(6, '/a')), { column: 3, end: 10 });
  });

  it('is not there where the text, the line or anything in it is not', () => {
    assert.equal(spanOf(undefined, at(1, '/kind')), undefined);
    assert.equal(spanOf(lines, at(99, '/kind')), undefined);
    assert.equal(spanOf([''], at(1, '/kind')), undefined);
    assert.deepEqual(shown(1, ''), []);
    assert.deepEqual(excerptOf(['x'.repeat(500)], at(1, '/a')), []);
    assert.deepEqual(excerptOf(['a: ['], { ...at(1, ''), rule: 'unreadable' }), [
      '       1 | a: [',
      '         | ^^^^',
    ]);
  });

  it('stands in text, annotations and SARIF, and moves no terminal', () => {
    const result: Result = { ...denied, lines: [...Array(6).fill(''), '  - call: "a\u001b[31m"'] };
    assert.match(textOf(result, false), /\n {7}7 | {3}- call: "a\ufffd\[31m"\n/);
    assert.match(githubOf(result), /line=7,col=5,endColumn=19,/);
    assert.match(JSON.stringify(sarifOf([result], [])), /"startLine":7,"startColumn":5,"endColumn":19/);
  });
});

describe('github annotations', () => {
  it('are one command each, whatever the texts are', () => {
    const place = { file: 'a,b:c', line: 3, col: undefined };
    assert.equal(
      annotationOf('error', place, 'x%\n::error::y'),
      '::error file=a%2Cb%3Ac,line=3::x%25 ::error::y',
    );
  });

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

  it('is well-formed, of the elements and attributes that readers of JUnit know', () => {
    const known: Record<string, string[]> = {
      testsuites: ['tests', 'failures', 'errors'],
      testsuite: ['name', 'tests', 'failures', 'errors'],
      testcase: ['classname', 'name'],
      failure: ['message'],
      error: ['message'],
    };
    const open: string[] = [];
    let at = 0;
    const xml = junitOf([allowed, denied, broken]).replace('<?xml version="1.0" encoding="UTF-8"?>', '');
    for (const match of xml.matchAll(/<(\/?)(\w+)((?: [a-z]+="[^"<]*")*)(\/?)>/g)) {
      assert.doesNotMatch(xml.slice(at, match.index), /[<>]|&(?!(?:amp|lt|gt|quot|#10);)/);
      at = match.index + match[0].length;
      const [, closing, name = '', attributes = '', single] = match;
      if (closing) assert.equal(open.pop(), name);
      else if (!single) open.push(name);
      const given = [...attributes.matchAll(/ ([a-z]+)=/g)].map(([, key = '']) => key);
      if (!closing) assert.deepEqual(given, known[name], name);
    }
    assert.deepEqual([open, xml.slice(at).trim()], [[], '']);
  });
});

describe('SARIF', () => {
  it('fits the schema of the standard, with everything and with nothing in it', () => {
    const ajv = new Ajv({ strict: true, allErrors: true });
    ajv.addFormat(
      'uri-reference',
      (text) => URL.canParse(text, 'file:///base/') && !/[\s<>"{}|\\^`]/.test(text),
    );
    const validate = ajv.compile(SARIF_SCHEMA);
    const [rule] = rulesCatalogue();
    const placed: Result = { ...denied, file: '/tmp/ü x/b#1?.yaml', lines: Array(9).fill('  - call: x') };
    const own = {
      ...denied,
      decision: decision(false, [{ ...finding, rule: rule?.id ?? '' }, finding]),
    } as Result;
    for (const results of [[], [allowed], [placed, own, broken, broken, { ...broken, file: '-' }]]) {
      const log = sarifOf(results, rulesCatalogue());
      assert.ok(validate(log), JSON.stringify(validate.errors));
    }
    assert.ok(!validate({ ...sarifOf([], []), version: '2.0.0' }), 'the schema can fail');
  });

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
