// SPDX-License-Identifier: Apache-2.0
/** What is wrong with a guardrail is said when it is built, not left to say nothing when it should speak. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openRuleset } from '../../src/guardrails/index.ts';
import { buildBundle } from '../../src/rule-kit/build.ts';
import { submission, TCP_CONNECT } from '../unit/guardrails/submissions.ts';
import { neededOpa } from './needed-opa.ts';

const { opa, skip } = neededOpa();

const METADATA = `# METADATA
# scope: package
# title: Nobody hooks tcp_close
# description: A house rule.
# custom:
#   id: HOUSE-001
#   severity: low
#   why: it is a test
#   fix: hook something else
#   since: "1.0.0"
#   modes: {baseline: enforce, standard: enforce, strict: enforce}
#   monitor: keep
#   applies: [writes]
#   parameters: []
package tracegate.guardrails.house.no_close
`;

const RULE = `${METADATA}
findings contains {"path": hook.path, "message": "tcp_close is off limits in this house"} if {
	some hook in input.policy.hooks
	hook.call == "tcp_close"
}
`;

const TEST = `package tracegate.guardrails.house.no_close_test

import data.tracegate.guardrails.house.no_close as rule
import data.tracegate.testing as t

deny := {"closing": t.create(t.policy([t.kprobe("tcp_close", [t.always([t.post])])]))}

pass := {"connecting": t.create(t.policy([t.kprobe("tcp_connect", [t.always([t.post])])]))}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}
`;

/** Builds a directory of one rule and hands the bundle's place to `use`. */
function build(rule: string, test = TEST, use: (bundle: string) => void = () => {}): void {
  const work = mkdtempSync(join(tmpdir(), 'tracegate-house-'));
  try {
    const folder = join(work, 'rules/house/no-close');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'rule.rego'), rule);
    if (test) writeFileSync(join(folder, 'rule_test.rego'), test);
    buildBundle(opa, { out: join(work, 'bundle'), roots: [join(work, 'rules')], say: () => {} });
    use(join(work, 'bundle'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

describe('building an organisation’s own guardrails', { skip }, () => {
  it('gives a bundle that judges', () => {
    build(RULE, TEST, (bundleDir) => {
      const { allowed, findings, rules } = openRuleset({ bundleDir }).judge(submission(TCP_CONNECT));
      assert.deepEqual([allowed, rules.total, rules.evaluated], [false, 1, 1]);
      assert.deepEqual(
        findings.map(({ rule, path, docs }) => [rule, path, docs]),
        [['HOUSE-001', '/spec/kprobes/1', undefined]],
      );
    });
  });

  const refused: [string, string, string, RegExp][] = [
    [
      'metadata that lacks something',
      RULE.replace('#   why: it is a test\n', ''),
      TEST,
      /house\/no-close\/rule\.rego lacks or misstates: custom\.why/,
    ],
    [
      'a mode that does not exist',
      RULE.replace('baseline: enforce', 'baseline: deny'),
      TEST,
      /custom\.modes/,
    ],
    [
      'another package than its folder',
      RULE.replace('house.no_close\n', 'house.no_open\n'),
      TEST,
      /package tracegate\.guardrails\.house\.no_close .* missing/,
    ],
    ['no test', RULE, '', /rule_test\.rego/],
    ['a test that fails', RULE, TEST.replace('"tcp_close"', '"tcp_open"'), /FAIL/],
    ['a test without near misses', RULE, TEST.replace('pass :=', 'passes :='), /deny|pass/],
    ['a trait that does not exist', RULE.replace('[writes]', '[writess]'), TEST, /writess/],
    [
      'a list of hooks that does not exist',
      RULE.replace('hook.call ==', 'not data.organisation.hooks.hoot.names[hook.call]\n\thook.call =='),
      TEST,
      /organisation\.hooks\.hoot/,
    ],
    [
      'a misspelt fact of the library',
      RULE.replace('hook.call ==', 'not data.tracegate.lib.plattform\n\thook.call =='),
      TEST,
      /lib\.plattform/,
    ],
    [
      'a misspelt field of the submission',
      RULE.replace('hook.call ==', 'hook.cal =='),
      TEST,
      /undefined ref: .*cal/,
    ],
    [
      'a built-in the module does not carry',
      RULE.replace('hook.call == "tcp_close"', 'hook.call == sprintf("tcp_%s", ["close"])'),
      TEST,
      /undefined function sprintf/,
    ],
    [
      'one that would ask the network',
      RULE.replace('hook.call == "tcp_close"', 'http.send({"url": hook.call}).status_code == 200'),
      TEST,
      /undefined function http\.send/,
    ],
    ['an unused variable', RULE.replace('hook.call ==', 'unused := 1\n\thook.call =='), TEST, /unused/],
    ['another layout than opa fmt gives', RULE.replace('\tsome', '    some'), TEST, /fmt/],
  ];
  for (const [name, rule, test, because] of refused) {
    it(`refuses ${name}`, () => {
      assert.notEqual(`${rule}${test}`, `${RULE}${TEST}`);
      assert.throws(() => build(rule, test), because);
    });
  }

  it('refuses a bundle whose rule has no findings at all, when it is opened', () => {
    build(
      `${METADATA}\nfindings := set() if input.policy.name == "nobody"\n`,
      TEST.replace('count(rule.findings) > 0', 'count(rule) >= 0'),
      (bundleDir) => assert.throws(() => openRuleset({ bundleDir }), /of 1 rules 0 ran and 0 did not apply/),
    );
  });
});
