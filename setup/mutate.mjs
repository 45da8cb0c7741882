// SPDX-License-Identifier: Apache-2.0
// `npm run mutate [-- PART-OF-A-FOLDER …]`: makes small mistakes in every guardrail and counts those its tests notice; prints
// what they do not notice, and the coverage. Ends with 1 below nine of ten killed or 95 % covered.

import { GUARDRAILS } from '../src/rule-kit/discover.ts';
import { findOpa } from '../src/rule-kit/opa.ts';
import { withStage } from '../src/rule-kit/stage.ts';
import { knownCases, submissionOf } from '../test/rules/known-lists.ts';
import { coverageOf, layOutData, tryMutants } from './rules/mutate.ts';

const KILLED_LEAST = 0.9;
const COVERED_LEAST = 95;

const wanted = process.argv.slice(2);
const say = (line) => void process.stdout.write(`${line}\n`);
const opa = findOpa();
if (!opa) {
  process.stderr.write('mutate: Go is missing (https://go.dev/dl, 1.26 or newer)\n');
  process.exit(3);
}
process.exitCode = withStage(opa, [GUARDRAILS], 'baseline', (stage) => {
  const rules = stage.rules.filter(
    ({ folder, id }) => wanted.length === 0 || wanted.some((part) => folder.includes(part) || id === part),
  );
  layOutData(stage);
  const cases = known();
  let [killed, all] = [0, 0];
  for (const rule of rules) {
    const tried = tryMutants(opa, stage, { rule, known: cases });
    const count = tried.killed + tried.survivors.length;
    killed += tried.killed;
    all += count;
    say(
      `${rule.id}  ${String(tried.killed).padStart(3)} of ${String(count).padStart(3)} killed  ${rule.folder}`,
    );
    for (const { line, what } of tried.survivors) say(`         line ${line}: ${what}`);
  }
  const share = all === 0 ? 1 : killed / all;
  say(`${killed} of ${all} mutants killed (${(share * 100).toFixed(1)} %)`);
  const covered = coverageOf(stage);
  for (const [file, percent, lines] of covered.files.filter(([, percent]) => percent < 100))
    say(`${percent.toFixed(1)} % of ${file} run by tests; not lines ${lines.join(', ')}`);
  say(`${covered.all.toFixed(1)} % of the rules and their libraries run by tests`);
  return share < KILLED_LEAST || covered.all < COVERED_LEAST ? 1 : 0;
});

function known() {
  const inputs = (cases) =>
    Object.fromEntries(
      cases.flatMap((one) => {
        const { input } = submissionOf(one);
        return input ? [[one.name, input]] : [];
      }),
    );
  const bad = Map.groupBy(knownCases('bad'), ({ rule }) => rule);
  return {
    bad: Object.fromEntries([...bad].map(([rule, cases]) => [rule, inputs(cases)])),
  };
}
