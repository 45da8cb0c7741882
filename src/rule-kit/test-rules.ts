// SPDX-License-Identifier: Apache-2.0
/** A folder's own tests, and how much of its rules they reach. */
import { relative } from 'node:path';
import { tryOpa } from './opa.ts';
import { type Stage, withStage } from './stage.ts';

export interface TestResult {
  name: string;
  file: string;
  passed: boolean;
  /** why it could not be evaluated */
  error?: string;
}

export interface Coverage {
  file: string;
  percent: number;
  /** lines that no test reaches, as `7` or `7-9` */
  missed: string[];
}

export interface TestReport {
  tests: TestResult[];
  files: Coverage[];
  /** of all lines of the folder's rules */
  percent: number;
}

interface Range {
  start: { row: number };
  end: { row: number };
}

interface Reported {
  files: Record<
    string,
    { covered_lines?: number; not_covered_lines?: number; coverage?: number; not_covered?: Range[] }
  >;
}

/** Runs `opa test` over one root. */
export function testRules(opa: string, root: string): TestReport {
  return withStage(opa, [root], 'baseline', (stage) => {
    const tests = resultsOf(opa, stage);
    if (tests.length === 0 || tests.some(({ passed }) => !passed)) return { tests, files: [], percent: 0 };
    return { tests, ...coverageOf(opa, stage) };
  });
}

function resultsOf(opa: string, { work, sources }: Stage): TestResult[] {
  const { stdout, stderr } = tryOpa(opa, ['test', '--format', 'json', 'data.json', ...sources], {
    cwd: work,
  });
  const found = parsed<
    { name: string; package: string; fail?: boolean; error?: unknown; location: { file: string } }[]
  >(stdout, stderr);
  return found.map(({ name, package: of, fail = false, error, location }) => ({
    name: `${of.replace(/^data\./, '')}.${name}`,
    file: shown(location.file),
    passed: !fail && error === undefined,
    ...(error === undefined ? {} : { error: JSON.stringify(error) }),
  }));
}

function coverageOf(opa: string, { work, sources }: Stage): Pick<TestReport, 'files' | 'percent'> {
  const args = ['test', '--coverage', '--format', 'json', 'data.json', ...sources];
  const { stdout, stderr } = tryOpa(opa, args, { cwd: work });
  const { files } = parsed<Reported>(stdout, stderr);
  const own = Object.entries(files).filter(
    ([name]) => /^(?:guardrails|plain)\//.test(name) && !name.endsWith('_test.rego'),
  );
  const sums = own.map(([, { covered_lines: yes = 0, not_covered_lines: no = 0 }]) => [yes, no] as const);
  const [covered, missed] = [0, 1].map((index) =>
    sums.reduce((sum, pair) => sum + (pair[index] ?? 0), 0),
  ) as [number, number];
  return {
    percent: covered + missed === 0 ? 0 : (100 * covered) / (covered + missed),
    files: own.map(([name, { coverage = 0, not_covered: ranges = [] }]) => ({
      file: shown(name),
      percent: coverage,
      missed: ranges.map(({ start, end }) =>
        start.row === end.row ? `${start.row}` : `${start.row}-${end.row}`,
      ),
    })),
  };
}

function parsed<T>(stdout: string, stderr: string): T {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`opa test failed:\n${stdout}${stderr}`);
  }
}

/** The name in the folder, of the name in the copy that opa was given. */
function shown(file: string): string {
  return relative('', file).replace(/^(?:guardrails|plain\/\d+)\//, '');
}
