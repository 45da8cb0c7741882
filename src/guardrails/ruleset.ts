// SPDX-License-Identifier: Apache-2.0
/** A rule set, opened and ready to judge. There is no way out of `judge` but a complete verdict or a fault. */
import { Fault } from '../errors.ts';
import type { PolicyException } from '../model/exception.ts';
import type { JudgeInput, Ruleset, Verdict } from '../model/judge.ts';
import { type Bundle, type BundleFiles, parseBundle, SHIPPED_BUNDLE, sha256 } from './bundle.ts';
import { isProfile, PROFILES, type Profile, type RuleEntry } from './catalogue.ts';
import { Evaluator, type HostBuiltins, type Limits } from './evaluator.ts';
import { excepted, writtenExceptions } from './exceptions.ts';
import { checkInput } from './input.ts';
import { type CompileOptions, compiledData, mergeOrganisation } from './organisation.ts';
import { checkOrganisation } from './organisation-schema.ts';
import { probes } from './probes.ts';
import { readBundle, type SignaturePolicy } from './read-bundle.ts';
import { withoutDocuments, withReview } from './review-input.ts';
import { type Expectation, verdictFrom } from './verdict.ts';

export interface RulesetOptions extends CompileOptions {
  /** where a compiled bundle lies (see `readBundle`); without it and without `files`, the shipped one */
  bundleDir?: string;
  /** whose signature that bundle needs */
  trust?: SignaturePolicy;
  files?: BundleFiles;
  profile?: string;
  /** the organisation's data, put over the bundle's defaults */
  data?: unknown;
  limits?: Partial<Limits>;
  /** built-ins the host offers to the rules; the shipped rules need none */
  builtins?: HostBuiltins;
}

export interface OpenRuleset extends Ruleset {
  readonly bundleDigest: string;
  /** the same for every spelling of its manifest */
  readonly identity: string;
  /** grows with each bundle that is built, where its manifest has one */
  readonly generation?: number;
  readonly catalogue: readonly RuleEntry[];
  /** The mode a rule has here: the profile's, unless the organisation chose another. */
  modeOf(id: string): string | undefined;
}

/**
 * Opens a bundle: digests checked, organisation's data checked and merged, module compiled, a few submissions judged.
 * Throws Fault `could-not-judge` for a bundle that cannot be used, `config` for wrong data or an unknown profile.
 */
export function openRuleset(options: RulesetOptions = {}): OpenRuleset {
  const profile = checkProfile(options.profile ?? 'baseline');
  const bundle = parseBundle(options.files ?? readBundle(options.bundleDir ?? SHIPPED_BUNDLE, options.trust));
  const own = checkOrganisation(options.data ?? {}, bundle);
  const organisation = mergeOrganisation(bundle.organisation, own);
  const data = compiledData(organisation, bundle.catalogue, profile, options);
  const written = writtenExceptions(organisation.exceptions ?? []);
  const ruleset = new WasmRuleset(bundle, { profile, data, written }, options);
  for (const probe of probes()) ruleset.judge(probe);
  return ruleset;
}

/** The metadata of the rules in a bundle, without opening it for judging. */
export function rulesCatalogue(
  bundleDir: string = SHIPPED_BUNDLE,
  trust: SignaturePolicy = 'unchecked',
): RuleEntry[] {
  return parseBundle(readBundle(bundleDir, trust)).catalogue;
}

interface Settings {
  profile: Profile;
  data: Record<string, unknown>;
  written: readonly PolicyException[];
}

class WasmRuleset implements OpenRuleset {
  readonly digest: string;
  readonly revision: string;
  readonly profile: Profile;
  readonly total: number;
  readonly bundleDigest: string;
  readonly identity: string;
  readonly generation?: number;
  readonly catalogue: readonly RuleEntry[];
  readonly organisation: Readonly<Record<string, unknown>>;
  readonly #evaluator: Evaluator;
  readonly #expected: Expectation;
  readonly #modes: Record<string, { mode: string }>;
  readonly #readsReview: boolean;
  readonly #written: readonly PolicyException[];

  constructor(bundle: Bundle, { profile, data, written }: Settings, options: RulesetOptions) {
    this.bundleDigest = bundle.digest;
    this.identity = bundle.identity;
    if (bundle.generation !== undefined) this.generation = bundle.generation;
    // The same module with other data judges otherwise, so the data is part of what the digest names.
    this.digest = `sha256:${sha256(`${bundle.digest}\n${JSON.stringify(data)}`)}`;
    this.revision = bundle.revision;
    this.profile = profile;
    this.total = bundle.catalogue.length;
    this.catalogue = bundle.catalogue;
    this.#readsReview = bundle.catalogue.some(({ reads }) => reads?.includes('review') === true);
    this.#written = written;
    this.organisation = data.organisation as Record<string, unknown>;
    this.#modes = data.rules as Record<string, { mode: string }>;
    const report = { digest: this.digest, revision: this.revision, profile };
    this.#expected = { report, rules: new Map(bundle.catalogue.map((rule) => [rule.id, rule])) };
    try {
      this.#evaluator = new Evaluator(bundle.wasm, bundle.entrypoint, data, options);
    } catch (cause) {
      throw couldNotJudge(`the rule set ${bundle.revision} cannot be run`, cause);
    }
  }

  judge(input: JudgeInput): Verdict {
    try {
      checkInput(input);
      const asked = this.#readsReview ? withReview(input) : withoutDocuments(input);
      const verdict = verdictFrom(this.#evaluator.evaluate(asked), input, this.#expected);
      return excepted(verdict, input, { rules: this.#expected.rules, written: this.#written });
    } catch (cause) {
      throw couldNotJudge(`the rule set ${this.revision} gave no complete answer`, cause);
    }
  }

  modeOf(id: string): string | undefined {
    return this.#modes[id]?.mode;
  }
}

function couldNotJudge(what: string, cause: unknown): Fault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault(
    'could-not-judge',
    `Could not judge: ${what}: ${reason}. Nothing was allowed; try again or ask who runs the rules.`,
    { cause },
  );
}

function checkProfile(profile: string): Profile {
  if (isProfile(profile)) return profile;
  throw new Fault(
    'config',
    `There is no profile ${JSON.stringify(profile)}; choose one of ${PROFILES.join(', ')}.`,
  );
}
