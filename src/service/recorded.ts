// SPDX-License-Identifier: Apache-2.0
/** A verdict's way into the audit log: nobody is answered before it is there, and nothing that waits holds on to a document. */
import type { AuditLog } from '../audit/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { Door, Operation } from '../model/decision.ts';
import { policyKey } from '../model/document.ts';
import type { ValidIntake } from '../model/intake.ts';
import type { ReviewOutcome, ReviewRequest } from './review-request.ts';

export type DecisionLog = Pick<AuditLog, 'appendSoon'>;

/** What a record says of a submission. */
export interface Reviewed {
  operation: Operation;
  digest: string;
  actor: ReturnType<typeof actorOf>;
  object: string;
}

export function reviewedOf(request: ReviewRequest): Reviewed {
  const { operation, intake } = request;
  return { operation, digest: intake.digest, actor: actorOf(request), object: keyOf(intake) };
}

/** A verdict with the body of its record, or why there is none; not written down yet. */
export type Decided = { of: Reviewed } & (
  | { outcome: ReviewOutcome; body: Record<string, unknown> }
  | { fault: Fault }
);

/** Throws the Fault that there is instead of a verdict, or that the log cannot take it. */
export async function recorded(
  work: Promise<Decided>,
  audit: DecisionLog | undefined,
): Promise<ReviewOutcome> {
  const decided = await work;
  const { of } = decided;
  if ('fault' in decided) throw await failed(of, decided.fault, audit);
  const { actor, object } = of;
  try {
    await audit?.appendSoon([{ type: 'decision', actor, object, body: decided.body }]);
  } catch (thrown) {
    throw await failed(of, asFault(thrown), audit);
  }
  return decided.outcome;
}

/** Writes down that there is no decision. A log that cannot take it does not hide why there is none. */
async function failed(of: Reviewed, fault: Fault, audit: DecisionLog | undefined): Promise<Fault> {
  const { operation, digest, actor, object } = of;
  const body = { operation, digest, code: fault.code, message: fault.message };
  await audit?.appendSoon([{ type: 'decision.failed', actor, object, body }]).catch(() => undefined);
  return fault.code === 'internal'
    ? new Fault('could-not-judge', `could not judge: ${fault.message}`, { cause: fault })
    : fault;
}

export function actorOf({ subject, door }: Pick<ReviewRequest, 'subject' | 'door'>): {
  user: string;
  groups: string[];
  door: Door;
} {
  return { user: subject.user, groups: subject.groups, door };
}

export function keyOf(intake: Pick<ValidIntake, 'identity'>): string {
  const { kind, name, namespace } = intake.identity;
  return policyKey({ kind, metadata: namespace === undefined ? { name } : { name, namespace } });
}
