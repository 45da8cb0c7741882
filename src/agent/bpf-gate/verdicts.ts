// SPDX-License-Identifier: Apache-2.0
/**
 * From rules to the kernel's tables: everything that may be asked for is judged beforehand, once for each place and kind
 * of user, so that a load waits for nobody. What could not be judged is forbidden by TG_GATE_DEFAULT.
 */
import { type LoaderName, type LoadRequest, PROGRAM_TYPES } from '../../model/bpf-gate.ts';
import { askedByAgent, type Ruleset } from '../../model/judge.ts';
import { TG_GATE_ASKED, TG_GATE_PLACE } from '../../plan/layout.generated.ts';

const { TG_GA_LAST_TYPE, TG_GA_GUARD_TARGET, TG_GA_HIDING_TARGET, TG_GA_OUR_NAME } = TG_GATE_ASKED;
const { TG_GA_TOKEN, TG_GA_OVERRIDING, TG_GA_PIN } = TG_GATE_ASKED;

/** Of a verdict in the kernel. */
export const ASKED_MAX = 64;
/** Types of kernels newer than this program. */
const OTHER_TYPE = 'other';
const NOWHERE = { place: ASKED_MAX - 1 };
/** The rule that no rule stands behind. */
export const DEFAULT_RULE = 255;
export const DEFAULT_RULE_ID = 'default';

/** What each place in a verdict is about; its index is the kernel's number. Those of types that have no name are left out. */
const ASKED: LoadRequest['programs'] = asked();
/** Those that are asked about, as rules are given them. */
const PLACED = Object.entries(ASKED).map(([place, program]) => ({ place: Number(place), program }));

function asked(): LoadRequest['programs'] {
  const all: LoadRequest['programs'] = PROGRAM_TYPES.map((type) => ({ asks: 'type', type }));
  all[TG_GA_LAST_TYPE] = { asks: 'type', type: OTHER_TYPE };
  all[TG_GA_GUARD_TARGET] = { asks: 'guard-target', type: 'tracing' };
  all[TG_GA_HIDING_TARGET] = { asks: 'hiding-target', type: 'tracing' };
  all[TG_GA_OUR_NAME] = { asks: 'our-name', type: '' };
  all[TG_GA_TOKEN] = { asks: 'token', type: '' };
  all[TG_GA_OVERRIDING] = { asks: 'override', type: 'kprobe' };
  all[TG_GA_PIN] = { asks: 'pin', type: '' };
  return all;
}

export const PLACES = [
  [TG_GATE_PLACE.TG_GP_HOST, 'host'],
  [TG_GATE_PLACE.TG_GP_CONTAINER, 'container'],
  [TG_GATE_PLACE.TG_GP_USER_NS, 'user namespace'],
] as const;

/** A loader as it is judged; none: whoever is not known. */
export interface Judged extends LoaderName {
  learned: string[];
}

const NOBODY: Judged = { path: '', digest: '', learned: [] };

/** Rules by the numbers that the kernel files them under; a number once given stays a rule's. */
export class RuleNumbers {
  readonly #ids: string[] = [''];

  of(id: string): number {
    const known = this.#ids.indexOf(id);
    if (known > 0) return known;
    if (this.#ids.length === DEFAULT_RULE) return DEFAULT_RULE;
    return this.#ids.push(id) - 1;
  }

  idOf(number: number): string {
    return this.#ids[number] || DEFAULT_RULE_ID;
  }
}

export interface Case {
  place: number;
  otherUser: boolean;
  rules: Buffer;
  /** what the first finding on each says */
  messages: Map<number, string>;
}

/** The verdicts on a loader, one for each place and kind of user. Throws Fault `could-not-judge`. */
export function verdictsOn(
  loader: Judged | undefined,
  { ruleset, numbers, time }: { ruleset: Ruleset; numbers: RuleNumbers; time: string },
): Case[] {
  return PLACES.flatMap(([place, name]) =>
    [false, true].map((otherUser): Case => {
      const load: LoadRequest = {
        state: loader ? 'known' : 'unknown',
        place: name,
        user: otherUser ? 'other' : 'named',
        loader: loader ?? NOBODY,
        programs: PLACED.map(({ program }) => program),
      };
      return { place, otherUser, ...judged(load, { ruleset, numbers, time }) };
    }),
  );
}

/** Everything is forbidden: nothing could be judged. */
export function forbidden(): Case[] {
  const rules = Buffer.alloc(ASKED_MAX, DEFAULT_RULE);
  return PLACES.flatMap(([place]) =>
    [false, true].map((otherUser) => ({ place, otherUser, rules, messages: new Map<number, string>() })),
  );
}

function judged(
  load: LoadRequest,
  { ruleset, numbers, time }: { ruleset: Ruleset; numbers: RuleNumbers; time: string },
): Pick<Case, 'rules' | 'messages'> {
  const rules = Buffer.alloc(ASKED_MAX);
  const messages = new Map<number, string>();
  for (const { rule, severity, path, message } of ruleset.judge(
    askedByAgent({ operation: 'load', load }, time),
  ).findings) {
    const at = Number(/^\/load\/programs\/(\d+)$/.exec(path)?.[1]);
    if (severity !== 'deny') continue;
    // a finding that names no program is about all of them
    for (const { place } of Number.isInteger(at) ? [PLACED[at] ?? NOWHERE] : PLACED) {
      if (rules[place] !== 0) continue;
      rules[place] = numbers.of(rule);
      messages.set(place, message);
    }
  }
  rules.fill(rules[TG_GA_LAST_TYPE] ?? DEFAULT_RULE, PROGRAM_TYPES.length, TG_GA_LAST_TYPE);
  return { rules, messages };
}
