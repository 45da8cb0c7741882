// SPDX-License-Identifier: Apache-2.0
/** Where a gate's rules come from, asked again and again: each answers with a bundle or says that nothing changed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Config, statePaths } from '../../config/index.ts';
import {
  archiveEntries,
  type BundleFiles,
  readBundle,
  SHIPPED_BUNDLE,
  type Trust,
  trustFrom,
  unpackBundle,
} from '../../guardrails/index.ts';
import { bundleServer } from './bundle-server.ts';

export type RulesConfig = Pick<Config, 'rulesBundle' | 'bundle' | 'stateDir' | 'profile' | 'dataFile'>;

/** A bundle that was found. */
export interface Found {
  /** throws for one that is broken or not signed as it must be */
  files(): BundleFiles;
  /** it came with the program: nobody replays that */
  shipped?: boolean;
  /** called when the bundle has come into force */
  accepted?: () => void;
}

export interface Origin {
  /** in words, for people */
  name: string;
  /** whose signature is asked for; the shipped bundle needs none: it came with the program */
  trust: Trust | undefined;
  /** `undefined`: still the one that was found last, or refused last. Throws what keeps it from answering. */
  look(): Promise<Found | undefined>;
  /** the folder in which a bundle can be put, where the gate itself keeps the rules */
  keeps?: string;
}

export function originOf(config: RulesConfig): Origin {
  const { rulesBundle } = config;
  const trust = trustFrom(config.bundle);
  if (rulesBundle === undefined) return stateOrigin(config, trust);
  if (/^https?:/i.test(rulesBundle)) return serverOrigin(rulesBundle, config, trust);
  return { name: rulesBundle, trust, look: onChange(() => readBundle(rulesBundle, trust)) };
}

/** What an administrator put into the state directory, else the shipped rules. */
function stateOrigin({ stateDir }: RulesConfig, trust: Trust | undefined): Origin {
  const own = statePaths(stateDir).rulesBundle;
  const read = (): BundleFiles => (existsSync(own) ? readBundle(own, trust) : readBundle(SHIPPED_BUNDLE));
  const look = onChange(read);
  return {
    get name() {
      return existsSync(own) ? own : 'the shipped rules';
    },
    trust,
    async look() {
      const shipped = !existsSync(own);
      const found = await look();
      return found && { ...found, shipped };
    },
    keeps: own,
  };
}

function serverOrigin(address: string, config: RulesConfig, trust: Trust | undefined): Origin {
  const server = bundleServer(address, { ...config.bundle, signed: trust !== undefined });
  return {
    name: address,
    trust,
    async look() {
      const archive = await server.fetch();
      if (archive === undefined) return undefined;
      return { files: () => unpackBundle(archive, trust) };
    },
  };
}

/** Files are read each time and told apart by what they hold: a date or a size may stay as it was. */
function onChange(read: () => BundleFiles): Origin['look'] {
  let last: string | undefined;
  return async () => {
    const files = read();
    const digest = createHash('sha256');
    for (const bytes of [...archiveEntries(files).values(), ...(files.beside?.values() ?? [])])
      digest.update(bytes);
    const found = digest.digest('hex');
    if (found === last) return undefined;
    last = found;
    return { files: () => files };
  };
}
