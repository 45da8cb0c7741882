// SPDX-License-Identifier: Apache-2.0
/** The subset of OpenAPI v3 that a structural CRD schema may use, and short words to write one with. */
export interface Schema {
  type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema;
  items?: Schema;
  enum?: readonly string[];
  default?: string | boolean;
  format?: 'int32' | 'int64';
  minimum?: number;
  maxItems?: number;
  maxLength?: number;
  pattern?: string;
  'x-kubernetes-list-type'?: 'atomic';
  'x-kubernetes-map-type'?: 'atomic';
  'x-kubernetes-validations'?: CelRule[];
}

/** A rule the API server evaluates as CEL; the other doors run its twin in `cel-twins.ts`. */
export interface CelRule {
  rule: string;
  message: string;
}

export const text = (description?: string): Schema => described({ type: 'string' }, description);
export const flag = (description?: string): Schema => described({ type: 'boolean' }, description);
export const int32 = (description?: string): Schema =>
  described({ type: 'integer', format: 'int32' }, description);
export const int64 = (description?: string): Schema =>
  described({ type: 'integer', format: 'int64' }, description);
export const position = (description?: string): Schema => ({ ...int32(description), minimum: 0 });
export const choice = (values: readonly string[], description?: string): Schema =>
  described({ type: 'string', enum: values }, description);
export const list = (items: Schema, description?: string, maxItems?: number): Schema => {
  const schema = described({ type: 'array', items }, description);
  return maxItems === undefined ? schema : { ...schema, maxItems };
};
export const withDefault = (schema: Schema, value: string | boolean): Schema => ({
  ...schema,
  default: value,
});

/** An object; the names of required fields end in `!`. */
export function record(fields: Record<string, Schema>, extra: Omit<Schema, 'type'> = {}): Schema {
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const [spelled, schema] of Object.entries(fields)) {
    const name = spelled.endsWith('!') ? spelled.slice(0, -1) : spelled;
    if (name !== spelled) required.push(name);
    properties[name] = schema;
  }
  return { type: 'object', ...extra, properties, ...(required.length > 0 ? { required } : {}) };
}

function described(schema: Schema, description: string | undefined): Schema {
  return description === undefined ? schema : { ...schema, description };
}
