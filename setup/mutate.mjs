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
  const tried = rules.map((rule) => {
    const one = tryMutants(opa, stage, { rule, known: cases, progress: progressOf(rule) });
    sayOf(one);
    return one;
  });
  const sum = (count) => tried.reduce((total, one) => total + count(one), 0);
  const killed = sum((one) => one.killed);
  const all = sum(countOf);
  const timedOut = sum((one) => one.timedOut.length);
  const share = all === 0 ? 1 : killed / all;
  say(`${killed} of ${all} mutants killed (${(share * 100).toFixed(1)} %), ${timedOut} of them timed out`);
  const covered = coverageOf(stage);
  for (const [file, percent, lines] of covered.files.filter(([, percent]) => percent < 100))
    say(`${percent.toFixed(1)} % of ${file} run by tests; not lines ${lines.join(', ')}`);
  say(`${covered.all.toFixed(1)} % of the rules and their libraries run by tests`);
  return share < KILLED_LEAST || covered.all < COVERED_LEAST ? 1 : 0;
});

function countOf({ killed, survivors }) {
  return killed + survivors.length;
}

function sayOf(one) {
  const [killed, all] = [one.killed, countOf(one)].map((count) => String(count).padStart(3));
  say(`${one.rule.id}  ${killed} of ${all} killed  ${one.rule.folder}`);
  for (const { line, what } of one.survivors) say(`         line ${line}: ${what}`);
  for (const { line, what } of one.timedOut) say(`         timed out, line ${line}: ${what}`);
}

/** A rule of three hundred mutants takes a minute. In a terminal its count is one line, written over. */
function progressOf({ id }) {
  const { stderr } = process;
  const shown = (tried, of) => `${id}  ${tried} of ${of} tried`;
  if (stderr.isTTY) return (tried, of) => stderr.write(tried < of ? `\r${shown(tried, of)}` : '\r\x1b[K');
  return (tried, of) => tried % 50 === 0 && tried < of && stderr.write(`${shown(tried, of)}\n`);
}

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
