// SPDX-License-Identifier: Apache-2.0
/** `metadata` as the API server checks it before any CRD schema: names, labels, annotations. */
import { escapePart } from './json-pointer.ts';
import { excerpt } from './source-text.ts';

export interface Problem {
  pointer: string;
  message: string;
  fix?: string;
}

/** Fields an object may carry; what the API server writes itself is accepted and means nothing here. */
export const METADATA_FIELDS: Record<string, object> = {
  name: { type: 'string' },
  namespace: { type: 'string' },
  labels: { type: 'object', additionalProperties: { type: 'string' } },
  annotations: { type: 'object', additionalProperties: { type: 'string' } },
  generateName: { type: 'string' },
  uid: { type: 'string' },
  resourceVersion: { type: 'string' },
  generation: { type: 'integer' },
  creationTimestamp: { type: ['string', 'null'] },
  deletionTimestamp: { type: ['string', 'null'] },
  deletionGracePeriodSeconds: { type: ['integer', 'null'] },
  selfLink: { type: 'string' },
  finalizers: { type: 'array', items: { type: 'string' } },
  ownerReferences: { type: 'array', items: { type: 'object' } },
  managedFields: { type: 'array', items: { type: 'object' } },
};

const LABEL_PART = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;
const NAME_FIX = 'use lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit';

/** What is wrong with a name, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (name.length > 253) return `the name has ${name.length} characters, at most 253 are allowed`;
  return SUBDOMAIN.test(name) ? undefined : `"${excerpt(name)}" is not a DNS-1123 name`;
}

/** What is wrong with a namespace, or undefined. */
export function namespaceProblem(namespace: string): string | undefined {
  if (namespace.length > 63)
    return `the namespace has ${namespace.length} characters, at most 63 are allowed`;
  return LABEL_PART.test(namespace) ? undefined : `"${excerpt(namespace)}" is not a DNS-1123 label`;
}

/** Problems of metadata whose shape is already known to be right. */
export function metadataProblems(kind: unknown, metadata: Record<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  const { name, namespace } = metadata;
  if (typeof name === 'string') {
    const message = nameProblem(name);
    if (message) problems.push({ pointer: '/metadata/name', message, fix: NAME_FIX });
  }
  if (typeof namespace === 'string' && namespace !== '') problems.push(...namespaceProblems(kind, namespace));
  problems.push(...labelProblems(metadata.labels), ...annotationProblems(metadata.annotations));
  return problems;
}

function namespaceProblems(kind: unknown, namespace: string): Problem[] {
  const pointer = '/metadata/namespace';
  if (kind === 'TracingPolicy') {
    const message = 'a TracingPolicy is cluster-wide and has no namespace';
    return [{ pointer, message, fix: 'remove the namespace, or use kind: TracingPolicyNamespaced' }];
  }
  const message = namespaceProblem(namespace);
  return message ? [{ pointer, message, fix: 'use lower-case letters, digits and "-"' }] : [];
}

function labelProblems(labels: unknown): Problem[] {
  return entriesOf(labels).flatMap(([key, value]) => {
    const pointer = `/metadata/labels/${escapePart(key)}`;
    const problems = keyProblems(pointer, key);
    const message = valueProblem(value);
    if (message) {
      problems.push({ pointer, message, fix: 'use at most 63 letters, digits, "-", "_" and "."' });
    }
    return problems;
  });
}

function annotationProblems(annotations: unknown): Problem[] {
  const entries = entriesOf(annotations);
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  const problems = entries.flatMap(([key]) => keyProblems(`/metadata/annotations/${escapePart(key)}`, key));
  if (bytes > ANNOTATIONS_LIMIT_BYTES) {
    const message = `the annotations have ${bytes} bytes, at most ${ANNOTATIONS_LIMIT_BYTES} are allowed`;
    problems.push({ pointer: '/metadata/annotations', message, fix: 'shorten them' });
  }
  return problems;
}

/** What is wrong with the value of a label, or undefined. */
export function valueProblem(value: string): string | undefined {
  if (value.length <= 63 && LABEL_VALUE.test(value)) return undefined;
  return `the label value "${excerpt(value)}" is not allowed`;
}

function keyProblems(pointer: string, key: string): Problem[] {
  const message = keyProblem(key);
  const fix = 'write name or domain/name, such as tracegate.io/owner';
  return message ? [{ pointer, message, fix }] : [];
}

/** What is wrong with the key of a label or an annotation, or undefined. */
export function keyProblem(key: string): string | undefined {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  const good =
    name.length <= 63 &&
    QUALIFIED.test(name) &&
    (prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix)));
  return good ? undefined : `the key "${excerpt(key)}" is not allowed`;
}

function entriesOf(map: unknown): [string, string][] {
  return typeof map === 'object' && map !== null
    ? Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    : [];
}
