// SPDX-License-Identifier: Apache-2.0
/** POST /webhooks/tracingpolicies/validate: AdmissionReview in, the one review, AdmissionReview out. Nothing is stored. */
import { asFault, CATALOGUE, Fault } from '../src/errors.ts';
import type { Operation } from '../src/model/decision.ts';
import { API_VERSION } from '../src/model/document.ts';
import { type Intake, intakeSource } from '../src/model/intake.ts';
import type { SourceDocument } from '../src/model/source-document.ts';
import type { ReviewOutcome, ReviewRequest, Service } from '../src/service/index.ts';
import { type AdmissionRequest, type AdmissionResponse, parseReview, reviewOf } from './admission-review.ts';
import { denialMessage, warningsOf } from './words.ts';

export const WEBHOOK_PATH = '/webhooks/tracingpolicies/validate';

/** The API server writes what it is told into each audit event. */
const NOTE_CHARACTERS_MAX = 1000;

export interface WebhookCall {
  body: Buffer;
  /** the caller showed a certificate of the configured authority: what it says of the user can be believed */
  verified: boolean;
  /** whose budget it uses */
  from: string;
  /** from the `timeout` the API server adds to the URL */
  timeoutMs?: number | undefined;
}

export interface WebhookDeps {
  service: Pick<Service, 'review' | 'noteRefusal'>;
  /** throws Fault `too-many` */
  takeTurn: (from: string) => void;
}

/**
 * The answer's JSON, for status 200. Throws a Fault only for what is no AdmissionReview v1 with a uid. Nothing that waits here holds
 * on to the submission.
 */
export async function validate(call: WebhookCall, deps: WebhookDeps): Promise<string> {
  const request = parsed(call, deps);
  return answered(request.uid, inTime(judged(request, call, deps), call.timeoutMs));
}

async function answered(uid: string, work: Promise<AdmissionResponse>): Promise<string> {
  try {
    return reviewOf(await work);
  } catch (thrown) {
    return reviewOf(couldNot(uid, asFault(thrown)));
  }
}

function parsed(call: WebhookCall, { service }: WebhookDeps): AdmissionRequest {
  try {
    return parseReview(call.body);
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    service.noteRefusal({
      type: 'submission.unreadable',
      body: { door: 'webhook', from: call.from, code, message },
    });
    throw thrown;
  }
}

async function judged(
  request: AdmissionRequest,
  { verified, from }: WebhookCall,
  { service, takeTurn }: WebhookDeps,
): Promise<AdmissionResponse> {
  takeTurn(from);
  return responseOf(request.uid, service.review({ ...reviewRequestOf(request), verified }));
}

async function responseOf(uid: string, work: Promise<ReviewOutcome>): Promise<AdmissionResponse> {
  const { decision, valid } = await work;
  const warnings = warningsOf(decision);
  const exceptions = (decision.exceptions ?? []).map(({ id, rule }) => `${rule}:${id}`).join(',');
  const notes = {
    ...{ decision: decision.id, rules: decision.rules.digest },
    ...(exceptions === '' ? {} : { exceptions: exceptions.slice(0, NOTE_CHARACTERS_MAX) }),
  };
  const response = {
    uid,
    allowed: decision.allowed,
    auditAnnotations: notes,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
  if (decision.allowed) return response;
  const status = valid ? { code: 403, reason: 'Forbidden' } : { code: 422, reason: 'Invalid' };
  return { ...response, status: { ...status, message: denialMessage(decision) } };
}

function reviewRequestOf(request: AdmissionRequest): ReviewRequest {
  const { kind, subResource, subject, dryRun } = request;
  if (`${kind.group}/${kind.version}` !== API_VERSION || !/^TracingPolicy(Namespaced)?$/.test(kind.kind)) {
    throw new Fault(
      'could-not-judge',
      `${kind.kind} of ${kind.group}/${kind.version} is not known here: this judges ${API_VERSION} only`,
    );
  }
  if (subResource !== '')
    throw new Fault('could-not-judge', `the subresource "${subResource}" is not known here`);
  if (subject.user === '')
    throw new Fault('could-not-judge', 'the request does not say who asks (userInfo.username)');
  const operation = operationOf(request);
  const common = { door: 'webhook', subject, operation, dryRun } as const;
  const subjectOf = operation === 'delete' ? request.oldObject : request.object;
  const intake = intakeOf(subjectOf, request, operation === 'delete' ? 'oldObject' : 'object');
  return operation === 'update'
    ? { ...common, intake, old: intakeOf(request.oldObject, request, 'oldObject') }
    : { ...common, intake };
}

function operationOf({ operation }: AdmissionRequest): Operation {
  const known: Record<string, Operation> = { CREATE: 'create', UPDATE: 'update', DELETE: 'delete' };
  const found = Object.hasOwn(known, operation) ? known[operation] : undefined;
  if (found === undefined)
    throw new Fault('could-not-judge', `the operation "${operation}" is not known here`);
  return found;
}

/** The object, which must be the one the request is about: a name of its own would be judged instead of the stored one. */
function intakeOf(object: SourceDocument | undefined, request: AdmissionRequest, what: string): Intake {
  if (object === undefined) throw new Fault('could-not-judge', `the request has no ${what}`);
  const intake = intakeSource(object);
  const { kind, name, namespace } = intake.identity;
  const claimed = {
    kind: request.kind.kind,
    name: request.name || name,
    namespace: request.namespace || namespace,
  };
  if (kind === claimed.kind && name === claimed.name && (namespace ?? '') === (claimed.namespace ?? ''))
    return intake;
  if (!intake.valid) return intake;
  throw new Fault(
    'could-not-judge',
    `${what} is ${kind} ${name}, and the request is about ${claimed.kind} ${claimed.name}`,
  );
}

/** The API server waits no longer than it says: an answer in time, even a bare "no", tells people more than none. */
const DEFAULT_TIMEOUT_MS = 10_000;
const MARGIN_MS = 300;

async function inTime<T>(work: Promise<T>, timeoutMs: number = DEFAULT_TIMEOUT_MS): Promise<T> {
  const waitMs = Math.max(100, timeoutMs - MARGIN_MS);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Fault('could-not-judge', `could not judge within ${waitMs} ms`)),
      waitMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const REASONS: Record<number, string> = {
  400: 'BadRequest',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};

function couldNot(uid: string, fault: Fault): AdmissionResponse {
  const code = CATALOGUE[fault.code].http;
  const detail =
    fault.code === 'internal' ? 'something went wrong inside; the log of the gate says what' : fault.message;
  const message = fault.code === 'too-many' ? detail : `could not judge, so it is not let in: ${detail}`;
  return { uid, allowed: false, status: { code, reason: REASONS[code] ?? 'InternalError', message } };
}
