// SPDX-License-Identifier: Apache-2.0
// Whether the tests of a guardrail would notice a mistake in it. Each mutant is a run of `opa` of its own: one that never
// comes to an end, or takes all the memory, can be ended alone.
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
  /** Killed as well, for they do not pass: the tests had not come to an end at the limit. */
  timedOut: Mutant[];
  survivors: Mutant[];
}

const FOLDER = 'mutants';
const KNOWN = 'known.rego';
const ORGANISATION = 'organisation.rego';
/** What a run without a mistake needs many times over, also where the machine does something else. */
const LIMIT_MS = 30_000;

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

export interface Trying {
  rule: FoundRule;
  known: Known;
  /** how long the tests of one mutant may run */
  limitMs?: number;
  /** told after each mutant how many were tried, and of how many */
  progress?: (tried: number, of: number) => void;
}

/** The mutants of one rule that compile, each killed by the rule's tests or not. */
export function tryMutants(
  opa: string,
  { work }: Stage,
  { rule, known, limitMs = LIMIT_MS, progress }: Trying,
): Tried {
  const source = readFileSync(rule.file, 'utf8');
  const tests = readFileSync(join(dirname(rule.file), 'rule_test.rego'), 'utf8');
  const folder = join(work, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'rule_test.rego'), withoutCases(`${tests}${listedTests()}`));
  layOutKnown(work, rule, known);
  const files = [KNOWN, ...libraryFor(work, tests), FOLDER];
  const tested = (text: string) => {
    writeFileSync(join(folder, 'rule.rego'), text);
    return testRun(opa, work, { files, limitMs });
  };
  const { outcome: unchanged, output } = tested(source);
  // what its tests say of a mutant means nothing where they do not pass without one
  if (unchanged !== 'survived')
    throw new Error(`${rule.id} itself, without a mistake: ${unchanged}\n${output}`);
  const mutants = mutantsOf(source);
  const outcomes = mutants.map((mutant, index) => {
    const { outcome } = tested(mutant.source);
    progress?.(index + 1, mutants.length);
    return outcome;
  });
  const those = (wanted: Outcome) => mutants.filter((_, index) => outcomes[index] === wanted);
  const timedOut = those('timed out');
  return { rule, killed: those('killed').length + timedOut.length, timedOut, survivors: those('survived') };
}

/**
 * A test with a name for each of its cases is traced by `opa` step by step, forty times as slow as one without. Which case
 * notices a mistake is of no interest here.
 */
export function withoutCases(tests: string): string {
  const perCase = /^(test_\w+)\[\w+\] if \{\n\tsome (\w+), (\w+ in [\w.]+)\n([\s\S]*?)^\}/gm;
  return tests.replaceAll(perCase, (_, test: string, name: string, each: string, body: string) => {
    // a name that is never asked for does not compile
    const key = new RegExp(`\\b${name}\\b`).test(body) ? `${name}, ` : '';
    return `${test} if {\n\tevery ${key}${each} {\n${body}\t}\n}`;
  });
}

/** A mistake that the compiler finds (`broken`) is none that a test has to. */
type Outcome = 'survived' | 'killed' | 'timed out' | 'broken';

interface TestRun {
  files: readonly string[];
  limitMs: number;
}

function testRun(
  opa: string,
  cwd: string,
  { files, limitMs }: TestRun,
): { outcome: Outcome; output: string } {
  // `opa` ends a test at its own limit only where it looks at the clock, so it is killed at ours; its own, a later one, is
  // for when we are no longer there. It starts no process, and stays in our group: an interrupt reaches both.
  const args = ['test', '--timeout', `${2 * limitMs}ms`, ...files];
  const limits = { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 256 << 20 } as const;
  const { error, status, signal, stdout, stderr } = spawnSync(opa, args, {
    cwd,
    encoding: 'utf8',
    ...limits,
  });
  if (error && !isTimeout(error)) throw error;
  // the signal without an error is the kernel's, which had no memory left
  if (signal === 'SIGKILL') return { outcome: 'timed out', output: '' };
  return { outcome: outcomeOf(status), output: `${stdout}${stderr}` };
}

const isTimeout = (error: Error) => 'code' in error && error.code === 'ETIMEDOUT';

function outcomeOf(status: number | null): Outcome {
  if (status === 0) return 'survived';
  return status === 2 ? 'killed' : 'broken';
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
