// SPDX-License-Identifier: Apache-2.0
/**
 * The one way in for a policy, whichever door it comes through: read, defaulted, validated, normalised, digested.
 *
 *   what cannot be read            throws Fault `unreadable` (also `too-large`, `unsupported-media`)
 *   what can be read but is wrong  `valid: false` with every problem found, rule TPG-001
 *   the rest                       `valid: true` with the normal form
 */
import { Fault } from '../errors.ts';
import type { PolicyDocument, PolicyKind } from './document.ts';
import type { Finding } from './finding.ts';
import type { NormalPolicy } from './normal-policy.ts';
import type { DocumentFormat, SourceDocument } from './source-document.ts';

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
  /** warnings and hints of the language check; never a denial */
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
  /** the request's Content-Type; `undefined` is refused with `unsupported-media`; give `format` for files */
  contentType?: string | undefined;
  format?: DocumentFormat;
}

/** One policy from the bytes of a request or file; several documents in them are refused. */
export function intake(_body: Uint8Array | string, _options: IntakeOptions): Intake {
  throw new Fault('could-not-judge', 'policies cannot be read yet');
}

/** Every policy in a file, in the order given; an empty file is unreadable. */
export function intakeAll(_body: Uint8Array | string, _format: DocumentFormat): Intake[] {
  throw new Fault('could-not-judge', 'policies cannot be read yet');
}

/** A policy inside something already read: `intakeSource(readDocument(body, …).at('/policy'))`. */
export function intakeSource(_source: SourceDocument): Intake {
  throw new Fault('could-not-judge', 'policies cannot be read yet');
}

/** A policy that arrives as an object (webhook client, stored record); there are no lines to tell. */
export function intakeObject(_value: unknown): Intake {
  throw new Fault('could-not-judge', 'policies cannot be read yet');
}
