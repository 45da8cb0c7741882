// SPDX-License-Identifier: Apache-2.0
// Small mistakes made in a guardrail on purpose, one at a time: a condition left out, a comparison turned round, a constant
// changed. What is only said (messages, paths, METADATA) stays as it is.

export interface Mutant {
  /** 1-based, in rule.rego */
  line: number;
  what: string;
  source: string;
}

const COMPARISONS: readonly [string, string][] = [
  ['==', '!='],
  ['!=', '=='],
  ['<=', '>'],
  ['>=', '<'],
  ['<', '>='],
  ['>', '<='],
];

/** Every mutant of a rule; some do not compile. */
export function mutantsOf(source: string): Mutant[] {
  const lines = source.split('\n');
  return lines.flatMap((line, index) =>
    isCode(line, lines.slice(0, index))
      ? changes(line).map(([what, changed]) => ({
          line: index + 1,
          what,
          source: [...lines.slice(0, index), ...changed, ...lines.slice(index + 1)].join('\n'),
        }))
      : [],
  );
}

function isCode(line: string, before: readonly string[]): boolean {
  const text = line.trim();
  if (text === '' || /^(#|package |import |message :=|\} else := \$|why := )/.test(text)) return false;
  return before.some((earlier) => earlier.startsWith('package '));
}

type Change = [what: string, lines: string[]];

function changes(line: string): Change[] {
  return [...dropped(line), ...negations(line), ...comparisons(line), ...constants(line)];
}

/** A statement of its own in a body. What only names a variable is not one: without it nothing compiles. */
function dropped(line: string): Change[] {
  const text = line.trim();
  if (
    !line.startsWith('\t') ||
    !/^[\w"!(]/.test(text) ||
    /[{[(,|]$/.test(text) ||
    /^(some|every) /.test(text)
  )
    return [];
  return /:=|^"/.test(text) ? [] : [[`without ${text}`, []]];
}

function negations(line: string): Change[] {
  // texts and remarks may say "not" as well
  const code = line.replace(/\$?"(?:[^"\\]|\\.)*"|#.*$/g, (text) => ' '.repeat(text.length));
  const found = /\bnot (?=\w)/.exec(code);
  return found
    ? [['not left out', [`${line.slice(0, found.index)}${line.slice(found.index + 'not '.length)}`]]]
    : [];
}

function comparisons(line: string): Change[] {
  return tokens(line).flatMap(({ text, at, quoted }): Change[] => {
    const other = quoted ? undefined : COMPARISONS.find(([one]) => one === text)?.[1];
    return other === undefined ? [] : [[`${text} as ${other}`, [spliced(line, at, text, other)]]];
  });
}

function constants(line: string): Change[] {
  return tokens(line).flatMap(({ text, at, quoted }): Change[] => {
    if (!quoted)
      return /^\d+$/.test(text)
        ? [[`${text} as ${Number(text) + 1}`, [spliced(line, at, text, String(Number(text) + 1))]]]
        : [];
    if (isKey(line, at, text) || isSaid(line, at)) return [];
    return [[`${text} as another text`, [spliced(line, at, text, '"another text"')]]];
  });
}

const spliced = (line: string, at: number, text: string, other: string) =>
  `${line.slice(0, at)}${other}${line.slice(at + text.length)}`;

/** The key of an object, or of a look-up. */
const isKey = (line: string, at: number, text: string) => line.slice(at + text.length).startsWith(':');

/** Where a finding is, and what it says. */
function isSaid(line: string, at: number): boolean {
  const before = line.slice(0, at);
  return (
    /(\$|"path": |"message": |concat\("", \[[^\]]*|concat\()$/.test(before) || /\} else := $/.test(before)
  );
}

interface Token {
  text: string;
  at: number;
  quoted: boolean;
}

/** Texts, numbers and comparisons of a line; a template is one text. */
function tokens(line: string): Token[] {
  const pattern = /\$?"(?:[^"\\]|\\.)*"|==|!=|<=|>=|:=|[<>]|(?<![\w."])\d+\b/g;
  return [...line.matchAll(pattern)].flatMap(({ 0: text, index }) =>
    text.startsWith('$') || text === ':=' ? [] : [{ text, at: index, quoted: text.startsWith('"') }],
  );
}
