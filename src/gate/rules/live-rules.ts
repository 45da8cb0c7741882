// SPDX-License-Identifier: Apache-2.0
/**
 * The rule set in force. Another one is opened and tried beside it and takes its place in one step, between two
 * reviews; one that cannot be used changes nothing but what is reported. What is under way is judged by one of the
 * two, and says by which.
 */
import { asFault, Fault } from '../../errors.ts';
import { type BundleFiles, type OpenRuleset, packBundle, unpackBundle } from '../../guardrails/index.ts';
import type { Ruleset } from '../../model/judge.ts';
import type { RulesFailure, RulesState } from '../../model/rules-state.ts';
import { type AcceptedRules, type Allowance, OlderRules } from './accepted-rules.ts';
import type { Found, Origin } from './origin.ts';
import type { Actor, Allowing, Brought, RulesEvent } from './rules-event.ts';

export interface LiveRulesDeps {
  origin: Origin;
  open: (files: BundleFiles) => OpenRuleset;
  /** what was taken in before, over restarts */
  accepted: AcceptedRules;
  /** throws where it cannot be written down: then nothing is replaced */
  report: (event: RulesEvent) => void;
  now: () => Date;
}

interface InForce {
  ruleset: OpenRuleset;
  files: BundleFiles;
  since: string;
  source: string;
}

export class LiveRules {
  readonly #deps: LiveRulesDeps;
  #inForce: InForce | undefined;
  #failure: (RulesFailure & { ofBundle: boolean }) | undefined;
  /** of the bundle that its place offers, also while the place does not answer */
  #refusal: (RulesFailure & { ofBundle: boolean }) | undefined;
  /** a good one that could not be written down or kept: its place will not tell of it again */
  #untaken: Found | undefined;
  /** refused for its age, and good but for that */
  #older: { found: Found; digest: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** one change at a time */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: LiveRulesDeps) {
    this.#deps = deps;
  }

  /** Throws Fault `could-not-judge` while there is no rule set. */
  readonly current = (): OpenRuleset => {
    if (this.#inForce !== undefined) return this.#inForce.ruleset;
    throw new Fault('could-not-judge', this.#failure?.message ?? 'no rules are loaded yet: try again');
  };

  /** For whoever holds on to one rule set: each judgement is by the one in force. */
  asRuleset(): Ruleset {
    const { current } = this;
    return {
      get digest() {
        return current().digest;
      },
      get revision() {
        return current().revision;
      },
      get profile() {
        return current().profile;
      },
      get total() {
        return current().total;
      },
      get organisation() {
        return current().organisation ?? {};
      },
      judge: (input) => current().judge(input),
    };
  }

  /** The first rule set. Without one the gate runs and answers "could not judge"; wrong configuration is thrown. */
  async start(): Promise<void> {
    await this.look();
    if (this.#inForce !== undefined) return;
    const { origin, accepted } = this.#deps;
    try {
      const copy = accepted.copyOf(origin.name);
      if (copy === undefined) return;
      const older = this.#older;
      this.#bring({ files: () => unpackBundle(copy, origin.trust) }, `the last copy of ${origin.name}`);
      this.#older = older;
    } catch (thrown) {
      this.#failed(asFault(thrown), false);
    }
  }

  /** Looks once: `true` where another rule set came into force. */
  look(): Promise<boolean> {
    return this.#inTurn(async () => {
      let found: Found | undefined;
      try {
        found = (await this.#deps.origin.look()) ?? this.#untaken ?? this.#allowedMeanwhile();
      } catch (thrown) {
        this.#failed(this.#lasting(thrown), false);
        return false;
      }
      if (found === undefined) {
        if (this.#failure?.ofBundle === false) this.#failure = this.#refusal;
        return false;
      }
      try {
        this.#bring(found, this.#deps.origin.name);
        this.#failure = this.#refusal = undefined;
        return true;
      } catch (thrown) {
        this.#failed(this.#lasting(thrown), true);
        return false;
      }
    });
  }

  /** In force when this is settled, or thrown why not. */
  replace({ found, source, actor, check }: Brought): Promise<RulesState> {
    return this.#inTurn(async () => {
      check(this.#inForce?.ruleset.bundleDigest);
      try {
        this.#bring(found, source, actor);
      } catch (thrown) {
        this.#refused(asFault(thrown), { source, actor });
        throw thrown;
      }
      this.#failure = this.#refusal = undefined;
      return this.state();
    });
  }

  /** Lets one older bundle in: at once where it has been found, else when it is brought. */
  async allowOlder({ digest, reason, actor }: Allowing): Promise<RulesState> {
    await this.#inTurn(async () => {
      const time = this.#deps.now().toISOString();
      const inForce = this.#inForce?.ruleset.bundleDigest ?? null;
      this.#deps.report({ type: 'rules.older-allowed', actor, body: { bundle: digest, reason, inForce } });
      this.#deps.accepted.allow({ digest, reason, by: actor.user, time });
    });
    await this.look();
    return this.state();
  }

  state(): RulesState {
    const { bundleDigest, digest, revision, profile, total, generation } = this.current();
    const { since, source } = this.#inForce as InForce;
    return {
      ...{ bundleDigest, digest, revision, profile, total, source, since },
      ...(generation === undefined ? {} : { generation }),
      signatureChecked: this.#deps.origin.trust !== undefined && source !== 'the shipped rules',
      ...(this.#failure === undefined ? {} : { failing: withoutMark(this.#failure) }),
    };
  }

  failure(): RulesFailure | undefined {
    return this.#failure === undefined ? undefined : withoutMark(this.#failure);
  }

  /** The archive of what is in force, to keep or to put elsewhere. */
  archive(): Buffer {
    this.current();
    return packBundle((this.#inForce as InForce).files);
  }

  /** From now on looks by itself. A look that takes long is not joined by another. */
  follow(intervalMs: number): void {
    this.#timer = setTimeout(() => {
      void this.look()
        .catch(() => undefined)
        .finally(() => {
          if (this.#timer !== undefined) this.follow(intervalMs);
        });
    }, intervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#turn.catch(() => undefined);
  }

  /** At the start a wrong configuration is for whoever starts it; later the rules in force go on. */
  #lasting(thrown: unknown): Fault {
    const fault = asFault(thrown);
    if (this.#inForce === undefined && fault.code === 'config') throw fault;
    return fault;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.catch(() => undefined).then(work);
    this.#turn = turn;
    return turn;
  }

  /** Opened, written down, kept, swapped: in this order, and nothing else comes between. */
  #bring(found: Found, source: string, actor?: Actor): void {
    this.#untaken = undefined;
    this.#older = undefined;
    const files = found.files();
    const ruleset = this.#deps.open(files);
    const allowance = found.shipped === true ? undefined : this.#demandedOf(ruleset, found, actor);
    this.#untaken = actor === undefined ? found : undefined;
    const before = this.#inForce?.ruleset.digest;
    if (before !== undefined && before !== ruleset.digest) {
      const { revision, digest, generation } = ruleset;
      const aged = { ...(generation !== undefined && { generation }), ...(allowance && { allowance }) };
      const body = { source, revision, digest, before, ...aged };
      this.#deps.report({ type: 'rules.replaced', ...(actor === undefined ? {} : { actor }), body });
    }
    found.accepted?.();
    if (found.shipped !== true) this.#deps.accepted.accept(ruleset, files, this.#deps.origin.name);
    this.#untaken = undefined;
    this.#inForce = { ruleset, files, since: this.#deps.now().toISOString(), source };
  }

  /** What is refused for its age alone is kept at hand: its place will not tell of it again. */
  #demandedOf(ruleset: OpenRuleset, found: Found, actor: Actor | undefined): Allowance | undefined {
    try {
      return this.#deps.accepted.demand(ruleset);
    } catch (thrown) {
      if (thrown instanceof OlderRules && actor === undefined)
        this.#older = { found, digest: ruleset.bundleDigest };
      throw thrown;
    }
  }

  #allowedMeanwhile(): Found | undefined {
    const allowed = this.#older && this.#deps.accepted.allowance()?.digest === this.#older.digest;
    return allowed ? this.#older?.found : undefined;
  }

  /** Said once for each reason, however often it is tried. */
  #failed(fault: Fault, ofBundle: boolean): void {
    const { code, message } = fault;
    const before = this.#failure;
    const again = before?.message === message && before.ofBundle === ofBundle;
    const since = again ? before.since : this.#deps.now().toISOString();
    const older = fault instanceof OlderRules ? { older: fault.digest } : {};
    this.#failure = { since, attempts: (again ? before.attempts : 0) + 1, code, message, ...older, ofBundle };
    if (ofBundle) this.#refusal = this.#failure;
    if (!again) this.#refused(fault, { source: this.#deps.origin.name });
  }

  #refused(fault: Fault, { source, actor }: { source: string; actor?: Actor }): void {
    const { code, message } = fault;
    const inForce = this.#inForce?.ruleset.digest;
    const older = fault instanceof OlderRules ? { older: fault.digest } : {};
    const body = { source, code, message, ...older, ...(inForce === undefined ? {} : { inForce }) };
    try {
      this.#deps.report({ type: 'rules.refused', ...(actor === undefined ? {} : { actor }), body });
    } catch {
      // a log that takes no record is a trouble of its own, which readiness tells
    }
  }
}

function withoutMark({ ofBundle: _, ...failure }: RulesFailure & { ofBundle: boolean }): RulesFailure {
  return failure;
}
