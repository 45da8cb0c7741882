// SPDX-License-Identifier: Apache-2.0
/**
 * A document as it was read from text: its plain value, where each part stood, and what the reader could read but
 * not vouch for. Objects have no prototype, so a key like `__proto__` or `constructor` is a key and nothing else.
 */
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
  /** JSON Pointer of the value, or of the mapping for a key */
  pointer: string;
  kind: 'ambiguous' | 'inexact' | 'ambiguous-key';
  /** as it is written */
  text: string;
}

/** What a request or a file says it is. `auto`: a file without a telling name; JSON is tried first, then YAML. */
export type DocumentFormat = 'json' | 'yaml' | 'auto';
