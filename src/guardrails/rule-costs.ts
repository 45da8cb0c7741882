// SPDX-License-Identifier: Apache-2.0
/** What each rule takes of a judgement: one module, and a sheet of data for each rule in which only it is on. */
import type { JudgeInput } from '../model/judge.ts';
import { type BundleFiles, parseBundle } from './bundle.ts';
import type { Profile } from './catalogue.ts';
import { compiled, Evaluator } from './evaluator.ts';
import { compiledData, mergeOrganisation } from './organisation.ts';
import { checkOrganisation } from './organisation-schema.ts';
import { withReview } from './review-input.ts';

export interface RuleCost {
  id: string;
  /** beyond what a judgement without any rule takes, a policy */
  us: number;
  /** the same in loop turns and calls of the module, which are as many on a busy host */
  steps: number;
  /** of the time of a whole judgement, which is more than the module's steps: its input is laid out before them */
  share: number;
}

export interface RuleCosts {
  /** a judgement by all rules, a policy */
  wholeUs: number;
  /** reading the submission and answering, no rule on */
  emptyUs: number;
  /** dearest first; what several rules use is counted with each, so the shares may add up to more than the whole */
  rules: RuleCost[];
}

export interface Measuring {
  files: BundleFiles;
  profile: Profile;
  data?: unknown;
  inputs: readonly JudgeInput[];
  rounds: number;
}

/** Measures in turns, so that a busy moment meets all alike, and takes the least of each. */
export function ruleCosts({ files, profile, data, inputs, rounds }: Measuring): RuleCosts {
  const bundle = parseBundle(files);
  const organisation = mergeOrganisation(bundle.organisation, checkOrganisation(data ?? {}, bundle));
  const module = compiled(bundle.wasm);
  const evaluator = (only?: string[]): Evaluator => {
    const sheet = compiledData(organisation, bundle.catalogue, profile, only === undefined ? {} : { only });
    return new Evaluator(module, bundle.entrypoint, sheet);
  };
  const ids = bundle.catalogue.map(({ id }) => id);
  const measured = [evaluator(), evaluator([]), ...ids.map((id) => evaluator([id]))];
  const asked = inputs.map(withReview);
  const leastNs = measured.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++)
    for (const [index, one] of measured.entries())
      leastNs[index] = Math.min(leastNs[index] ?? 0, timeNs(one, asked));
  const us = leastNs.map((ns) => ns / 1000 / Math.max(1, inputs.length));
  const [wholeUs = 0, emptyUs = 0, ...each] = us;
  const [, emptySteps = 0, ...stepsOfEach] = measured.map((one) => stepsOf(one, asked));
  const rules = ids.map((id, index) => {
    const own = Math.max(0, (each[index] ?? 0) - emptyUs);
    return {
      id,
      us: own,
      steps: ((stepsOfEach[index] ?? 0) - emptySteps) / Math.max(1, inputs.length),
      share: wholeUs === 0 ? 0 : own / wholeUs,
    };
  });
  return { wholeUs, emptyUs, rules: rules.sort((a, b) => b.steps - a.steps) };
}

function stepsOf(evaluator: Evaluator, inputs: readonly object[]): number {
  let steps = 0;
  for (const input of inputs) {
    evaluator.evaluate(input);
    steps += evaluator.steps;
  }
  return steps;
}

/** The second of two goes: the first brings module and data back into the caches. */
function timeNs(evaluator: Evaluator, inputs: readonly object[]): number {
  for (const input of inputs) evaluator.evaluate(input);
  const started = process.hrtime.bigint();
  for (const input of inputs) evaluator.evaluate(input);
  return Number(process.hrtime.bigint() - started);
}
