// SPDX-License-Identifier: Apache-2.0
/**
 * Scalars the reader would not vouch for. The schema settles one case: where a truth value is meant, `yes` and `no`
 * are what Kubernetes takes them for. Everywhere else a text or a number is meant, and two readers may see two.
 */
import { SPEC_SCHEMAS } from './crd/definitions.ts';
import type { Schema } from './crd/schema-parts.ts';
import type { PolicyKind } from './document.ts';
import { partsOf, valueAt } from './json-pointer.ts';
import type { Problem } from './metadata.ts';
import type { ScalarDoubt, SourceDocument } from './source-document.ts';
import { excerpt } from './source-text.ts';

/** A problem for every doubt the schema does not settle. */
export function doubtProblems({ value, doubts }: SourceDocument): Problem[] {
  return doubts.filter((doubt) => !isTruthValue(value, doubt)).map(problemOf);
}

function problemOf({ pointer, kind, text }: ScalarDoubt): Problem {
  const shown = excerpt(text);
  if (kind === 'inexact') {
    return {
      pointer,
      message: `the number ${shown} cannot be held exactly`,
      fix: 'use a smaller number, or quote it where text is meant',
    };
  }
  const what = kind === 'ambiguous-key' ? 'the key' : 'the value';
  return {
    pointer,
    message: `${what} ${shown === '' ? '(empty)' : shown} is ambiguous: readers of YAML 1.1 and 1.2 take it for different things`,
    fix: `quote it: "${shown}"; or write it so that there is one reading`,
  };
}

function isTruthValue(root: unknown, { pointer, kind }: ScalarDoubt): boolean {
  return (
    kind === 'ambiguous' &&
    typeof valueAt(root, pointer) === 'boolean' &&
    schemaAt(root, pointer)?.type === 'boolean'
  );
}

function schemaAt(root: unknown, pointer: string): Schema | undefined {
  const [top, ...parts] = partsOf(pointer);
  const kind = valueAt(root, '/kind') as PolicyKind;
  if (top !== 'spec' || !Object.hasOwn(SPEC_SCHEMAS, String(kind))) return undefined;
  let schema: Schema | undefined = SPEC_SCHEMAS[kind];
  for (const part of parts) {
    if (!schema) return undefined;
    const field: Schema | undefined =
      schema.properties && Object.hasOwn(schema.properties, part) ? schema.properties[part] : undefined;
    schema = schema.items ?? field ?? schema.additionalProperties;
  }
  return schema;
}
