// SPDX-License-Identifier: Apache-2.0
/** AdmissionReview v1, as far as a policy is judged by it. */
import { Fault } from '../src/errors.ts';
import { readDocument } from '../src/model/read-document.ts';
import type { SourceDocument } from '../src/model/source-document.ts';
import type { Subject } from '../src/model/subject.ts';

export interface AdmissionRequest {
  uid: string;
  kind: { group: string; version: string; kind: string };
  subResource: string;
  name: string;
  namespace: string;
  operation: string;
  subject: Subject;
  /** undefined where the request has none */
  object: SourceDocument | undefined;
  oldObject: SourceDocument | undefined;
  dryRun: boolean;
}

export interface AdmissionResponse {
  uid: string;
  allowed: boolean;
  status?: { code: number; reason: string; message: string };
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

const API_VERSION = 'admission.k8s.io/v1';
const UID_LIMIT = 200;

/** Throws Fault `unreadable` or `bad-request` for anything but an AdmissionReview v1 with a uid to answer to. */
export function parseReview(body: Buffer): AdmissionRequest {
  const source = readDocument(body, 'json');
  const review = objectAt(source.value);
  if (review?.apiVersion !== API_VERSION || review.kind !== 'AdmissionReview') {
    throw new Fault(
      'bad-request',
      `this takes an AdmissionReview of ${API_VERSION}: set admissionReviewVersions to [v1]`,
    );
  }
  const request = objectAt(review.request);
  const uid = text(request?.uid);
  if (request === undefined || uid === '' || uid.length > UID_LIMIT) {
    throw new Fault('bad-request', 'the AdmissionReview has no request with a uid');
  }
  const kind = objectAt(request.kind);
  return {
    uid,
    kind: { group: text(kind?.group), version: text(kind?.version), kind: text(kind?.kind) },
    subResource: text(request.subResource),
    name: text(request.name),
    namespace: text(request.namespace),
    operation: text(request.operation),
    subject: subjectIn(objectAt(request.userInfo)),
    object: policyAt(source, 'object'),
    oldObject: policyAt(source, 'oldObject'),
    dryRun: request.dryRun === true,
  };
}

export function reviewOf(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: API_VERSION, kind: 'AdmissionReview', response });
}

/** The part as it was read, without lines: those of the API server's JSON tell nobody anything. */
function policyAt(source: SourceDocument, key: 'object' | 'oldObject'): SourceDocument | undefined {
  const part = source.at(`/request/${key}`);
  return objectAt(part.value) === undefined ? undefined : { ...part, lineOf: () => undefined };
}

function subjectIn(userInfo: Record<string, unknown> | undefined): Subject {
  const uid = text(userInfo?.uid);
  const extra = extraIn(objectAt(userInfo?.extra));
  return {
    user: text(userInfo?.username),
    groups: texts(userInfo?.groups),
    ...(uid === '' ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function extraIn(extra: Record<string, unknown> | undefined): Record<string, string[]> | undefined {
  return extra === undefined
    ? undefined
    : Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values)]));
}

function objectAt(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
