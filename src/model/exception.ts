// SPDX-License-Identifier: Apache-2.0
/**
 * What one rule lets pass for somebody, for a time, because a second person said so. It stands around the rules: a rule
 * is judged as ever, and what it finds counts as information where an exception covers the submission.
 */
import { type PolicyKind, policyKey } from './document.ts';
import type { Subject } from './subject.ts';

export interface ExceptionScope {
  /** keys of policies: `name`, or `namespace/name` */
  policies?: string[];
  /** every policy in them */
  namespaces?: string[];
}

export interface ExceptionWho {
  users?: string[];
  groups?: string[];
}

export interface PolicyException {
  id: string;
  rule: string;
  scope: ExceptionScope;
  who: ExceptionWho;
  requester: string;
  approver: string;
  ticket: string;
  reason: string;
  /** RFC 3339: it does not hold from then on */
  expires: string;
}

/** An exception by which findings of a decision do not deny or warn. */
export type AppliedException = Pick<
  PolicyException,
  'id' | 'rule' | 'requester' | 'approver' | 'ticket' | 'reason' | 'expires'
>;

/** Nobody looks again at what holds for longer. */
export const EXCEPTION_DAYS_MAX = 366;

/** Whatever was written down, only this holds: asked for by one, approved by another, about somebody or something, not over. */
export function holds(exception: PolicyException, atMs: number): boolean {
  const { requester, approver, scope, who, expires } = exception;
  const lists = [scope.policies, scope.namespaces, who.users, who.groups];
  const isAboutSomething = lists.some((list) => list !== undefined && list.length > 0);
  const isApproved = requester !== '' && approver !== '' && requester !== approver;
  // a time that cannot be read is over
  return isAboutSomething && isApproved && Date.parse(expires) > atMs;
}

/** Every list that the exception has names something of the submission. */
export function covers(
  { scope, who }: Pick<PolicyException, 'scope' | 'who'>,
  { policy, subject }: { policy: { kind: PolicyKind; name: string; namespace?: string }; subject: Subject },
): boolean {
  const { kind, name, namespace } = policy;
  const key = policyKey({ kind, metadata: namespace === undefined ? { name } : { name, namespace } });
  const fits = (list: readonly string[] | undefined, names: readonly string[]) =>
    list === undefined || list.some((one) => names.includes(one));
  return (
    fits(scope.policies, [key]) &&
    fits(scope.namespaces, namespace === undefined ? [] : [namespace]) &&
    fits(who.users, [subject.user]) &&
    fits(who.groups, subject.groups)
  );
}
