// SPDX-License-Identifier: Apache-2.0
/**
 * `opa check` knows when a function or a field of the input does not exist, but a misspelt name of a rule or of data is
 * merely undefined to it: the guardrail would never speak. So those are looked up here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Organisation } from '../guardrails/organisation.ts';
import type { FoundRule } from './discover.ts';
import { ROOT } from './opa.ts';

/** Names a module defines at its top level. */
function definedIn(file: string): Set<string> {
  const source = readFileSync(file, 'utf8');
  return new Set([...source.matchAll(/^(?:default )?([a-z_]+)(?=[ ([])/gm)].map(([, name]) => name ?? ''));
}

const ORGANISATION = /\borganisation\.([A-Za-z]+)(?:\.([A-Za-z]+))?/g;

/** Throws where a rule names a trait, a fact of the library or a key of the organisation's data that there is not. */
export function checkReferences(rules: readonly FoundRule[], defaults: Organisation): void {
  for (const rule of rules) {
    const wrong = wrongReferences(rule, defaults);
    if (wrong.length > 0)
      throw new Error(`${rule.folder}/rule.rego names what there is not: ${wrong.join(', ')}`);
  }
}

/** What a rule names and there is not. */
export function wrongReferences(rule: FoundRule, defaults: Organisation): string[] {
  const traits = definedIn(join(ROOT, 'rego/lib/traits.rego'));
  const facts = definedIn(join(ROOT, 'rego/lib/lib.rego'));
  const source = readFileSync(rule.file, 'utf8');
  return [
    ...rule.applies.filter((name) => !traits.has(name)).map((name) => `the trait ${name}`),
    ...rule.parameters
      .filter((name) => !Object.hasOwn(defaults, name))
      .map((name) => `the parameter ${name}`),
    ...[...source.matchAll(/\blib\.([a-z_]+)/g)]
      .filter(([, name = '']) => !facts.has(name))
      .map(([text]) => text),
    ...[...source.matchAll(ORGANISATION)]
      .filter(([, ...keys]) => !isThere(defaults, keys))
      .map(([text]) => text),
  ];
}

/** Whether a path of keys leads somewhere; what is empty or a list may hold anything. */
function isThere(value: unknown, [key, ...rest]: readonly (string | undefined)[]): boolean {
  if (key === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  if (Object.keys(value).length === 0) return true;
  return Object.hasOwn(value, key) && isThere((value as Record<string, unknown>)[key], rest);
}
