// SPDX-License-Identifier: Apache-2.0
/** Filters on executables: what the document says of them, and what the matcher lets through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import type { HookConfig } from '../../../src/plan/hook-config.ts';
import { STRUCTS, TG_OP } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import { smallPolicy } from '../../fixtures/policies.ts';
import { FULL, factsOf } from './host-facts.ts';

const taken = (selector: object) =>
  intakeObject(
    smallPolicy({ spec: { kprobes: [{ call: 'tcp_connect', syscall: false, selectors: [selector] }] } }),
  );
function normalOf(selector: object): NormalPolicy {
  const { valid, ...rest } = taken(selector);
  assert.ok(valid, JSON.stringify(rest.findings));
  return (rest as unknown as { normal: NormalPolicy }).normal;
}
const configOf = (selector: object) =>
  makePlan(normalOf(selector), factsOf(FULL)).hooks[0]?.programs[0]?.config as HookConfig;
const binaries = (operator: string, values: string[]) => ({ matchBinaries: [{ operator, values }] });
const picks = (selector: object, path: string): boolean =>
  selectFirst(configOf(selector), { values: [], pathLike: [], pids: [1], binary: Buffer.from(path) }) !==
  undefined;

describe('matchBinaries', () => {
  it('compares the path by its whole, its beginning or its end', () => {
    const paths = ['/opt/a/run', '/opt/a/run2', '/opt/b/run', '/opt', ''];
    const of = (operator: string, ...values: string[]) =>
      paths.filter((path) => picks(binaries(operator, values), path));
    assert.deepEqual(of('In', '/opt/a/run', '/opt'), ['/opt/a/run', '/opt']);
    assert.deepEqual(of('NotIn', '/opt/a/run', '/opt'), ['/opt/a/run2', '/opt/b/run']);
    assert.deepEqual(of('Prefix', '/opt/a/', '/x'), ['/opt/a/run', '/opt/a/run2']);
    assert.deepEqual(of('NotPrefix', '/opt/a/', '/x'), ['/opt/b/run', '/opt']);
    assert.deepEqual(of('Postfix', '/run', '/x'), ['/opt/a/run', '/opt/b/run']);
    assert.deepEqual(of('NotPostfix', '/run', '/x'), ['/opt/a/run2', '/opt']);
  });

  it('lies in the bytes of a configuration as operator and sign', () => {
    const config = configOf(binaries('NotPostfix', ['/run']));
    const bytes = encodeHookConfig(config, { hookId: 1, policySlot: 1, generation: 1 });
    const { selectors } = STRUCTS.tg_hook_config.fields;
    const { bin_op, bin_negated, bin_count } = STRUCTS.tg_selector.fields;
    assert.deepEqual(
      [bin_op, bin_negated, bin_count].map((f) => bytes.readUInt8(selectors.offset + f.offset)),
      [TG_OP.TG_OP_POSTFIX, 1, 1],
    );
  });

  it('refuses what no path can be', () => {
    const said = (values: string[]) => taken(binaries('Prefix', values)).findings.map((f) => f.message);
    assert.deepEqual(said(['']), ['no executable has such a path']);
    assert.deepEqual(said(['a\0b']), ['no executable has such a path']);
    assert.deepEqual(said([]), ['the filter has no values']);
  });

  it('is said in plain words', () => {
    const words = (operator: string) =>
      effectsOf(normalOf({ ...binaries(operator, ['/opt/']), matchActions: [{ action: 'Sigkill' }] }))
        .hooks[0]?.consequences;
    assert.deepEqual(
      ['Prefix', 'NotPrefix', 'Postfix', 'NotPostfix'].flatMap(words),
      ['what begins with', 'what does not begin with', 'what ends with', 'what does not end with'].map(
        (how) => `a process running ${how} "/opt/" that makes the kernel run tcp_connect is killed`,
      ),
    );
  });
});
