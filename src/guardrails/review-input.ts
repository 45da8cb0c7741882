// SPDX-License-Identifier: Apache-2.0
/** A submission as rules of Gatekeeper and conftest know it: `input.review`, with the documents. */
import type { JudgeInput } from '../model/judge.ts';

type AroundRules = 'exceptions' | 'clock';

/** What most rule sets need: the normal form alone. Exceptions stand around the rules, which never see them. */
export function withoutDocuments({
  documents: _,
  exceptions: __,
  clock: ___,
  ...input
}: JudgeInput): Omit<JudgeInput, 'documents' | AroundRules> {
  return input;
}

/** Throws where the documents are not there: a rule that reads them would have nothing to say. */
export function withReview(input: JudgeInput): object {
  const { documents, exceptions: _, clock: __, ...rest } = input;
  if (documents === undefined) throw new Error('the rules read the documents, and none were given');
  return { ...rest, review: reviewOf(input, documents), parameters: {} };
}

function reviewOf(
  { operation, subject, policy }: JudgeInput,
  { object = null, oldObject = null }: { object?: object | null; oldObject?: object | null },
): object {
  const namespace = policy.namespace === undefined ? {} : { namespace: policy.namespace };
  const resource =
    policy.kind === 'TracingPolicyNamespaced' ? 'tracingpoliciesnamespaced' : 'tracingpolicies';
  const { user, groups, uid, extra } = subject;
  return {
    operation: operation.toUpperCase(),
    kind: { group: 'cilium.io', version: 'v1alpha1', kind: policy.kind },
    resource: { group: 'cilium.io', version: 'v1alpha1', resource },
    ...{ name: policy.name, ...namespace, object, oldObject },
    userInfo: {
      ...{ username: user, groups },
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
    },
  };
}
