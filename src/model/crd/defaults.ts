// SPDX-License-Identifier: Apache-2.0
/** CRD defaulting as the API server does it, and the CEL rules, in one walk over value and schema. */
import { escapePart } from '../json-pointer.ts';
import { CEL_TWINS } from './cel-twins.ts';
import type { Schema } from './schema-parts.ts';

export interface BrokenRule {
  pointer: string;
  message: string;
}

/** Fills defaults into `value` in place and answers with the CEL rules it breaks. Parts of another shape are left alone. */
export function applyDefaults(schema: Schema, value: unknown, pointer: string): BrokenRule[] {
  const broken: BrokenRule[] = [];
  walk(schema, value, pointer, broken);
  return broken;
}

function walk(schema: Schema, value: unknown, pointer: string, broken: BrokenRule[]): void {
  if (!needsWalk(schema)) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, index) => void walk(items, item, `${pointer}/${index}`, broken));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const object = value as Record<string, unknown>;
  if (schema.properties) walkFields(schema.properties, object, pointer, broken);
  if (schema.additionalProperties) {
    for (const [key, below] of Object.entries(object)) {
      walk(schema.additionalProperties, below, `${pointer}/${escapePart(key)}`, broken);
    }
  }
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
    if (!CEL_TWINS.get(rule)?.(object)) broken.push({ pointer, message });
  }
}

function walkFields(
  properties: Record<string, Schema>,
  object: Record<string, unknown>,
  pointer: string,
  broken: BrokenRule[],
): void {
  for (const [name, field] of walkedFields(properties)) {
    // null where there is a default means the default, as in a structural schema without `nullable`
    if (field.default !== undefined && (object[name] === undefined || object[name] === null))
      object[name] = field.default;
    if (Object.hasOwn(object, name)) walk(field, object[name], `${pointer}/${name}`, broken);
  }
}

const WALKED = new WeakMap<Record<string, Schema>, [string, Schema][]>();

/** The fields of an object at or below which something is to be done. */
function walkedFields(properties: Record<string, Schema>): [string, Schema][] {
  let walked = WALKED.get(properties);
  if (walked === undefined) {
    walked = Object.entries(properties).filter(([, field]) => needsWalk(field));
    WALKED.set(properties, walked);
  }
  return walked;
}

const NEEDS = new WeakMap<Schema, boolean>();

/** Whether a default or a rule lies at or below this schema; most of them have none and are skipped. */
function needsWalk(schema: Schema): boolean {
  const known = NEEDS.get(schema);
  if (known !== undefined) return known;
  const below = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  const needs =
    schema.default !== undefined ||
    schema['x-kubernetes-validations'] !== undefined ||
    below.some((part) => part !== undefined && needsWalk(part));
  NEEDS.set(schema, needs);
  return needs;
}
