// SPDX-License-Identifier: Apache-2.0
/** Flags over environment over file over defaults, into one frozen Config that knows where each value came from. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../errors.ts';
import { nearest } from '../model/near-match.ts';
import { readDocument } from '../model/read-document.ts';
import type { SourceDocument } from '../model/source-document.ts';
import { CONFIG_FILE_ENV, type Config, envNameOf, flagOf, KEYS, type KeySpec } from './keys.ts';
import { packageRoot } from './package-root.ts';
import { type Given, readValue } from './read-value.ts';

export interface ConfigSources {
  /** by key (`webhook.clientCa`), as the command line parsed them */
  flags?: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** `--config` */
  configFile?: string;
}

export interface Origin {
  key: string;
  value: string | number | undefined;
  origin: string;
}

export interface LoadedConfig {
  config: Config;
  origins: readonly Origin[];
}

const SYSTEM_FILE = '/etc/tracegate/config.yaml';
const FILE_NAME = 'config.yaml';
const FILE_LIMIT_BYTES = 256 * 1024;

/** Throws Fault `config` for an unknown key or a wrong value, wherever it was set. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  refuseUnknownEnv(sources.env);
  const file = readFileOf(sources);
  const origins = KEYS.map((spec) => settled(spec, sources, file));
  return { config: frozen(origins), origins };
}

function settled(spec: KeySpec, sources: ConfigSources, file: ReadonlyMap<string, Given>): Origin {
  const given = givenOf(spec, sources) ?? file.get(spec.key) ?? fallbackOf(spec);
  if (given === undefined) return { key: spec.key, value: undefined, origin: 'unset' };
  return { key: spec.key, value: readValue(spec, given), origin: given.origin };
}

function givenOf(spec: KeySpec, { flags = {}, env, cwd }: ConfigSources): Given | undefined {
  const flag = Object.hasOwn(flags, spec.key) ? flags[spec.key] : undefined;
  if (flag !== undefined) return { value: flag, origin: `flag ${flagOf(spec)}`, baseDir: cwd };
  const name = envNameOf(spec);
  const value = env[name];
  // an empty variable is an unset one, as everywhere in a shell
  return value === undefined || value === '' ? undefined : { value, origin: `env ${name}`, baseDir: cwd };
}

function fallbackOf(spec: KeySpec): Given | undefined {
  const value = spec.key === 'stateDir' ? defaultStateDir() : spec.fallback;
  return value === undefined ? undefined : { value, origin: 'default', baseDir: '/' };
}

/** In a checkout everything stays inside of it; an installation has its place in the system. */
function defaultStateDir(): string {
  const root = packageRoot();
  return existsSync(join(root, '.git')) ? join(root, '.tracegate') : '/var/lib/tracegate';
}

function readFileOf(sources: ConfigSources): Map<string, Given> {
  const path = fileOf(sources);
  if (path === undefined) return new Map();
  const source = parsed(path);
  const [doubt] = source.doubts;
  if (doubt)
    throw new Fault(
      'config',
      `${path}:${source.lineOf(doubt.pointer)}: "${doubt.text}" has two readings: quote it`,
    );
  const given = new Map<string, Given>();
  for (const { key, value, pointer } of leavesOf(source.value)) {
    const where = `${path}:${source.lineOf(pointer)}`;
    if (!KEYS.some((known) => known.key === key)) throw unknownKey(`${where}: unknown key ${key}`, key);
    given.set(key, { value, origin: `file ${where}`, baseDir: dirname(path) });
  }
  return given;
}

function parsed(path: string): SourceDocument {
  const bytes = bytesOf(path);
  try {
    return readDocument(bytes, 'yaml');
  } catch (cause) {
    throw new Fault('config', `the configuration file ${path}: ${(cause as Error).message}`, { cause });
  }
}

function fileOf(sources: ConfigSources): string | undefined {
  const named = sources.configFile ?? (sources.env[CONFIG_FILE_ENV] || undefined);
  if (named !== undefined) return resolve(sources.cwd, named);
  const stateDir = KEYS.find(({ key }) => key === 'stateDir') as KeySpec;
  const { value } = settled(stateDir, sources, new Map());
  return [join(String(value), FILE_NAME), SYSTEM_FILE].find((path) => existsSync(path));
}

function bytesOf(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.byteLength <= FILE_LIMIT_BYTES) return bytes.byteLength === 0 ? Buffer.from('{}') : bytes;
  } catch (cause) {
    throw new Fault('config', `the configuration file ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new Fault('config', `the configuration file ${path} is larger than ${FILE_LIMIT_BYTES} bytes`);
}

function* leavesOf(
  value: unknown,
  key = '',
  pointer = '',
): Iterable<{ key: string; value: unknown; pointer: string }> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield { key: key || '(the whole file)', value, pointer };
    return;
  }
  for (const [name, below] of Object.entries(value)) {
    yield* leavesOf(below, key === '' ? name : `${key}.${name}`, `${pointer}/${name}`);
  }
}

function refuseUnknownEnv(env: ConfigSources['env']): void {
  const known = [CONFIG_FILE_ENV, ...KEYS.map(envNameOf)];
  for (const name of Object.keys(env)) {
    if (name.startsWith('TRACEGATE_') && !known.includes(name)) {
      throw unknown(`the environment variable ${name} sets nothing`, nearest(name, known));
    }
  }
}

function unknownKey(what: string, key: string): Fault {
  return unknown(
    what,
    nearest(
      key,
      KEYS.map((known) => known.key),
    ),
  );
}

function unknown(what: string, near: string | undefined): Fault {
  return new Fault(
    'config',
    `${what}: ${near === undefined ? 'remove it; `tracegate config show` lists the keys' : `did you mean ${near}?`}`,
  );
}

function frozen(origins: readonly Origin[]): Config {
  const config: Record<string, Record<string, unknown>> = {
    bundle: {},
    tls: {},
    webhook: {},
    agent: {},
    events: {},
    sinks: {},
    bpf: {},
    kubernetes: {},
    client: {},
  };
  for (const { key, value } of origins) {
    const [group, name] = key.split('.') as [string, string | undefined];
    if (value === undefined) continue;
    if (name === undefined) Object.assign(config, { [group]: value });
    else Object.assign(config[group] as object, { [name]: value });
  }
  for (const group of Object.values(config)) Object.freeze(group);
  return Object.freeze(config) as unknown as Config;
}
