// SPDX-License-Identifier: Apache-2.0
/** `--param NAME=VALUE …` → the values of a template's parameters, checked by its schema. */
import { Ajv, type ErrorObject } from 'ajv';
import { Fault } from '../../errors.ts';
import { nearest, suggestion } from '../../model/near-match.ts';
import { parseNetwork } from '../../model/networks.ts';
import { schemaOf, type Template } from './template.ts';

export type Parameters = Record<string, string | string[]>;

const PORTS_LAST = 65_535;

function isPath(text: string): boolean {
  const plain = text.startsWith('/') && text.length > 1 && text.length < 255;
  return plain && !/\/\/|\/\.\.?(\/|$)|[\p{Cc}*]/u.test(text);
}

function isPorts(text: string): boolean {
  const [, low, high = low] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? [];
  return low !== undefined && Number(low) <= Number(high) && Number(high) <= PORTS_LAST;
}

/** What a value is, and how it is written. */
const FORMATS: Record<string, { fits: (text: string) => boolean; written: string }> = {
  path: {
    fits: isPath,
    written:
      'a whole path from /, without //, /./, /../ or *, as /etc/shadow, or /etc/ssl/private/ for a folder',
  },
  program: {
    fits: (text) => isPath(text) && !text.endsWith('/'),
    written: 'the whole path of a program, as /usr/bin/ls',
  },
  network: {
    fits: (text) => parseNetwork(text) !== undefined,
    written: 'an address or a network, as 10.0.0.0/8 or 2001:db8::/32',
  },
  ports: { fits: isPorts, written: 'a port or a range of them, as 443 or 8000:8999' },
};

/** Throws Fault `usage` that says what is wrong and what may be written. */
export function parametersOf(template: Template, given: readonly string[]): Parameters {
  const values = readGiven(template, given);
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: true, verbose: true });
  for (const [name, { fits }] of Object.entries(FORMATS)) ajv.addFormat(name, fits);
  const validate = ajv.compile(schemaOf(template));
  if (!validate(values)) throw wrong(template, validate.errors ?? []);
  return values;
}

/** A list may be given with commas, and in several pieces. */
function readGiven(template: Template, given: readonly string[]): Parameters {
  const values: Parameters = Object.create(null) as Parameters;
  for (const text of given) {
    const at = text.indexOf('=');
    if (at < 1) throw new Fault('usage', `--param is written NAME=VALUE, not "${text}"`);
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    const schema = Object.hasOwn(template.parameters, name) ? template.parameters[name] : undefined;
    if (!schema) throw unknown(template, name);
    if (schema.type !== 'array') values[name] = value;
    else {
      const parts = value.split(',').map((part) => part.trim());
      values[name] = [...(values[name] ?? []), ...parts.filter((part) => part !== '')];
    }
  }
  return { ...values };
}

function unknown({ name: template, parameters }: Template, name: string): Fault {
  const known = Object.keys(parameters);
  const near = nearest(name, known);
  const hint = near === undefined ? `it has ${known.join(', ')}` : `did you mean "${near}"?`;
  return new Fault('usage', `${template} has no parameter "${name}": ${hint}`);
}

function wrong(template: Template, errors: readonly ErrorObject[]): Fault {
  const said = errors.map((error) => problemOf(template, error));
  return new Fault('usage', `${template.name}: ${[...new Set(said)].join('; ')}`);
}

function problemOf(
  template: Template,
  { keyword, params, instancePath, data, message }: ErrorObject,
): string {
  const name = instancePath.split('/')[1] ?? '';
  const about = (of: string) => template.parameters[of]?.description ?? '';
  if (keyword === 'required') {
    const missing = String(params.missingProperty);
    const example = template.example[missing]?.join(',') ?? 'VALUE';
    return `${missing} is missing (${about(missing)}): give --param ${missing}=${example}`;
  }
  if (keyword === 'format')
    return `"${String(data)}" in ${name} is not ${FORMATS[String(params.format)]?.written ?? params.format}`;
  if (keyword === 'pattern') return `"${String(data)}" is no value of ${name} (${about(name)})`;
  if (keyword === 'enum')
    return `"${String(data)}" is no value of ${name}: ${suggestion(String(data), params.allowedValues as string[])}`;
  return `${name} ${message ?? 'does not fit'} (${about(name)})`;
}
