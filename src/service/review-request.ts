// SPDX-License-Identifier: Apache-2.0
/** What a door asks of the one review, and what it gets. */
import type { Decision, Door, Mode, Operation } from '../model/decision.ts';
import type { Intake } from '../model/intake.ts';
import type { JudgedFor } from '../model/receipt.ts';
import type { Subject } from '../model/subject.ts';
import type { Given } from './decision-record.ts';

export interface ReviewRequest {
  door: Door;
  subject: Subject;
  operation: Operation;
  /** on delete: the policy to be deleted */
  intake: Intake;
  /** on update: what is stored now */
  old?: Intake;
  /** the record's mode where there is a record */
  recordMode?: Mode;
  reason?: string;
  /** false: who asks is only what an unauthenticated caller says of the user; the record says so */
  verified?: boolean;
  /** nothing follows from the decision, whatever it says */
  dryRun?: boolean;
  /** the decision also says what the policy does, and what it changes; not recorded, the document says it */
  effects?: boolean;
  /** of a replay: what was known then; else it is looked up */
  given?: Given;
}

export interface ReviewOutcome {
  decision: Decision;
  /** the document is a valid TracingPolicy; when it is not, `decision` is a denial by TPG-001 */
  valid: boolean;
  /** beside the document, what was judged: for the receipt; absent where no rule judged */
  judged?: JudgedFor;
}
