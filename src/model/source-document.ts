// SPDX-License-Identifier: Apache-2.0
/**
 * A document as it was read from text: its plain value, where each part stood, and what the reader could read but
 * not vouch for. Objects inherit nothing, so a key like `__proto__` or `constructor` is a key and nothing else.
 */
import { parentOf, valueAt } from './json-pointer.ts';

export interface SourceDocument {
  value: unknown;
  /** 1-based line of the value at a JSON Pointer; of the nearest ancestor where the pointer leads nowhere */
  lineOf(pointer: string): number | undefined;
  /** scalars whose reading is not certain; each becomes a finding unless the schema settles it */
  doubts: readonly ScalarDoubt[];
  /** the part below a JSON Pointer as a document of its own: lines stay true, pointers start at that part */
  at(pointer: string): SourceDocument;
}

export interface ScalarDoubt {
  /** JSON Pointer of the value; of the member for a key */
  pointer: string;
  /** `ambiguous`: YAML 1.1 and 1.2 read it differently; `inexact`: a number that loses digits */
  kind: 'ambiguous' | 'inexact' | 'ambiguous-key';
  /** as it is written */
  text: string;
}

/** What a request or a file says it is. `auto`: a file without a telling name; JSON is tried first, then YAML. */
export type DocumentFormat = 'json' | 'yaml' | 'auto';

/** What reading a document may cost; SURFACE names the first two. */
export const LIMITS = { bodyBytes: 8 * 1024 * 1024, nesting: 64, aliases: 256, values: 200_000 } as const;

/** `linesOf` is asked once and late: a document nobody complains about never pays for its lines. */
export function sourceDocument(
  value: unknown,
  doubts: readonly ScalarDoubt[],
  linesOf: () => ReadonlyMap<string, number>,
): SourceDocument {
  let lines: ReadonlyMap<string, number> | undefined;
  const lineOf = (pointer: string): number | undefined => {
    lines ??= linesOf();
    for (let here: string | undefined = pointer; here !== undefined; here = parentOf(here)) {
      const line = lines.get(here);
      if (line !== undefined) return line;
    }
    return undefined;
  };
  const source: SourceDocument = { value, doubts, lineOf, at: (pointer) => partOf(source, pointer) };
  return source;
}

/** A document that was never text here: no lines, no doubts. */
export function parsedDocument(value: unknown): SourceDocument {
  return sourceDocument(value, [], () => new Map());
}

function partOf(whole: SourceDocument, pointer: string): SourceDocument {
  const doubts = whole.doubts
    .filter((doubt) => doubt.pointer === pointer || doubt.pointer.startsWith(`${pointer}/`))
    .map((doubt) => ({ ...doubt, pointer: doubt.pointer.slice(pointer.length) }));
  const part: SourceDocument = {
    value: valueAt(whole.value, pointer),
    doubts,
    lineOf: (below) => whole.lineOf(pointer + below),
    at: (below) => whole.at(pointer + below),
  };
  return part;
}
