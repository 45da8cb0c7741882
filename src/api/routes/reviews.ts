// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import type { Operation } from '../../model/decision.ts';
import { type Intake, intakeObject, intakeSource } from '../../model/intake.ts';
import type { SourceDocument } from '../../model/source-document.ts';
import { keyOf, type ReviewRequest } from '../../service/index.ts';
import type { Context, Route } from '../route.ts';
import { REVIEW, ref } from '../schemas.ts';

const OPERATIONS = ['create', 'update', 'delete'];
const KEYS = ['policy', 'operation', 'oldPolicy', 'reason'];

export const createReview: Route = {
  method: 'post',
  path: '/v1/reviews',
  id: 'createReview',
  summary: 'Judge a policy; stores and loads nothing',
  access: 'authenticated',
  query: {
    effects: { type: 'boolean', default: false, description: 'say also what the policy does and changes' },
  },
  body: { kind: 'policy', schema: REVIEW },
  answers: { 200: { description: 'the Decision, allowed or not', schema: ref('Decision') } },
  async handle(context) {
    const { service } = context;
    const { decision, valid } = await service.review({
      ...requestOf(context),
      effects: context.query.effects === true,
    });
    if (valid) return { status: 200, body: decision };
    const count = decision.findings.length;
    const detail = `not a valid TracingPolicy: ${decision.findings[0]?.message}${count > 1 ? ` (and ${count - 1} more)` : ''}`;
    throw new Fault('invalid', detail, { details: { decision, findings: decision.findings } });
  },
};

function requestOf({ source, service, subject }: Context): ReviewRequest {
  const common = { door: 'api', subject } as const;
  const body = envelopeIn(source);
  if (body === undefined) return { ...common, operation: 'create', intake: intakeSource(source) };
  refuseUnknown(body);
  const intake = intakeSource(source.at('/policy'));
  const operation = operationOf(body);
  const old = oldOf(source, body);
  const stored = operation === 'create' ? undefined : service.find(keyOf(intake));
  const known = old ?? (stored === undefined ? undefined : intakeObject(stored.document));
  if (operation === 'update' && known === undefined) {
    throw new Fault('bad-request', 'an update needs "oldPolicy": nothing is stored under that name');
  }
  if (old !== undefined && keyOf(old) !== keyOf(intake)) {
    throw new Fault(
      'bad-request',
      `"oldPolicy" is ${keyOf(old)} and "policy" is ${keyOf(intake)}: a name cannot change`,
    );
  }
  const reason = typeof body.reason === 'string' ? { reason: body.reason } : {};
  const mode = stored === undefined ? {} : { recordMode: stored.mode };
  const before = operation === 'update' && known !== undefined ? { old: known } : {};
  return { ...common, operation, intake, ...before, ...mode, ...reason };
}

/** An envelope is told by its `policy`; anything else is taken for a bare policy, and judged as one. */
function envelopeIn({ value }: SourceDocument): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return 'kind' in value || !('policy' in value) ? undefined : (value as Record<string, unknown>);
}

function refuseUnknown(body: Record<string, unknown>): void {
  const unknown = Object.keys(body).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new Fault(
      'bad-request',
      `the body has "${unknown.slice(0, 60).replace(/[^\x20-\x7e]/g, '?')}"; known are ${KEYS.join(', ')}`,
    );
  }
}

function operationOf(body: Record<string, unknown>): Operation {
  const { operation } = body;
  if (operation === undefined) return body.oldPolicy === undefined ? 'create' : 'update';
  if (typeof operation === 'string' && OPERATIONS.includes(operation)) return operation as Operation;
  throw new Fault('bad-request', `"operation" is one of ${OPERATIONS.join(', ')}`);
}

function oldOf(source: SourceDocument, body: Record<string, unknown>): Intake | undefined {
  return body.oldPolicy === undefined ? undefined : intakeSource(source.at('/oldPolicy'));
}
