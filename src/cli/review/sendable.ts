// SPDX-License-Identifier: Apache-2.0
/** The gate is sent a document's value, not its text: what only the text tells must be decided before. */
import { Fault } from '../../errors.ts';
import type { Intake } from '../../model/intake.ts';
import type { SourceDocument } from '../../model/source-document.ts';

/** The value to send. Throws Fault `invalid` where it would not say what is wrong with the text: `1:30` has become a string. */
export function valueToSend(source: SourceDocument, intake: Intake): unknown {
  if (intake.valid || source.doubts.length === 0) return source.value;
  throw invalid(intake);
}

export function invalid({ findings }: Intake): Fault {
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  return new Fault('invalid', `not a valid TracingPolicy: ${findings[0]?.message}${more}`, {
    details: { findings },
  });
}
