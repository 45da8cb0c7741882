// SPDX-License-Identifier: Apache-2.0
import type { Mode } from '../model/decision.ts';
import { ENFORCER_GROUP, PLATFORM_GROUPS, type Subject } from '../model/subject.ts';

/** What runs is the milder of the document's mode and the record's; a document that names none means enforce. */
export function effectiveMode(documentMode: Mode | undefined, recordMode: Mode): Mode {
  return documentMode === 'monitor' || recordMode === 'monitor' ? 'monitor' : 'enforce';
}

/** The mode a new record starts in: in baseline platform and enforcers enforce at once, else it is watched first. */
export function initialMode(profile: string, subject: Subject): Mode {
  const trusted = subject.groups.some((group) => group === ENFORCER_GROUP || PLATFORM_GROUPS.includes(group));
  return profile === 'baseline' && trusted ? 'enforce' : 'monitor';
}
