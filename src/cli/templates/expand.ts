// SPDX-License-Identifier: Apache-2.0
/**
 * A template's text with the values in their places. A value is put there as JSON, which is YAML as well: whatever is in
 * it stays one value.
 *
 *   ${paths.files}            the list, or the text
 *   ${name+"-x"} ${"/"+list}  with something after or before each of it
 *   … #if except              the line is there where the list is not empty; several names: none of them
 */
import type { Parameters } from './parameters.ts';

const PLACE = /\$\{(?:"([^"]*)"\+)?([a-z.]+)(?:\+"([^"]*)")?\}/gi;
const CONDITION = / *#if ([a-z. ]+)$/i;

export function expand(policy: string, parameters: Parameters): string {
  const values = withParts(parameters);
  const lines = policy.split('\n').flatMap((line) => {
    const [, names] = CONDITION.exec(line) ?? [];
    if (names?.split(' ').some((name) => meant(values, name).length === 0)) return [];
    return [
      line.replace(CONDITION, '').replace(PLACE, (_, before = '', name, after = '') => {
        const value = meant(values, name);
        const whole = (part: string) => `${before}${part}${after}`;
        return JSON.stringify(Array.isArray(value) ? value.map(whole) : whole(value));
      }),
    ];
  });
  return lines.join('\n');
}

function meant(values: Parameters, name: string): string | string[] {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw new Error(`the template names ${name}, which is no parameter of it`);
  return value;
}

/** Paths also as what is a file, what is a folder, and all by the name they have in the folder above; and where it holds. */
function withParts(parameters: Parameters): Parameters {
  const { paths = [], where } = parameters;
  const scopes = {
    'where.host': where === 'host' ? [where] : [],
    'where.containers': where === 'containers' ? [where] : [],
  };
  if (!Array.isArray(paths)) return { ...parameters, ...scopes };
  const folders = paths.filter((path) => path.endsWith('/'));
  const files = paths.filter((path) => !path.endsWith('/'));
  const entries = [...files, ...folders.map((path) => path.slice(0, -1))];
  return {
    ...parameters,
    ...scopes,
    'paths.files': files,
    'paths.folders': folders,
    'paths.entries': entries,
  };
}
