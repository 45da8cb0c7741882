// SPDX-License-Identifier: Apache-2.0
/** What `npm run mutate` makes of how `opa` ends, told by a stand-in for it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { tryMutants, withoutCases } from '../../setup/rules/mutate.ts';
import type { FoundRule } from '../../src/rule-kit/discover.ts';
import type { Stage } from '../../src/rule-kit/stage.ts';

const work = mkdtempSync(join(tmpdir(), 'tracegate-mutate-'));
after(() => rmSync(work, { recursive: true, force: true }));

const RULE = `package example

findings contains "long" if {
	input.length > 5
}
`;
const rule = { id: 'EX-1', package: 'example', file: join(work, 'rule.rego') } as FoundRule;
mkdirSync(join(work, 'lib'));
writeFileSync(rule.file, RULE);
writeFileSync(join(work, 'rule_test.rego'), 'package example_test\n');

/** An `opa` that ends as the script says, which finds the rule that is tried in $rule. */
function opaThat(script: string): string {
  const opa = join(work, 'opa');
  const lines = ['#!/bin/sh', `echo $$ >> ${work}/started`, 'rule=$(cat mutants/rule.rego)', script, ''];
  writeFileSync(opa, lines.join('\n'), { mode: 0o755 });
  writeFileSync(join(work, 'started'), '');
  return opa;
}

const tried = (opa: string) => tryMutants(opa, { work } as Stage, { rule, known: { bad: {} }, limitMs: 500 });
const whats = (mutants: readonly { what: string }[]) => mutants.map(({ what }) => what);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('ends the tests of a mutant at the limit, counts it as killed, and leaves no process behind', () => {
  const { killed, timedOut, survivors } = tried(opaThat('case $rule in *"<="*) exec sleep 600 ;; esac'));
  assert.deepEqual(whats(timedOut), ['> as <=']);
  assert.equal(killed, 1);
  assert.deepEqual(whats(survivors), ['"long" as another text', 'without input.length > 5', '5 as 6']);
  const started = readFileSync(join(work, 'started'), 'utf8').trim().split('\n').map(Number);
  assert.equal(started.length, 5);
  assert.deepEqual(started.filter(isRunning), []);
});

it('counts a mutant that the kernel ended for its memory as one that did not come to an end', () => {
  const { killed, timedOut } = tried(opaThat('case $rule in *"<="*) kill -9 $$ ;; esac'));
  assert.deepEqual([killed, whats(timedOut)], [1, ['> as <=']]);
});

it('counts failing tests as a kill, and a mutant that does not compile not at all', () => {
  const { killed, timedOut, survivors } = tried(
    opaThat('case $rule in *"> 6"*) exit 2 ;; *"another text"*) exit 1 ;; esac'),
  );
  assert.deepEqual([killed, timedOut], [1, []]);
  assert.deepEqual(whats(survivors), ['without input.length > 5', '> as <=']);
});

it('tries no mutant of a rule whose own tests fail', () => {
  assert.throws(() => tried(opaThat('echo "found nothing" && exit 2')), /EX-1 itself.*\nfound nothing/);
});

it('asks of all cases at once what a test asks of each by its name', () => {
  const head = (name: string, body: string) => `test_${name}[name] if {\n\t${body}\n}\n`;
  assert.equal(
    withoutCases(
      head('denies', 'some name, submission in deny\n\tcount(found) > 0 with input as submission'),
    ),
    'test_denies if {\n\tevery submission in deny {\n\tcount(found) > 0 with input as submission\n\t}\n}\n',
  );
  assert.equal(
    withoutCases(head('says', 'some name, text in says\n\tsaid == text with input as deny[name]')),
    'test_says if {\n\tevery name, text in says {\n\tsaid == text with input as deny[name]\n\t}\n}\n',
  );
});
