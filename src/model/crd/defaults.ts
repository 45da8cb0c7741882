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
  walk(schema, value, broken);
  lead(broken, 0, pointer);
  return broken;
}

/** Pointers grow from behind: only what is broken has one made. */
function lead(broken: BrokenRule[], from: number, way: string): void {
  for (let index = from; index < broken.length; index++) {
    const rule = broken[index] as BrokenRule;
    rule.pointer = `${way}${rule.pointer}`;
  }
}

function walk(schema: Schema, value: unknown, broken: BrokenRule[]): void {
  if (!needsWalk(schema)) return;
  if (Array.isArray(value)) {
    walkItems(schema.items, value, broken);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const object = value as Record<string, unknown>;
  if (schema.properties) walkFields(schema.properties, object, broken);
  if (schema.additionalProperties) {
    for (const [key, below] of Object.entries(object))
      walkBelow(schema.additionalProperties, below, broken, key);
  }
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
    if (!CEL_TWINS.get(rule)?.(object)) broken.push({ pointer: '', message });
  }
}

function walkItems(items: Schema | undefined, values: readonly unknown[], broken: BrokenRule[]): void {
  if (items === undefined) return;
  for (let index = 0; index < values.length; index++) {
    const from = broken.length;
    walk(items, values[index], broken);
    if (broken.length > from) lead(broken, from, `/${index}`);
  }
}

function walkBelow(schema: Schema, value: unknown, broken: BrokenRule[], key: string): void {
  const from = broken.length;
  walk(schema, value, broken);
  if (broken.length > from) lead(broken, from, `/${escapePart(key)}`);
}

function walkFields(
  properties: Record<string, Schema>,
  object: Record<string, unknown>,
  broken: BrokenRule[],
): void {
  for (const [name, field] of walkedFields(properties)) {
    // null where there is a default means the default, as in a structural schema without `nullable`
    if (field.default !== undefined && (object[name] === undefined || object[name] === null))
      object[name] = field.default;
    if (Object.hasOwn(object, name)) walkBelow(field, object[name], broken, name);
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
