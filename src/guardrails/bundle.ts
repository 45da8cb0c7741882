// SPDX-License-Identifier: Apache-2.0
/** A compiled rule set as files: believed only when every file has the digest its manifest names. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.ts';
import { Fault } from '../errors.ts';
import { digestOfValue } from '../model/digest.ts';
import { hasKnownExceptions, hasKnownModes, hasKnownMonitor, type RuleEntry } from './catalogue.ts';
import type { Organisation } from './organisation.ts';

export const BUNDLE_FILES = [
  'manifest.json',
  'policy.wasm',
  'data.json',
  'catalogue.json',
  'schema.json',
] as const;
type BundleFile = (typeof BUNDLE_FILES)[number];
/** `beside`: of a signed bundle its signature and what else that names, so that whoever gets it from here can check it again. */
export type BundleFiles = Record<BundleFile, Uint8Array> & { beside?: ReadonlyMap<string, Uint8Array> };

/** The rule set that is shipped with this copy. */
export const SHIPPED_BUNDLE = join(packageRoot(), 'rego', 'dist');

export interface Bundle {
  /** SHA-256 of manifest.json, which names the digests of the rest: `sha256:<hex>` */
  digest: string;
  revision: string;
  /** SHA-256 of the manifest's content, whatever its spelling: a signature holds for all of them */
  identity: string;
  /** grows with each bundle that is built, where the manifest's metadata has one */
  generation?: number;
  entrypoint: string;
  wasm: Uint8Array;
  organisation: Organisation;
  catalogue: RuleEntry[];
  /** JSON Schema of an organisation's own data */
  schema: object;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

export function parseBundle(files: BundleFiles): Bundle {
  const manifest = object(files, 'manifest.json');
  if (manifest.format !== 1)
    throw broken(`manifest.json has format ${String(manifest.format)}, and only 1 is known`);
  verifyDigests(files, manifest.files);
  const { revision, entrypoint } = manifest;
  if (typeof revision !== 'string' || typeof entrypoint !== 'string') {
    throw broken('manifest.json names no revision or no entrypoint');
  }
  return {
    digest: `sha256:${sha256(files['manifest.json'])}`,
    revision,
    identity: digestOfValue(manifest),
    ...generationIn(manifest.metadata),
    entrypoint,
    wasm: files['policy.wasm'],
    organisation: object(files, 'data.json'),
    catalogue: parseCatalogue(files),
    schema: object(files, 'schema.json'),
  };
}

function generationIn(metadata: unknown): { generation?: number } {
  const { generation } = (metadata ?? {}) as { generation?: unknown };
  if (generation === undefined) return {};
  if (Number.isSafeInteger(generation) && Number(generation) >= 0) return { generation: Number(generation) };
  throw broken(`the generation in its manifest is no whole number: ${JSON.stringify(generation)}`);
}

function verifyDigests(files: BundleFiles, named: unknown): void {
  for (const name of BUNDLE_FILES.slice(1)) {
    const expected = (named as Record<string, unknown> | undefined)?.[name];
    const found = sha256(files[name]);
    if (found !== expected)
      throw broken(`${name} has digest ${found}, and the manifest says ${String(expected)}`);
  }
}

function parseCatalogue(files: BundleFiles): RuleEntry[] {
  const catalogue = json(files, 'catalogue.json');
  if (!Array.isArray(catalogue) || catalogue.length === 0) throw broken('catalogue.json lists no rules');
  for (const rule of catalogue as Partial<RuleEntry>[]) {
    const named = typeof rule?.id === 'string' && typeof rule.fix === 'string';
    if (!named) throw broken(`catalogue.json has a rule without id or fix: ${String(rule?.id)}`);
    if (!hasKnownModes(rule)) throw broken(`catalogue.json has an unknown mode: ${rule.id}`);
    if (!hasKnownExceptions(rule)) throw broken(`catalogue.json has an unknown exceptions: ${rule.id}`);
    if (!hasKnownMonitor(rule)) throw broken(`catalogue.json has an unknown monitor: ${rule.id}`);
  }
  return catalogue as RuleEntry[];
}

function json(files: BundleFiles, name: BundleFile): unknown {
  try {
    return JSON.parse(Buffer.from(files[name]).toString('utf8'));
  } catch (cause) {
    throw broken(`${name} is not JSON`, cause);
  }
}

function object(files: BundleFiles, name: BundleFile): Record<string, unknown> {
  const value = json(files, name);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw broken(`${name} is not a JSON object`);
  return value as Record<string, unknown>;
}

/** The fault of a bundle that cannot be believed. */
export function broken(what: string, cause?: unknown): Fault {
  return new Fault('could-not-judge', `The rule set is broken: ${what}. Fetch or build it again.`, { cause });
}
