// SPDX-License-Identifier: Apache-2.0
/** The CRD's CEL rules for doors without an API server: the same text, decided in TypeScript. A test holds them together. */
import type { Schema } from './schema-parts.ts';

type Twin = (self: Record<string, unknown>) => boolean;

const has = (self: Record<string, unknown>, field: string): boolean => self[field] !== undefined;
const atMostOne =
  (...fields: string[]): Twin =>
  (self) =>
    fields.filter((field) => has(self, field)).length <= 1;

/** By the text of the rule, so that a changed rule loses its twin and the test fails. */
export const CEL_TWINS: ReadonlyMap<string, Twin> = new Map<string, Twin>([
  [
    '!(has(self.matchLabels) || has(self.matchExpressions))',
    (self) => !has(self, 'matchLabels') && !has(self, 'matchExpressions'),
  ],
  ['!has(self.hostSelector)', (self) => !has(self, 'hostSelector')],
  [
    '!(has(self.return) && self.return) || has(self.returnArg)',
    (self) => self.return !== true || has(self, 'returnArg'),
  ],
  [
    '(has(self.symbols) ? 1 : 0) + (has(self.addrs) ? 1 : 0) + (has(self.offsets) ? 1 : 0) <= 1',
    atMostOne('symbols', 'addrs', 'offsets'),
  ],
  [
    '(has(self.argNewSymbol) ? 1 : 0) + (has(self.argNewAddr) ? 1 : 0) + (has(self.argNewOffset) ? 1 : 0) <= 1',
    atMostOne('argNewSymbol', 'argNewAddr', 'argNewOffset'),
  ],
]);

/** Every rule the schemas carry. */
export function celRulesOf(schema: Schema, found: Set<string> = new Set()): Set<string> {
  for (const { rule } of schema['x-kubernetes-validations'] ?? []) found.add(rule);
  for (const below of Object.values(schema.properties ?? {})) celRulesOf(below, found);
  if (schema.items) celRulesOf(schema.items, found);
  if (schema.additionalProperties) celRulesOf(schema.additionalProperties, found);
  return found;
}
