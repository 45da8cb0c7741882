// SPDX-License-Identifier: Apache-2.0
/**
 * Which bundle was taken in last, over restarts, so that an older one does not come back unasked: its signature is as
 * good as it ever was, and what it was replaced for is in it again. Order is only told of bundles that are signed:
 * whoever can write an unsigned one can write any number into it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulesAllowanceFile } from '../../config/index.ts';
import { Fault } from '../../errors.ts';
import { type BundleFiles, packBundle, replaceFile } from '../../guardrails/index.ts';

/** A bundle, as far as its age goes. */
export interface Aged {
  bundleDigest: string;
  revision: string;
  /** of its manifest's content, however that is spelled */
  identity: string;
  /** a number that grows with each bundle; undefined where its manifest has none */
  generation?: number;
}

/** Somebody's word that one bundle may come back. */
export interface Allowance {
  digest: string;
  reason: string;
  by: string;
  /** RFC 3339 */
  time: string;
}

interface Accepted extends Aged {
  /** the place it came from */
  source: string;
  /** identities of those that were replaced here, oldest first */
  displaced: string[];
}

/** An older bundle is told apart from a broken one. */
export class OlderRules extends Fault {
  readonly digest: string;
  constructor(digest: string, why: string) {
    super(
      'conflict',
      `${why}: an older rule set takes no newer one's place unasked. Allow it with \`tracegate rules allow-older ${digest} --reason …\`, or sign a newer one.`,
    );
    this.digest = digest;
  }
}

/** Replaced bundles that are remembered. */
const DISPLACED_MAX = 1000;

export class AcceptedRules {
  readonly #signed: boolean;
  readonly #file: string;
  readonly #allowanceFile: string;
  readonly #copy: string;

  /** `signed`: bundles are checked by a signature here. */
  constructor(stateDir: string, signed: boolean) {
    this.#signed = signed;
    this.#file = join(stateDir, 'gate', 'accepted-rules.json');
    this.#allowanceFile = rulesAllowanceFile(stateDir);
    this.#copy = join(stateDir, 'gate', 'accepted-bundle.tar.gz');
  }

  /** By whose word it may come in although it is older; undefined where nobody's is needed. Throws OlderRules. */
  demand(rules: Aged): Allowance | undefined {
    const last = this.#signed ? this.#last() : undefined;
    const why = last === undefined ? undefined : olderThan(rules, last);
    if (why === undefined) return undefined;
    const allowance = this.allowance();
    if (allowance?.digest === rules.bundleDigest) return allowance;
    throw new OlderRules(rules.bundleDigest, why);
  }

  /** It is the last one from now on. */
  accept({ bundleDigest, revision, identity, generation }: Aged, files: BundleFiles, source: string): void {
    const last = this.#last();
    if (last?.bundleDigest === bundleDigest && last.source === source && existsSync(this.#copy)) return;
    const displaced = [...(last?.displaced ?? []), ...(last === undefined ? [] : [last.identity])];
    const others = [...new Set(displaced)].filter((one) => one !== identity).slice(-DISPLACED_MAX);
    const accepted = { bundleDigest, revision, identity, ...(generation !== undefined && { generation }) };
    replaceFile(this.#copy, packBundle(files));
    replaceFile(this.#file, json({ ...accepted, source, displaced: others } satisfies Accepted));
  }

  /** The archive of the one that came from there last. */
  copyOf(source: string): Buffer | undefined {
    if (this.#last()?.source !== source || !existsSync(this.#copy)) return undefined;
    return readFileSync(this.#copy);
  }

  allow(allowance: Allowance): void {
    replaceFile(this.#allowanceFile, json(allowance));
  }

  allowance(): Allowance | undefined {
    return read<Allowance>(this.#allowanceFile);
  }

  #last(): Accepted | undefined {
    return read<Accepted>(this.#file);
  }
}

function olderThan(rules: Aged, last: Accepted): string | undefined {
  if (rules.identity === last.identity) return undefined;
  const { generation: newest } = last;
  const [is, was] = [`rule set ${rules.revision}`, `${last.revision}, which was taken in last`];
  if (newest === undefined) {
    const back = rules.generation === undefined && last.displaced.includes(rules.identity);
    return back ? `${is} has been replaced here before, by ${was} or one before it` : undefined;
  }
  if (rules.generation === undefined) return `${is} has no generation, and ${was}, has ${newest}`;
  if (rules.generation > newest) return undefined;
  const same = rules.generation === newest;
  return same
    ? `${is} has the generation ${newest} of ${was}, and is another`
    : `${is} is of generation ${rules.generation}, and ${was}, of ${newest}`;
}

const json = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, null, 1)}\n`);

/** What cannot be read is not taken for absent: that would let anything in. */
function read<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (cause) {
    throw new Fault(
      'could-not-judge',
      `${path} cannot be read, so which rules were taken in last is unknown: ${(cause as Error).message}. Put it back, or remove it to begin anew.`,
      { cause },
    );
  }
}
