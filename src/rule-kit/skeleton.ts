// SPDX-License-Identifier: Apache-2.0
/** The folder of a new guardrail: a rule that works, a test that holds, metadata to be rewritten. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';

export interface NewRule {
  id: string;
  category: string;
  name: string;
  title: string;
  severity: string;
}

const ID = /^[A-Z]{2,8}-\d{3,4}$/;
const WORD = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Writes the folder below `root` and answers with its files; never over something. */
export function writeSkeleton(root: string, rule: NewRule, taken: readonly string[]): string[] {
  check(rule, taken);
  const folder = join(root, rule.category, rule.name);
  if (existsSync(folder)) throw new Fault('conflict', `${folder} is there already: choose another --name`);
  mkdirSync(folder, { recursive: true });
  const files = { 'rule.rego': ruleText(rule), 'rule_test.rego': testText(rule) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return Object.keys(files).map((name) => join(folder, name));
}

function check({ id, category, name }: NewRule, taken: readonly string[]): void {
  if (!ID.test(id))
    throw new Fault('usage', `"${id}" is no id of a rule: write letters and a number, such as HOUSE-001`);
  if (id.startsWith('TPG-'))
    throw new Fault('usage', `${id}: TPG- names the shipped rules: choose letters of your own`);
  if (taken.includes(id))
    throw new Fault('conflict', `${id} is the id of another rule: \`tracegate rules list\``);
  for (const word of [category, name])
    if (!WORD.test(word))
      throw new Fault('usage', `"${word}" is no name of a folder: write small letters and hyphens`);
}

const packageOf = ({ category, name }: NewRule): string =>
  `tracegate.guardrails.${category}.${name}`.replaceAll('-', '_');

function ruleText(rule: NewRule): string {
  return `# METADATA
# scope: package
# title: ${rule.title}
# description: >-
#   Says what a policy must not do, for people who write policies.
# custom:
#   id: ${rule.id}
#   severity: ${rule.severity}
#   why: >-
#     Says what goes wrong without this rule.
#   fix: >-
#     Says what to write instead.
#   since: "1.0.0"
#   modes: {baseline: warn, standard: enforce, strict: enforce}
#   monitor: warn
#   applies: [writes]
#   parameters: []
package ${packageOf(rule)}

findings contains {"path": hook.path, "message": message} if {
	some hook in input.policy.hooks
	hook.call == "example_function"
	message := $"{hook.call} is not to be hooked here"
}
`;
}

function testText(rule: NewRule): string {
  return `package ${packageOf(rule)}_test

import data.${packageOf(rule)} as rule
import data.tracegate.testing as t

deny := {"the function itself": t.create(t.policy([t.kprobe("example_function", [t.always([t.post])])]))}

pass := {"its neighbour": t.create(t.policy([t.kprobe("example_functions", [t.always([t.post])])]))}

test_denies[name] if {
	some name, submission in deny
	count(rule.findings) > 0 with input as submission
}

test_passes[name] if {
	some name, submission in pass
	count(rule.findings) == 0 with input as submission
}
`;
}
