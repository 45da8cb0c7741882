// SPDX-License-Identifier: Apache-2.0
/** A policy sent to a place: what its body says and what its URL says must be one. */
import { Fault } from '../errors.ts';
import type { PolicyKind } from '../model/document.ts';
import { type Intake, intakeSource } from '../model/intake.ts';
import type { SourceDocument } from '../model/source-document.ts';

export interface Place {
  name: string;
  namespace?: string;
}

export function placeOf(params: Record<string, string>): Place {
  const { name = '', namespace } = params;
  return namespace === undefined ? { name } : { name, namespace };
}

export function keyOfPlace({ name, namespace }: Place): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** An invalid document is let through: its findings tell more than that it came to the wrong place. */
export function policyAt(source: SourceDocument, place: Place): Intake {
  const document = asObject(source.value);
  const metadata = asObject(document?.metadata);
  const namespaced = document?.kind === 'TracingPolicyNamespaced';
  // a namespaced policy that names no namespace is meant for the one it is sent to
  if (namespaced && metadata !== undefined && place.namespace !== undefined)
    metadata.namespace ??= place.namespace;
  const intake = intakeSource(source);
  if (!intake.valid) return intake;
  mustFitKind(intake.identity.kind, place);
  mustAgree('name', intake.identity.name, place.name);
  if (place.namespace !== undefined) mustAgree('namespace', intake.identity.namespace, place.namespace);
  return intake;
}

function mustAgree(what: string, said: string | undefined, asked: string): void {
  if (said === asked) return;
  throw new Fault(
    'bad-request',
    `metadata.${what} is "${printable(said ?? '')}" and the URL says "${printable(asked)}": make them agree`,
  );
}

function mustFitKind(kind: PolicyKind, { namespace }: Place): void {
  if (kind === 'TracingPolicy' && namespace !== undefined) {
    throw new Fault('bad-request', 'a TracingPolicy is cluster-wide: send it to /v1/policies/{name}');
  }
  if (kind === 'TracingPolicyNamespaced' && namespace === undefined) {
    throw new Fault(
      'bad-request',
      'a TracingPolicyNamespaced goes to /v1/namespaces/{namespace}/policies/{name}',
    );
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
}
