// SPDX-License-Identifier: Apache-2.0
/**
 * Rules written for Gatekeeper or conftest: any package of an organisation's folder that is not ours and says `deny`,
 * `violation` or `warn` about `input.review.object`. Each such package becomes one guardrail of a wrapper's making; its
 * own text stays as it is, but for what the module cannot carry: the older syntax and `sprintf`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { RuleEntry } from '../guardrails/catalogue.ts';
import { type FoundRule, misstated } from './discover.ts';
import { runOpa, tryOpa } from './opa.ts';

export interface PlainFile {
  path: string;
  /** as people know it: below its root */
  shown: string;
  package: string;
  isTest: boolean;
}

const SAYS = /^(deny|violation|warn)(?:_\w+)?(?=[\s[])/gm;
const OURS = /^tracegate(?:\.|$)/;

/** The files of other packages below the given roots. */
export function plainFiles(roots: readonly string[]): PlainFile[] {
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.rego'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .flatMap((path) => {
        const name = /^\s*package\s+([\w.]+)/m.exec(readFileSync(path, 'utf8'))?.[1];
        if (name === undefined || OURS.test(name)) return [];
        return [{ path, shown: relative(root, path), package: name, isTest: path.endsWith('_test.rego') }];
      }),
  );
}

/** Copies them to `work`/plain as the module takes them, with the wrappers; answers with the rules they make. */
export function adapt(opa: string, work: string, files: readonly PlainFile[]): FoundRule[] {
  if (files.length === 0) return [];
  for (const [index, file] of files.entries()) {
    const target = join(work, 'plain', String(index), file.shown);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, converted(opa, file, target));
  }
  const said = annotationsIn(opa, join(work, 'plain'));
  const rules = [
    ...Map.groupBy(
      files.filter(({ isTest }) => !isTest),
      (file) => file.package,
    ),
  ]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, members]) => ruleOf(name, members, said.get(name)));
  mkdirSync(join(work, 'wrappers'));
  for (const rule of rules) writeFileSync(join(work, 'wrappers', `${rule.name}.rego`), wrapper(rule));
  return rules.map(({ names: _, of: __, ...rule }) => rule);
}

/** The text in today's syntax, with our `sprintf` in place of the one that needs the host. */
function converted(opa: string, { path, shown }: PlainFile, target: string): string {
  const text = readFileSync(path, 'utf8');
  writeFileSync(target, text);
  if (!tryOpa(opa, ['parse', target]).ok) {
    const older = tryOpa(opa, ['fmt', '--v0-v1', target]);
    if (!older.ok)
      throw new Error(`${shown} is no Rego, neither of today's syntax nor of the older:\n${older.stderr}`);
    writeFileSync(target, older.stdout);
  }
  return replaceCalls(readFileSync(target, 'utf8'), callsOf(opa, target, 'sprintf'));
}

interface Place {
  row: number;
  col: number;
}

function callsOf(opa: string, path: string, name: string): Place[] {
  const tree: unknown = JSON.parse(
    runOpa(opa, ['parse', '--format', 'json', '--json-include', 'locations', path]),
  );
  const places: Place[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, value, location } = node as { type?: string; value?: unknown; location?: Place };
    const [head, ...rest] = type === 'ref' && Array.isArray(value) ? value : [];
    if (head?.type === 'var' && head.value === name && rest.length === 0 && location) places.push(location);
    for (const child of Object.values(node)) walk(child);
  };
  walk(tree);
  return places;
}

function replaceCalls(text: string, places: readonly Place[]): string {
  const lines = text.split('\n');
  const fromTheEnd = places.toSorted((a, b) => b.row - a.row || b.col - a.col);
  for (const { row, col } of fromTheEnd) {
    const line = [...(lines[row - 1] ?? '')];
    if (line.slice(col - 1, col + 6).join('') !== 'sprintf') continue;
    lines[row - 1] = [...line.slice(0, col - 1), 'data.tracegate.plain.', ...line.slice(col - 1)].join('');
  }
  return lines.join('\n');
}

type Said = { title?: string; description?: string; custom?: Partial<RuleEntry> };

function annotationsIn(opa: string, folder: string): Map<string, Said> {
  const { annotations = [] } = JSON.parse(runOpa(opa, ['inspect', '-a', '-f', 'json', folder])) as {
    annotations?: { annotations: Said & { scope: string }; path: { value: string }[] }[];
  };
  const packages = annotations.filter(({ annotations: { scope } }) => scope === 'package');
  return new Map(
    packages.map(({ annotations: said, path }) => [
      path
        .slice(1)
        .map(({ value }) => value)
        .join('.'),
      said,
    ]),
  );
}

type PlainRule = FoundRule & { names: string[]; of: string };

function ruleOf(name: string, files: readonly PlainFile[], said: Said = {}): PlainRule[] {
  const text = files.map(({ path }) => readFileSync(path, 'utf8')).join('\n');
  const names = [...new Set([...text.matchAll(SAYS)].map(([whole]) => whole))].sort();
  const [first] = files;
  // a package that says nothing is a library of the others
  if (names.length === 0 || first === undefined) return [];
  const slug = name.toLowerCase().replace(/\W+/g, '_');
  const {
    title = `${name}, as its own rules say`,
    description = `The package ${name}, written for another engine.`,
  } = said;
  const mode = 'enforce' as const;
  return [
    checked({
      id: `PLAIN-${numberFor(name)}`,
      ...{ category: 'plain', name: slug, title, description, severity: 'medium' as const },
      why: 'The organisation has this rule elsewhere too.',
      fix: 'Do what the message says.',
      ...{ since: '', modes: { baseline: mode, standard: mode, strict: mode }, monitor: 'keep' as const },
      ...said.custom,
      ...{ applies: [], parameters: [], reads: ['review' as const], folder: first.shown },
      ...{ package: `tracegate.guardrails.plain.${slug}`, file: first.path, names, of: name },
    }),
  ];
}

/** What the package says of itself counts as much as what a rule of ours says. */
function checked(rule: PlainRule): PlainRule {
  const wrong = misstated(rule);
  if (wrong.length > 0) throw new Error(`${rule.folder} lacks or misstates: ${wrong.join('; ')}`);
  return rule;
}

/** The same for the same package everywhere; two that meet are told apart by `custom.id` in their METADATA. */
function numberFor(name: string): string {
  return String(1000 + (createHash('sha256').update(name).digest().readUInt32BE() % 9000));
}

function wrapper({ package: own, of, names }: PlainRule): string {
  const rules = names.map((name) => {
    const severity = name.startsWith('warn') ? ', "severity": "warn"' : '';
    const head = `findings contains {"path": "", "message": data.tracegate.plain.message(said)${severity}} if {`;
    return `${head}\n\tsome said in data.${of}.${name}\n}`;
  });
  return `package ${own}\n\n${rules.join('\n\n')}\n`;
}
