// SPDX-License-Identifier: Apache-2.0
/** The templates that `tracegate new` writes policies from: one file each in templates/, known by its name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.ts';
import { Fault } from '../../errors.ts';
import { nearest } from '../../model/near-match.ts';
import { readDocument } from '../../model/read-document.ts';

export const TEMPLATES = join(packageRoot(), 'templates');
const FILE = /^([a-z][a-z-]*)\.yaml$/;

/** What a parameter may be: JSON Schema, as far as a value of the command line needs it. */
export interface ParameterSchema {
  type: 'array' | 'string';
  description: string;
  default?: unknown;
  items?: { format?: string; pattern?: string };
  [keyword: string]: unknown;
}

export interface Template {
  name: string;
  title: string;
  about: string;
  parameters: Record<string, ParameterSchema>;
  required: string[];
  /** values that show what it takes */
  example: Record<string, string[]>;
  /** YAML with places for the parameters */
  policy: string;
}

/** Every template has it. */
const NAME: ParameterSchema = {
  type: 'string',
  pattern: '^[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?$',
  description: 'what the policy is called; the template’s name by default',
};

/** Those have it that can be narrowed so. */
const WHERE: ParameterSchema = {
  type: 'string',
  enum: ['everywhere', 'host', 'containers'],
  default: 'everywhere',
  description:
    'whose processes: everywhere, host, or containers. A program is known by its path, and a container may have another one there',
};

export function templateNames(folder = TEMPLATES): string[] {
  return readdirSync(folder)
    .flatMap((file) => FILE.exec(file)?.[1] ?? [])
    .sort();
}

/** Throws Fault `usage` where there is none of that name. */
export function templateOf(name: string, folder = TEMPLATES): Template {
  const names = templateNames(folder);
  if (!names.includes(name)) {
    const near = nearest(name, names);
    const hint = near === undefined ? '`tracegate new` lists those there are' : `did you mean "${near}"?`;
    throw new Fault('usage', `there is no template "${name}": ${hint}`);
  }
  const { value } = readDocument(readFileSync(join(folder, `${name}.yaml`)), 'yaml');
  // a plain object, whatever the reader makes
  const written = JSON.parse(JSON.stringify(value)) as Omit<Template, 'name' | 'required' | 'parameters'> & {
    parameters: { required?: string[]; properties?: Record<string, ParameterSchema> };
  };
  const { required = [], properties = {} } = written.parameters;
  const common = {
    ...(written.policy.includes('where.host') && { where: WHERE }),
    name: { ...NAME, default: name },
  };
  return { ...written, name, required, parameters: { ...properties, ...common } };
}

/** The JSON Schema of all its parameters. */
export function schemaOf({ parameters, required }: Pick<Template, 'parameters' | 'required'>): object {
  return { type: 'object', additionalProperties: false, required, properties: parameters };
}
