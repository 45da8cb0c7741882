// SPDX-License-Identifier: Apache-2.0
/**
 * Our two CustomResourceDefinitions. `manifests/crds/*.yaml` is printed from here (`manifests/crds/generate.ts`);
 * the validator of every other door is compiled from the same schemas, so that no door is stricter than another.
 */
import type { PolicyKind } from '../document.ts';
import { CLUSTER_SPEC, NAMESPACED_SPEC } from './hook-schema.ts';
import { record, type Schema, text } from './schema-parts.ts';

interface Naming {
  kind: PolicyKind;
  plural: string;
  singular: string;
  shortName: string;
  scope: 'Cluster' | 'Namespaced';
}

export const NAMINGS: readonly Naming[] = [
  {
    kind: 'TracingPolicy',
    plural: 'tracingpolicies',
    singular: 'tracingpolicy',
    shortName: 'tgtp',
    scope: 'Cluster',
  },
  {
    kind: 'TracingPolicyNamespaced',
    plural: 'tracingpoliciesnamespaced',
    singular: 'tracingpolicynamespaced',
    shortName: 'tgtpn',
    scope: 'Namespaced',
  },
];

export const SPEC_SCHEMAS: Record<PolicyKind, Schema> = {
  TracingPolicy: CLUSTER_SPEC,
  TracingPolicyNamespaced: NAMESPACED_SPEC,
};

/** The whole definition, as the API server takes it. */
export function customResourceDefinition({
  kind,
  plural,
  singular,
  shortName,
  scope,
}: Naming): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cilium.io` },
    spec: {
      group: 'cilium.io',
      names: {
        categories: ['tetragon'],
        kind,
        listKind: `${kind}List`,
        plural,
        shortNames: [shortName],
        singular,
      },
      scope,
      versions: [
        { name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: documentSchema(kind) } },
      ],
    },
  };
}

function documentSchema(kind: PolicyKind): Schema {
  return record({
    apiVersion: text('Version of this schema.'),
    kind: text('Kind of this document.'),
    'metadata!': { type: 'object' },
    'spec!': SPEC_SCHEMAS[kind],
  });
}
