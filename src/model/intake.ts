// SPDX-License-Identifier: Apache-2.0
/**
 * The one way in for a policy, whichever door it comes through: read, defaulted, validated, normalised, digested.
 *
 *   what cannot be read            throws Fault `unreadable` (also `too-large`, `unsupported-media`)
 *   what can be read but is wrong  `valid: false` with every problem found, rule TPG-001
 *   the rest                       `valid: true` with the normal form
 */
import { digestOfValue } from './digest.ts';
import type { PolicyDocument, PolicyKind } from './document.ts';
import type { Finding } from './finding.ts';
import { valueAt } from './json-pointer.ts';
import type { NormalPolicy } from './normal-policy.ts';
import { normalise } from './normalise.ts';
import { copyPlain } from './plain-copy.ts';
import { formatOf, readDocument, readDocuments } from './read-document.ts';
import { type DocumentFormat, type SourceDocument, sourceDocument } from './source-document.ts';
import { excerpt, unreadable } from './source-text.ts';
import { findingsOf, validate } from './validate.ts';

/** Which policy it is about, as far as that can be told; of an invalid document it is a best guess, made printable. */
export interface PolicyIdentity {
  kind: PolicyKind;
  name: string;
  namespace?: string;
}

export interface ValidIntake {
  valid: true;
  identity: PolicyIdentity;
  /** after CRD defaults */
  document: PolicyDocument;
  normal: NormalPolicy;
  /** `sha256:<hex>` */
  digest: string;
  /** hints of the language check, severity info; never a denial */
  findings: Finding[];
  lineOf(pointer: string): number | undefined;
}

export interface InvalidIntake {
  valid: false;
  identity: PolicyIdentity;
  /** of the value as read, so that a denied submission can be told from another */
  digest: string;
  /** never empty; rule TPG-001, severity deny */
  findings: Finding[];
  lineOf(pointer: string): number | undefined;
}

export type Intake = ValidIntake | InvalidIntake;

export interface IntakeOptions {
  /** the request's Content-Type; missing is refused with `unsupported-media`; files give `format` instead */
  contentType?: string | undefined;
  format?: DocumentFormat;
}

/** One policy from the bytes of a request or file; several documents in them are refused. */
export function intake(body: Uint8Array | string, options: IntakeOptions): Intake {
  return intakeSource(readDocument(body, options.format ?? formatOf(options.contentType)));
}

/** Every policy in a file, in the order given; an empty file is unreadable. */
export function intakeAll(body: Uint8Array | string, format: DocumentFormat): Intake[] {
  const sources = readDocuments(body, format);
  if (sources.length === 0) throw unreadable('the file is empty', 'write at least one TracingPolicy into it');
  return sources.map(intakeSource);
}

/** A policy that arrives as an object (webhook client, stored record); there are no lines to tell. The object is not changed. */
export function intakeObject(value: unknown): Intake {
  const { copy, doubts } = copyPlain(value);
  return intakeSource(sourceDocument(copy, doubts, () => new Map()));
}

/** A policy inside something already read: `intakeSource(readDocument(body, …).at('/policy'))`. Fills defaults into it. */
export function intakeSource(source: SourceDocument): Intake {
  const { value, lineOf } = source;
  const findings = validate(source);
  if (findings.length > 0)
    return { valid: false, identity: guessIdentity(value), digest: digestOfValue(value), findings, lineOf };
  const document = value as PolicyDocument;
  const { normal, problems, notes } = normalise(document);
  const { kind, name, namespace, digest } = normal;
  const identity = { kind, name, ...(namespace === undefined ? {} : { namespace }) };
  if (problems.length > 0)
    return { valid: false, identity, digest, findings: findingsOf(source, problems), lineOf };
  const hints = findingsOf(source, notes).map((finding): Finding => ({ ...finding, severity: 'info' }));
  return { valid: true, identity, document, normal, digest, findings: hints, lineOf };
}

function guessIdentity(value: unknown): PolicyIdentity {
  const textAt = (pointer: string): string => {
    const text = valueAt(value, pointer);
    return typeof text === 'string' ? excerpt(text) : '';
  };
  const kind =
    valueAt(value, '/kind') === 'TracingPolicyNamespaced' ? 'TracingPolicyNamespaced' : 'TracingPolicy';
  const namespace = textAt('/metadata/namespace');
  return { kind, name: textAt('/metadata/name') || '(unnamed)', ...(namespace ? { namespace } : {}) };
}
