// SPDX-License-Identifier: Apache-2.0
// Whether the tests of a guardrail would notice a mistake in it. All mutants of a rule lie side by side, each in a package
// of its own with a copy of the rule's tests, so that one run of `opa` tries them all.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JudgeInput } from '../../src/model/judge.ts';
import type { FoundRule } from '../../src/rule-kit/discover.ts';
import type { Stage } from '../../src/rule-kit/stage.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

export interface Tried {
  rule: FoundRule;
  killed: number;
  survivors: Mutant[];
}

interface TestResult {
  package: string;
  fail?: boolean;
  error?: unknown;
}

const FOLDER = 'mutants';
const KNOWN = 'known.rego';
const ORGANISATION = 'organisation.rego';
/** What a rule and its tests stand on: all libraries without their own tests, and data in the form that these tests can replace. */
function libraryFor(work: string, tests: string): string[] {
  const files = readdirSync(join(work, 'lib')).filter((name) => !name.endsWith('_test.rego'));
  const replacesParts = /with data\.organisation\.\w+\./.test(tests);
  return [...files.map((name) => `lib/${name}`), replacesParts ? 'data.json' : ORGANISATION];
}

/** Whole policies that a rule must deny, as what it is asked, by its id. */
export interface Known {
  bad: Record<string, Record<string, JudgeInput>>;
}

/** `opa` makes terms of all data anew for each submission; written as rules they are terms from the start. */
export function layOutData({ work }: Stage): void {
  const { organisation } = JSON.parse(readFileSync(join(work, 'data.json'), 'utf8')) as {
    organisation: Record<string, unknown>;
  };
  const rules = Object.entries(organisation).map(([name, value]) => `${name} := ${JSON.stringify(value)}`);
  writeFileSync(join(work, ORGANISATION), `package organisation\n\n${rules.join('\n\n')}\n`);
}

/** Only the submissions of the one rule: `opa` would go through those of all others for each of its mutants. */
function layOutKnown(work: string, { id }: FoundRule, { bad }: Known): void {
  writeFileSync(join(work, KNOWN), `package known\n\nbad := ${JSON.stringify(bad[id] ?? {})}\n`);
}

/** What test/rules/known-lists.test.ts asks of one rule of its first list, in Rego. */
function listedTests(): string {
  return `
test_listed_bad[name] if {
	some name, submission in data.known.bad
	count([1 | some said in rule.findings; object.get(said, "severity", "deny") == "deny"]) > 0 with input as submission
}
`;
}

interface Ground {
  opa: string;
  work: string;
  library: string[];
}

export interface Trying {
  rule: FoundRule;
  known: Known;
}

/** The mutants of one rule that compile, each killed by the rule's tests or not. */
export function tryMutants(opa: string, { work }: Stage, { rule, known }: Trying): Tried {
  const source = readFileSync(rule.file, 'utf8');
  const tests = readFileSync(join(dirname(rule.file), 'rule_test.rego'), 'utf8');
  const folder = join(work, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  const mutants = new Map(mutantsOf(source).map((mutant, index) => [`m${index}`, mutant]));
  for (const [name, mutant] of mutants) {
    mkdirSync(join(folder, name), { recursive: true });
    const renamed = (text: string) => text.replaceAll(rule.package, `${rule.package}_${name}`);
    writeFileSync(join(folder, name, 'rule.rego'), renamed(mutant.source));
    writeFileSync(
      join(folder, name, 'rule_test.rego'),
      testsOf(`${tests}${listedTests()}`, rule.package, name),
    );
  }
  layOutKnown(work, rule, known);
  const ground = { opa, work, library: libraryFor(work, tests) };
  removeBroken(ground, mutants);
  // a rule of which no mutant compiles was not tried at all
  if (mutants.size === 0) throw new Error(`${rule.id}: none of its mutants compiles: what does it import?`);
  const failed = failing(ground);
  const survivors = [...mutants].filter(([name]) => !failed.has(name)).map(([, mutant]) => mutant);
  return { rule, killed: mutants.size - survivors.length, survivors };
}

/** `a.b_test` tests `a.b`: both names are changed the same way. */
function testsOf(tests: string, name: string, mutant: string): string {
  return tests.replaceAll(
    new RegExp(`${name.replaceAll('.', '\\.')}(_test)?\\b`, 'g'),
    `${name}_${mutant}$1`,
  );
}

function run(opa: string, work: string, args: readonly string[]): { status: number | null; output: string } {
  const ran = spawnSync(opa, args, { cwd: work, encoding: 'utf8', maxBuffer: 256 << 20 });
  if (ran.error) throw ran.error;
  return { status: ran.status, output: `${ran.stdout}${ran.stderr}` };
}

/** A mistake that the compiler finds is none that a test has to. */
function removeBroken({ opa, work, library }: Ground, mutants: Map<string, Mutant>): void {
  for (;;) {
    const { status, output } = run(opa, work, ['check', '--max-errors', '-1', ...library, FOLDER]);
    if (status === 0) return;
    const broken = new Set([...output.matchAll(/mutants\/(m\d+)\/rule/g)].map(([, name = '']) => name));
    if (broken.size === 0) throw new Error(`opa check fails, and no mutant is to blame:\n${output}`);
    for (const name of broken) {
      mutants.delete(name);
      rmSync(join(work, FOLDER, name), { recursive: true });
    }
  }
}

function failing({ opa, work, library }: Ground): Set<string> {
  const { output } = run(opa, work, [
    'test',
    '--timeout',
    '300s',
    '--format',
    'json',
    KNOWN,
    ...library,
    FOLDER,
  ]);
  const results = JSON.parse(output) as TestResult[];
  const names = results
    .filter(({ fail, error }) => fail || error)
    .map((result) => /_(m\d+)_test$/.exec(result.package)?.[1] ?? '');
  return new Set(names);
}

interface Coverage {
  files: Record<string, FileCoverage>;
}

interface FileCoverage {
  coverage?: number;
  covered_lines?: number;
  not_covered_lines?: number;
  not_covered?: { start: { row: number } }[];
}

/** How much of each rule and library its tests run through, in hundredths. */
export function coverageOf({ run: runOpa, sources }: Stage): {
  all: number;
  files: [string, number, number[]][];
} {
  const report = JSON.parse(
    runOpa(['test', '--coverage', '--timeout', '300s', '--format', 'json', 'data.json', ...sources]),
  ) as Coverage;
  const counted = Object.entries(report.files).filter(
    ([name]) => !name.endsWith('_test.rego') && !/(?:testing|found)\.rego$/.test(name),
  );
  const files = counted.map(([name, { coverage = 0, not_covered = [] }]): [string, number, number[]] => [
    name,
    coverage,
    not_covered.map(({ start }) => start.row),
  ]);
  const linesOf = (which: 'covered_lines' | 'not_covered_lines') =>
    counted.reduce((sum, [, file]) => sum + (file[which] ?? 0), 0);
  const [run, missed] = [linesOf('covered_lines'), linesOf('not_covered_lines')];
  return { all: (100 * run) / (run + missed), files };
}
