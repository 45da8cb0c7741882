// SPDX-License-Identifier: Apache-2.0
/** One document, one digest: SHA-256 over RFC 8785 JSON of what a policy means, nothing of how it was written. */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { API_VERSION, type PolicyDocument } from './document.ts';

const OUR_ANNOTATIONS = 'tracegate.io/';

/** `sha256:<hex>` of a document with its defaults applied. Labels and foreign annotations change nothing that runs. */
export function digestOf(document: PolicyDocument): string {
  const { name, namespace, annotations } = document.metadata;
  const ours = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(OUR_ANNOTATIONS));
  return digestOfValue({
    apiVersion: API_VERSION,
    kind: document.kind,
    name,
    ...(document.kind === 'TracingPolicyNamespaced' ? { namespace: namespace || 'default' } : {}),
    annotations: Object.fromEntries(ours),
    spec: document.spec,
  });
}

/** `sha256:<hex>` of any JSON value; what JSON cannot hold (a number too large) counts as null. */
export function digestOfValue(value: unknown): string {
  return `sha256:${hash('sha256', canonicalJson(value))}`;
}
