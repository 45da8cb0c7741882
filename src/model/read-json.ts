// SPDX-License-Identifier: Apache-2.0
/**
 * Strict JSON (RFC 8259) with what `JSON.parse` keeps to itself: duplicate keys are refused, numbers that lose
 * digits are told, nesting is bounded, strings are well-formed Unicode, and every value knows its line.
 */
import { type PathPart, pointerOf } from './json-pointer.ts';
import { plainObject } from './plain-object.ts';
import { readQuickly } from './quick-json.ts';
import { LIMITS, type ScalarDoubt, type SourceDocument, sourceDocument } from './source-document.ts';
import { excerpt, lineAt, lineStartsOf, placeOf, unreadable } from './source-text.ts';

interface Walk {
  text: string;
  at: number;
  depth: number;
  values: number;
  path: PathPart[];
  doubts: ScalarDoubt[];
  /** where the next character stands that a string cannot hold as it is; behind `at`, or looked for anew */
  odd: number;
  /** only while lines are asked for */
  offsets: Map<string, number> | undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const ODD = /[\\\x00-\x1f]/g;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// compared as numbers: a text of one character would have to be looked up first
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BRACKET = 91;
const BACKSLASH = 92;
const BRACKET_END = 93;
const BRACE = 123;
const BRACE_END = 125;
const LETTER = { f: 102, n: 110, t: 116 };

/** One JSON text; throws Fault `unreadable`. */
export function readJson(text: string): SourceDocument {
  const quick = readQuickly(text);
  return quick === undefined ? readByLetter(text) : sourceDocument(quick.value, [], () => linesOf(text));
}

/** The same, whatever the text is. */
export function readByLetter(text: string): SourceDocument {
  const walk = start(text, undefined);
  const value = readWhole(walk);
  return sourceDocument(value, walk.doubts, () => linesOf(text));
}

function start(text: string, offsets: Map<string, number> | undefined): Walk {
  return { text, at: 0, odd: -1, depth: 0, values: 0, path: [], doubts: [], offsets };
}

function linesOf(text: string): Map<string, number> {
  const offsets = new Map<string, number>();
  readWhole(start(text, offsets));
  const starts = lineStartsOf(text);
  return new Map([...offsets].map(([pointer, offset]) => [pointer, lineAt(starts, offset)]));
}

function readWhole(walk: Walk): unknown {
  skipSpace(walk);
  if (walk.at === walk.text.length) throw broken(walk, 'the JSON document is empty', 'send one object');
  const value = readValue(walk);
  skipSpace(walk);
  if (walk.at < walk.text.length) {
    throw broken(walk, 'something follows the end of the JSON document', 'send exactly one JSON value');
  }
  return value;
}

function readValue(walk: Walk): unknown {
  if (++walk.values > LIMITS.values) {
    throw broken(walk, `the document holds more than ${LIMITS.values} values`, 'make it smaller');
  }
  if (walk.offsets && !walk.offsets.has(pointerOf(walk.path)))
    walk.offsets.set(pointerOf(walk.path), walk.at);
  switch (walk.text.charCodeAt(walk.at)) {
    case BRACE:
      return nested(walk, readObject);
    case BRACKET:
      return nested(walk, readArray);
    case QUOTE:
      return readString(walk);
    case LETTER.t:
      return readWord(walk, 'true', true);
    case LETTER.f:
      return readWord(walk, 'false', false);
    case LETTER.n:
      return readWord(walk, 'null', null);
    default:
      return readNumber(walk);
  }
}

function nested(walk: Walk, read: (walk: Walk) => unknown): unknown {
  if (++walk.depth > LIMITS.nesting) {
    throw broken(walk, `the document is nested deeper than ${LIMITS.nesting} levels`, 'flatten it');
  }
  walk.at++;
  const value = read(walk);
  walk.depth--;
  return value;
}

function readObject(walk: Walk): Record<string, unknown> {
  const object = plainObject();
  skipSpace(walk);
  if (take(walk, BRACE_END)) return object;
  for (;;) {
    skipSpace(walk);
    if (walk.text.charCodeAt(walk.at) !== QUOTE)
      throw broken(walk, 'a key in double quotes is missing', 'write "key": value');
    const keyAt = walk.at;
    const key = readString(walk);
    // nothing is inherited, and nothing read is undefined: the key has been there
    if (object[key] !== undefined) {
      walk.at = keyAt;
      throw broken(walk, `the key "${excerpt(key)}" is there twice`, 'keep one of them');
    }
    skipSpace(walk);
    if (!take(walk, COLON)) throw broken(walk, 'a colon is missing after the key', 'write "key": value');
    walk.path.push(key);
    walk.offsets?.set(pointerOf(walk.path), keyAt);
    skipSpace(walk);
    object[key] = readValue(walk);
    walk.path.pop();
    if (!more(walk, BRACE_END)) return object;
  }
}

function readArray(walk: Walk): unknown[] {
  const array: unknown[] = [];
  skipSpace(walk);
  if (take(walk, BRACKET_END)) return array;
  for (;;) {
    skipSpace(walk);
    walk.path.push(array.length);
    array.push(readValue(walk));
    walk.path.pop();
    if (!more(walk, BRACKET_END)) return array;
  }
}

/** After a member: true for a comma, false for the closing bracket. */
function more(walk: Walk, close: number): boolean {
  skipSpace(walk);
  if (take(walk, COMMA)) return true;
  if (take(walk, close)) return false;
  throw broken(
    walk,
    `a comma or "${String.fromCharCode(close)}" is missing`,
    'see that every member ends with one',
  );
}

/** Most strings hold nothing odd: the engine finds their end faster than a walk through their characters. */
function readString(walk: Walk): string {
  const { text, at: start } = walk;
  const end = text.indexOf('"', start + 1);
  if (end < 0 || nextOdd(walk) < end) return readOddString(walk);
  walk.at = end + 1;
  return text.slice(start + 1, end);
}

/** Found once for all the strings before it. */
function nextOdd(walk: Walk): number {
  if (walk.odd > walk.at) return walk.odd;
  ODD.lastIndex = walk.at;
  walk.odd = ODD.exec(walk.text)?.index ?? walk.text.length;
  return walk.odd;
}

function readOddString(walk: Walk): string {
  const { text, at: start } = walk;
  for (let at = start + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      walk.at = at + 1;
      return unescaped(walk, start);
    }
    if (code === BACKSLASH) at++;
    else if (!(code >= 32)) throw unended(walk, at);
  }
}

/** NaN stands at the end of the text; what else is below a space is a control character. */
function unended(walk: Walk, at: number): Error {
  walk.at = Math.min(at, walk.text.length);
  const what = at >= walk.text.length ? 'a string has no end' : 'a string holds a raw control character';
  return broken(walk, what, 'close it with a double quote, and write control characters as \\n, \\u0000 …');
}

function unescaped(walk: Walk, start: number): string {
  let value: string;
  try {
    value = JSON.parse(walk.text.slice(start, walk.at)) as string;
  } catch {
    walk.at = start;
    throw broken(
      walk,
      'a string holds an escape JSON does not know',
      'use \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX',
    );
  }
  if (!value.isWellFormed()) {
    walk.at = start;
    throw broken(walk, 'a string holds half a surrogate pair', 'write both halves or none');
  }
  return value;
}

function readWord<T>(walk: Walk, word: string, value: T): T {
  if (!walk.text.startsWith(word, walk.at)) throw unexpected(walk);
  walk.at += word.length;
  return value;
}

function readNumber(walk: Walk): number {
  NUMBER.lastIndex = walk.at;
  const text = NUMBER.exec(walk.text)?.[0];
  if (text === undefined) throw unexpected(walk);
  walk.at += text.length;
  // + 0: minus zero is zero
  const value = Number(text) + 0;
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    walk.doubts.push({ pointer: pointerOf(walk.path), kind: 'inexact', text });
  }
  return value;
}

function unexpected(walk: Walk): Error {
  if (walk.at >= walk.text.length)
    return broken(walk, 'the JSON document ends too early', 'close what is open');
  const seen = excerpt(String.fromCodePoint(walk.text.codePointAt(walk.at) as number));
  return broken(
    walk,
    `a JSON value is expected, not "${seen}"`,
    'strict JSON has no comments, bare words or trailing commas',
  );
}

function broken(walk: Walk, what: string, fix: string): Error {
  return unreadable(what, fix, placeOf(walk.text, walk.at));
}

function take(walk: Walk, code: number): boolean {
  if (walk.text.charCodeAt(walk.at) !== code) return false;
  walk.at++;
  return true;
}

function skipSpace(walk: Walk): void {
  for (;;) {
    const code = walk.text.charCodeAt(walk.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    walk.at++;
  }
}
