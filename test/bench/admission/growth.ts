// SPDX-License-Identifier: Apache-2.0
/** How the cost of a judgement grows: with the hooks of a policy, and with rules that have nothing to say of it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuleset, readBundle, ruleCosts, SHIPPED_BUNDLE } from '../../../src/guardrails/index.ts';
import type { Ruleset } from '../../../src/model/judge.ts';
import { buildFiles } from '../../../src/rule-kit/build.ts';
import { GUARDRAILS } from '../../../src/rule-kit/discover.ts';
import { findOpa } from '../../../src/rule-kit/opa.ts';
import { median } from './load.ts';
import { POLICY, policyOf, submissionOf } from './policy.ts';
import { printBar, say } from './table.ts';

const HOOKS = [1, 2, 4, 8, 16, 32];
const MANY_RULES = 100;
const ROUNDS = 9;
/** The engine is done with compiling a module after some thousand judgements. */
const WARM_UP = 3000;
/** twice the hooks may cost twice as much, and what a small machine's caches add */
const LINEAR = 1.25;
const FLAT = 1.1;
/** Of fewer the least time of a rule varies by half of what it is. */
const SHARE_ROUNDS = 1000;
const SHARE_MOST = 0.05;
/** what the shipped webhook configuration gives a review */
const DEADLINE_MS = 5000;

function cpuUs(ruleset: Ruleset, input: Parameters<Ruleset['judge']>[0], count: number): number {
  const before = process.cpuUsage();
  for (let done = 0; done < count; done++) ruleset.judge(input);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

export function printGrowth(): void {
  say('\nthe engine alone, with the whole library: how it grows');
  printHooks();
  printTooMany();
  printIdleRules();
  printShares();
}

function printHooks(): void {
  const ruleset = openRuleset({ profile: 'strict' });
  const inputs = HOOKS.map((hooks) => submissionOf(policyOf(hooks)));
  for (const input of inputs) cpuUs(ruleset, input, 500);
  const rounds = Array.from({ length: ROUNDS }, () => inputs.map((input) => cpuUs(ruleset, input, 40)));
  const costs = inputs.map((_, index) => median(rounds.map((round) => round[index] ?? 0)));
  say(`  hooks ${HOOKS.map((hooks) => String(hooks).padStart(7)).join('')}`);
  say(`  µs    ${costs.map((us) => us.toFixed(0).padStart(7)).join('')}`);
  const [sixteen = 0, all = 0] = costs.slice(-2);
  const growth = all / sixteen / 2;
  printBar('a hook among 32 to a hook among 16', `${growth.toFixed(2)} ×`, `≤ ${LINEAR}`, growth <= LINEAR);
}

/** Beyond the limit of the language nothing is judged; the refusal is what has to come in time. */
function printTooMany(): void {
  const from = performance.now();
  const refused = (() => {
    try {
      submissionOf(policyOf(1000));
      return false;
    } catch {
      return true;
    }
  })();
  const tookMs = performance.now() - from;
  const value = `${refused ? 'refused' : 'judged'}, ${tookMs.toFixed(0)} ms`;
  printBar('a policy of 1,000 hooks', value, `≤ ${DEADLINE_MS} ms`, tookMs <= DEADLINE_MS);
}

/** The library, and the library with a hundred rules more that ask for what no policy of ours has. */
function printIdleRules(): void {
  const opa = findOpa();
  if (opa === undefined) {
    say('  not measured: rules that cannot apply (Go is missing, so opa cannot be built)');
    return;
  }
  const work = mkdtempSync(join(tmpdir(), 'tracegate-idle-'));
  try {
    for (let index = 0; index < MANY_RULES; index++) writeIdleRule(work, index);
    const { files } = buildFiles(opa, { roots: [GUARDRAILS, work], say: () => undefined });
    const [few, many] = [openRuleset(), openRuleset({ files })];
    const input = submissionOf(POLICY);
    for (const ruleset of [few, many, few, many]) cpuUs(ruleset, input, WARM_UP);
    const ratios = Array.from({ length: ROUNDS }, () => cpuUs(many, input, 200) / cpuUs(few, input, 200));
    const growth = median(ratios);
    const { evaluated, total } = many.judge(input).rules;
    const what = `${total} rules, ${evaluated} of them apply, to ${few.total} rules`;
    printBar(what, `${growth.toFixed(2)} ×`, `≤ ${FLAT}`, growth <= FLAT);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A shipped rule under another name: those about overrides have nothing to say of a policy that only watches. */
function writeIdleRule(work: string, index: number): void {
  const folder = join(work, 'idle', `number-${index}`);
  cpSync(join(GUARDRAILS, 'blast-radius/corrupting-override'), folder, { recursive: true });
  for (const name of ['rule.rego', 'rule_test.rego']) {
    const text = readFileSync(join(folder, name), 'utf8')
      .replaceAll('guardrails.blast_radius.corrupting_override', `guardrails.idle.number_${index}`)
      .replaceAll('TPG-206', `IDLE-${100 + index}`);
    writeFileSync(join(folder, name), text);
  }
}

function printShares(): void {
  const inputs = [POLICY, policyOf(8)]
    .map((policy) => submissionOf(policy))
    .map((input) => ({
      ...input,
      documents: { object: POLICY },
    }));
  const files = readBundle(SHIPPED_BUNDLE, 'unchecked');
  const { rules } = ruleCosts({ files, profile: 'strict', inputs, rounds: SHARE_ROUNDS });
  rules.sort((a, b) => b.share - a.share);
  const dearest = rules.slice(0, 5).map(({ id, share }) => `${id} ${(100 * share).toFixed(1)} %`);
  const worst = rules[0]?.share ?? 0;
  const value = `${(100 * worst).toFixed(1)} %`;
  printBar(`dearest rules: ${dearest.join(', ')}`, value, '≤ 5 %', worst <= SHARE_MOST);
}
