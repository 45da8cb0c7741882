// SPDX-License-Identifier: Apache-2.0
export type Severity = 'deny' | 'warn' | 'info';

/** One thing a guardrail or a check says about a policy. `path` is a JSON Pointer into the document (RFC 6901). */
export interface Finding {
  rule: string;
  severity: Severity;
  path: string;
  /** 1-based line in the text the document was read from, where there was one */
  line?: number;
  message: string;
  fix?: string;
  docs?: string;
  /** the exception by which it is information and no more */
  exception?: string;
}

/** The rule id of everything the schema or the language says: the document is not a valid TracingPolicy. */
export const INVALID_RULE = 'TPG-001';
