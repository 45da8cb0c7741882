// SPDX-License-Identifier: Apache-2.0
/** What a template takes, for people. */
import type { ParameterSchema, Template } from './template.ts';

export function helpOf({ name, title, about, parameters, required, example }: Template): string {
  const given = Object.entries(example).map(([key, values]) => ` --param ${key}=${values.join(',')}`);
  return [
    '',
    `${name}: ${title}`,
    about,
    '',
    'Parameters:',
    ...Object.entries(parameters).map(([key, schema]) => parameterText(key, schema, required.includes(key))),
    '',
    'For example:',
    `  tracegate new ${name}${given.join('')}`,
    '',
  ].join('\n');
}

function parameterText(key: string, schema: ParameterSchema, needed: boolean): string {
  const { type, description, default: fallback } = schema;
  const kind = type === 'array' ? 'list' : 'text';
  const what = Array.isArray(fallback) ? fallback.join(',') || 'none' : fallback;
  return `  ${key} (${kind}, ${needed ? 'needed' : `${what} by default`}): ${description}`;
}
