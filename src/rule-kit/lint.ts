// SPDX-License-Identifier: Apache-2.0
/** Everything that can be said against a folder of guardrails before it is built; all of it, not the first. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { inspectRules } from './discover.ts';
import { ROOT, tryOpa } from './opa.ts';
import { wrongReferences } from './references.ts';
import { copyRoots, organisationDefaults } from './stage.ts';
import { lintSyntax } from './syntax-lint.ts';

export interface LintProblem {
  /** below the folder that is linted */
  file: string;
  line?: number;
  column?: number;
  /** which check speaks */
  rule: string;
  message: string;
}

interface Checked {
  errors?: { message: string; code: string; location?: { file: string; row: number; col: number } }[];
}

/** The problems of the guardrails in `root`; `taken` are ids of other rules that will be in the bundle. */
export function lintRules(
  opa: string,
  { root, work, taken }: { root: string; work: string; taken: ReadonlyMap<string, string> },
): LintProblem[] {
  const { copies } = copyRoots(work, [root]);
  const [copy] = copies;
  if (copy === undefined) return [];
  const place = (file: string): string => relative(copy.path, file.startsWith('/') ? file : join(work, file));
  const broken = syntaxErrors(opa, copy.path, place);
  if (broken.length > 0) return broken;
  cpSync(join(ROOT, 'rego/lib'), join(work, 'lib'), { recursive: true });
  const files = regoFiles(copy.path);
  return [
    ...metadataProblems(opa, copy, taken),
    ...checkProblems(opa, { work, folder: basename(copy.path), place }),
    ...formatProblems(opa, copy.path, place),
    ...files.flatMap((file) => syntaxProblems(opa, file, place)),
    ...tableProblems(
      opa,
      files.filter((file) => file.endsWith('_test.rego')),
      place,
    ),
  ];
}

function regoFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rego'))
    .sort()
    .map((name) => join(folder, name));
}

type Naming = (file: string) => string;

function syntaxErrors(opa: string, folder: string, place: Naming): LintProblem[] {
  return regoFiles(folder).flatMap((file) => {
    const { ok, stdout, stderr } = tryOpa(opa, ['parse', '--format', 'json', file]);
    return ok ? [] : problemsIn(stdout || stderr, place, file);
  });
}

function metadataProblems(
  opa: string,
  copy: { path: string; shown: string },
  taken: ReadonlyMap<string, string>,
): LintProblem[] {
  const { rules, gaps } = inspectRules(opa, [copy]);
  const defaults = organisationDefaults();
  return [
    ...gaps.flatMap(({ folder, lacks }) =>
      lacks.map((what) => {
        const missing = /is also that of/.test(what) ? what : `lacks or misstates ${what}`;
        const rule = /also that of/.test(what) ? 'unique' : /rule_test/.test(what) ? 'tested' : 'metadata';
        return { file: join(folder, 'rule.rego'), rule, message: missing };
      }),
    ),
    ...rules.flatMap((rule) => {
      const file = join(rule.folder, 'rule.rego');
      const other = taken.get(rule.id);
      return [
        ...(other === undefined
          ? []
          : [{ file, rule: 'unique', message: `${rule.id} is also that of ${other}` }]),
        ...wrongReferences(rule, defaults).map((what) => {
          return { file, rule: 'references', message: `names ${what}, which there is not` };
        }),
      ];
    }),
  ];
}

function checkProblems(
  opa: string,
  { work, folder, place }: { work: string; folder: string; place: Naming },
): LintProblem[] {
  const schema = ['--schema', join(ROOT, 'rego/schemas/input.json')];
  const capabilities = ['--capabilities', join(ROOT, 'rego/capabilities.json')];
  const args = ['check', '--strict', '--format', 'json', ...schema, ...capabilities, 'lib', folder];
  const { ok, stdout, stderr } = tryOpa(opa, args, { cwd: work });
  return ok ? [] : problemsIn(stderr || stdout, place);
}

function problemsIn(text: string, place: Naming, file = ''): LintProblem[] {
  let checked: Checked;
  try {
    checked = JSON.parse(text) as Checked;
  } catch {
    return [{ file: file === '' ? '' : place(file), rule: 'check', message: text.trim() }];
  }
  return (checked.errors ?? []).map(({ message, location }) => ({
    file: place(location?.file ?? file),
    ...(location ? { line: location.row, column: location.col } : {}),
    ...explained(message),
  }));
}

/** A built-in that needs the host is a matter of its own, with a way out. */
function explained(message: string): { rule: string; message: string } {
  const builtin = /undefined function ([\w.]+)/.exec(message)?.[1];
  if (builtin === undefined) return { rule: 'check', message };
  const instead = builtin === 'sprintf' ? ': write $"… {value} …"' : '';
  return {
    rule: 'in-module',
    message: `${builtin} is not known, or a compiled module does not carry it and would need the host${instead}`,
  };
}

function formatProblems(opa: string, folder: string, place: Naming): LintProblem[] {
  const { stdout } = tryOpa(opa, ['fmt', '--list', folder]);
  return stdout
    .split('\n')
    .filter((file) => file !== '')
    .map((file) => ({ file: place(file), rule: 'format', ...firstDifference(opa, file) }));
}

/** Where `opa fmt` would change the file first. */
function firstDifference(opa: string, file: string): { line: number; column: number; message: string } {
  const is = readFileSync(file, 'utf8').split('\n');
  const wanted = tryOpa(opa, ['fmt', file]).stdout.split('\n');
  const index = is.findIndex((line, at) => line !== wanted[at]);
  const line = index < 0 ? is.length : index;
  const message = `is not as \`opa fmt\` writes it:\n    - ${is[line] ?? ''}\n    + ${wanted[line] ?? ''}`;
  return { line: line + 1, column: 1, message };
}

function treeOf(opa: string, file: string): unknown {
  return JSON.parse(tryOpa(opa, ['parse', '--format', 'json', '--json-include', 'locations', file]).stdout);
}

function syntaxProblems(opa: string, file: string, place: Naming): LintProblem[] {
  if (file.endsWith('_test.rego')) return [];
  return lintSyntax(treeOf(opa, file)).map(({ rule, row, col, message }) => {
    return { file: place(file), line: row, column: col, rule, message };
  });
}

/** Both tables are there and hold something: a rule that is only ever seen to deny may deny everything. */
function tableProblems(opa: string, tests: readonly string[], place: Naming): LintProblem[] {
  return tests.flatMap((file) => {
    const { rules = [] } = treeOf(opa, file) as {
      rules?: { head: { name?: string; value?: { value?: unknown } } }[];
    };
    return ['deny', 'pass'].flatMap((table) => {
      const entries = rules.filter(({ head }) => head.name === table);
      const empty = entries.every(
        ({ head }) => Array.isArray(head.value?.value) && head.value.value.length === 0,
      );
      if (entries.length > 0 && !empty) return [];
      return [
        { file: place(file), rule: 'tested', message: `has no table \`${table}\` with a submission in it` },
      ];
    });
  });
}
