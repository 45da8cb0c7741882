// SPDX-License-Identifier: Apache-2.0
/** Every policy of the corpus that is in the language, on this kernel: it loads, or the host says why it cannot. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { KERNEL_REFUSALS, saysSo } from '../../setup/reference/corpus-refusals.ts';
import { type Intake, intakeAll } from '../../src/model/intake.ts';
import type { NormalPolicy } from '../../src/model/normal-policy.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { ALLOW_RACY } from '../../src/plan/plan.ts';
import { symbolsOf } from '../../src/plan/symbols.ts';
import { type Bench, openBench, ROOT } from './runtime-fixture.ts';

const CORPUS = join(ROOT, '../shared/corpus/tetragon');
const files = existsSync(CORPUS) ? readdirSync(CORPUS).sort() : [];
const kernel = process.env.LAB_KERNEL ?? kernelOf(release());

function kernelOf(name: string): string {
  if (name.startsWith('6.12')) return '6.12';
  return name.endsWith('-amd64') ? '6.1' : 'custom';
}

function policiesOf(file: string): NormalPolicy[] {
  const all: Intake[] = intakeAll(readFileSync(join(CORPUS, file)), 'yaml');
  return all.flatMap((taken) => (taken.valid ? [taken.normal] : []));
}

/** Why the host refuses hooks of it, each reason once; loaded where it refuses none. */
function load(bench: Bench, normal: NormalPolicy): string[] {
  const plan = makePlan(normal, bench.runtime.facts(symbolsOf(normal)));
  // what a policy asks to leave out where it is missing is no reason not to load it
  const refusing = plan.hooks.filter(({ refused, absent }) => refused !== undefined && !absent);
  const reasons = [...new Set(refusing.map(({ refused }) => refused as string))];
  if (reasons.length > 0) return reasons;
  try {
    // watching only: what these policies would kill may be us
    bench.runtime.load({ plan, key: 'corpus', revision: 1, decisionId: 'test', mode: 'monitor' });
  } catch (thrown) {
    return [(thrown as Error).message];
  }
  const counters = bench.runtime.counters('corpus');
  assert.equal(counters.killed + counters.denied, 0);
  bench.runtime.unload('corpus');
  return [];
}

/** What is not as it is known to be; undefined: all is. */
function surprise(name: string, reasons: string[]): string | undefined {
  const known = KERNEL_REFUSALS[name]?.find(({ kernels }) => kernels.includes(kernel));
  const asKnown = known ? reasons.some((reason) => saysSo(known, reason)) : reasons.length === 0;
  return asKnown ? undefined : `${name}: ${reasons.join('; ') || 'loaded'}`;
}

const skip = files.length === 0 ? `${CORPUS} is not here` : false;

describe(`the policies of the corpus on ${kernel}`, { skip }, () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  it('load, or are refused for the reason that is known', (t) => {
    const all = files.flatMap((file) =>
      policiesOf(file).map((normal) => {
        const name = file.replace(/\.yaml$/, '');
        const consenting = { ...normal, annotations: { ...normal.annotations, [ALLOW_RACY]: 'true' } };
        const reasons = load(bench, consenting);
        t.diagnostic(reasons.length === 0 ? `loaded  ${name}` : `refused ${name}: ${reasons.join('; ')}`);
        return { name, reasons };
      }),
    );
    t.diagnostic(`${all.filter(({ reasons }) => reasons.length === 0).length} loaded on ${kernel}`);
    assert.deepEqual(
      all.flatMap(({ name, reasons }) => surprise(name, reasons) ?? []),
      [],
    );
  });
});
