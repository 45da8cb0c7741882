// SPDX-License-Identifier: Apache-2.0
/** An organisation's data is checked before it is merged: a misspelt key would quietly leave the default in force. */

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { compiledBefore } from '#organisation-validator';
import { Fault } from '../errors.ts';
import { type Bundle, broken } from './bundle.ts';
import { isExceptable } from './catalogue.ts';
import type { Organisation } from './organisation.ts';
import { OPTIONS } from './organisation-validator.ts';

/** The data as given, once it fits the schema and names only rules that exist; else Fault `config`. */
export function checkOrganisation(
  data: unknown,
  { catalogue, schema }: Pick<Bundle, 'catalogue' | 'schema'>,
): Organisation {
  const validate = compiled(schema);
  if (!validate(data)) throw wrong((validate.errors ?? []).map(explain));
  const known = new Map(catalogue.map((rule) => [rule.id, rule]));
  const problems: string[] = [];
  for (const [id, { mode = 'enforce', where = [] }] of Object.entries(data.rules ?? {})) {
    const rule = known.get(id);
    const chosen = [mode, ...where.map((one) => one.mode)];
    if (!rule) problems.push(`/rules/${id}: there is no such rule`);
    else if (rule.category === 'self-protection' && chosen.some((one) => one !== 'enforce')) {
      problems.push(`/rules/${id}/mode: a rule of self-protection stays in force; suspend the guard instead`);
    }
  }
  for (const [index, { rule, requester, approver }] of (data.exceptions ?? []).entries()) {
    const entry = known.get(rule);
    if (!entry) problems.push(`/exceptions/${index}/rule: there is no rule ${rule}`);
    else if (!isExceptable(entry))
      problems.push(`/exceptions/${index}/rule: nobody is excepted from ${rule}`);
    if (requester === approver)
      problems.push(`/exceptions/${index}/approver: ${approver} cannot approve what ${approver} asks for`);
  }
  if (problems.length > 0) throw wrong(problems);
  return data;
}

function compiled(schema: object): ValidateFunction<Organisation> {
  try {
    return compiledBefore(schema) ?? new Ajv(OPTIONS).compile<Organisation>(schema);
  } catch (cause) {
    throw broken(`schema.json is no JSON Schema: ${(cause as Error).message}`, cause);
  }
}

function explain(error: ErrorObject): string {
  const { additionalProperty, allowedValues } = error.params as {
    additionalProperty?: string;
    allowedValues?: unknown[];
  };
  const extra = additionalProperty
    ? `: ${additionalProperty}`
    : allowedValues
      ? `: ${allowedValues.join(', ')}`
      : '';
  return `${error.instancePath || '/'} ${error.message ?? 'is wrong'}${extra}`;
}

function wrong(problems: string[]): Fault {
  return new Fault(
    'config',
    `The organisation's data is wrong: ${problems.join('; ')}. Its schema is rego/data/schema.json.`,
    {
      details: { problems },
    },
  );
}
