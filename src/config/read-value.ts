// SPDX-License-Identifier: Apache-2.0
/** One configured value: from text or from a file's value to what the key's type means. */
import { isAbsolute, resolve } from 'node:path';
import { Fault } from '../errors.ts';
import { suggestion } from '../model/near-match.ts';
import type { KeySpec } from './key-spec.ts';

export interface Given {
  value: unknown;
  /** `flag --listen`, `env TRACEGATE_LISTEN`, `file /etc/…:3`, `default` */
  origin: string;
  /** what relative paths are relative to */
  baseDir: string;
}

/** The value, or a Fault `config` that names key, origin and what would be right. */
export function readValue(spec: KeySpec, given: Given): string | number {
  const { type } = spec;
  if (type.kind === 'count') return readCount(spec, type, given);
  const { value } = given;
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    throw wrong(spec, given, 'must be text', 'give it a value or leave it out');
  if (type.kind === 'place') return readPlace(spec, type.schemes, given, value);
  if (type.kind === 'address') return readAddress(spec, type.schemes, given, value);
  if (type.kind === 'path') return isAbsolute(value) ? value : resolve(given.baseDir, value);
  if (type.kind === 'choice' && !type.of.includes(value))
    throw wrong(spec, given, `is "${value}"`, suggestion(value, type.of));
  if (type.kind === 'url') checkUrl(spec, type.schemes, given, value);
  return value;
}

function readCount(spec: KeySpec, { min, max }: { min: number; max: number }, given: Given): number {
  const { value } = given;
  const number = typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max)
    return number;
  throw wrong(spec, given, 'is not a number in its range', `use a whole number from ${min} to ${max}`);
}

function checkUrl(spec: KeySpec, schemes: readonly string[], given: Given, value: string): void {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const good =
    url &&
    schemes.includes(url.protocol.slice(0, -1)) &&
    url.hostname !== '' &&
    ['', '/'].includes(url.pathname) &&
    url.search === '';
  if (!good) throw wrong(spec, given, `is "${value}"`, `write ${schemes[0]}://HOST:PORT`);
}

/** An address with a scheme we know, or a path, alone or behind `oci:`. */
function readPlace(spec: KeySpec, schemes: readonly string[], given: Given, value: string): string {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url && schemes.includes(scheme) && url.hostname !== '' && url.username === '') return value;
    throw wrong(spec, given, `is "${value}"`, `write a path, oci:PATH or ${schemes[0]}://HOST/PATH`);
  }
  if (value.startsWith('oci:')) return `oci:${resolve(given.baseDir, value.slice('oci:'.length))}`;
  return resolve(given.baseDir, value);
}

function readAddress(spec: KeySpec, schemes: readonly string[], given: Given, value: string): string {
  if (schemes.includes('unix') && /^unix:[^/]*\/?[^/]/.test(value))
    return `unix:${resolve(given.baseDir, value.slice('unix:'.length))}`;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const known = url && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
  // a password in an address would be shown wherever the address is
  if (known && url.username === '' && url.password === '' && url.hash === '') return value;
  const forms = schemes.map((scheme) => (scheme === 'unix' ? 'unix:PATH' : `${scheme}://HOST:PORT`));
  throw wrong(spec, given, `is "${value}"`, `write ${forms.join(' or ')}`);
}

function wrong({ key }: KeySpec, { origin }: Given, what: string, fix: string): Fault {
  return new Fault('config', `${key} (${origin}) ${what}: ${fix}`, { details: { key, origin } });
}
