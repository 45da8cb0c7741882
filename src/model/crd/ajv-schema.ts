// SPDX-License-Identifier: Apache-2.0
/**
 * The CRD schema as ajv compiles it: unknown fields are errors instead of being pruned, and a part used in many
 * places becomes one `$defs` entry, which keeps the compiled validator small and quick to make.
 */
import type { PolicyKind } from '../document.ts';
import { METADATA_FIELDS } from '../metadata.ts';
import { SPEC_SCHEMAS } from './definitions.ts';
import type { Schema } from './schema-parts.ts';

export function ajvSchema(kind: PolicyKind): object {
  const defs = new Map<Schema, { name: string; body: object }>();
  const spec = convert(SPEC_SCHEMAS[kind], defs);
  return {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: {
        type: 'object',
        properties: METADATA_FIELDS,
        required: ['name'],
        additionalProperties: false,
      },
      spec,
      // written by the API server for kinds that have one; ours has none, but a stored object may carry it
      status: {},
    },
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    $defs: Object.fromEntries([...defs.values()].map(({ name, body }) => [name, body])),
  };
}

type Defs = Map<Schema, { name: string; body: object }>;

function convert(schema: Schema, defs: Defs): object {
  if (!schema.properties) return flat(schema, defs);
  const known = defs.get(schema);
  if (known) return { $ref: `#/$defs/${known.name}` };
  const entry = { name: `part${defs.size}`, body: {} };
  defs.set(schema, entry);
  entry.body = flat(schema, defs);
  return { $ref: `#/$defs/${entry.name}` };
}

function flat(schema: Schema, defs: Defs): object {
  const {
    description: _description,
    default: _default,
    items,
    properties,
    additionalProperties,
    ...rest
  } = schema;
  const plain = Object.entries(rest).filter(([key]) => !key.startsWith('x-kubernetes-'));
  return {
    ...Object.fromEntries(plain),
    ...(items ? { items: convert(items, defs) } : {}),
    ...(additionalProperties ? { additionalProperties: convert(additionalProperties, defs) } : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, convert(field, defs)]),
          ),
          additionalProperties: false,
        }
      : {}),
  };
}
