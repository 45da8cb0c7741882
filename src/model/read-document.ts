// SPDX-License-Identifier: Apache-2.0
/** Bytes → plain value with lines. JSON is read as strict JSON, YAML by js-yaml's event parser; see `intake.ts` for policies. */
import { Fault } from '../errors.ts';
import type { DocumentFormat, SourceDocument } from './source-document.ts';

export const LIMITS = { bodyBytes: 8 * 1024 * 1024, nesting: 64, aliases: 100, nodes: 200_000 } as const;

/** Format of a request body; Fault `unsupported-media` when missing, unknown or not UTF-8. */
export function formatOf(_contentType: string | undefined): DocumentFormat {
  throw new Fault('could-not-judge', 'documents cannot be read yet');
}

/** Exactly one document. Throws Fault `unreadable` or `too-large`. */
export function readDocument(_body: Uint8Array | string, _format: DocumentFormat): SourceDocument {
  throw new Fault('could-not-judge', 'documents cannot be read yet');
}

/** Every document of a file, in order. */
export function readDocuments(_body: Uint8Array | string, _format: DocumentFormat): SourceDocument[] {
  throw new Fault('could-not-judge', 'documents cannot be read yet');
}
