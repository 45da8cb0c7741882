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
import { FULL, factsOf, type Kernel } from './host-facts.ts';

const taken = (selector: object) =>
  intakeObject(
    smallPolicy({ spec: { kprobes: [{ call: 'tcp_connect', syscall: false, selectors: [selector] }] } }),
  );
function normalOf(selector: object): NormalPolicy {
  const { valid, ...rest } = taken(selector);
  assert.ok(valid, JSON.stringify(rest.findings));
  return (rest as unknown as { normal: NormalPolicy }).normal;
}
const STORING: Kernel = { has: [...FULL.has, 'task_storage'] };
const configOf = (selector: object) =>
  makePlan(normalOf(selector), factsOf(STORING)).hooks[0]?.programs.at(-1)?.config as HookConfig;
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

describe('where a process comes from', () => {
  const follow = (operator: string) => ({
    matchBinaries: [{ operator, values: ['/bin/sh', '/bin/b'], followChildren: true }],
  });
  const parent = (operator: string, values = ['/bin/sh'], more: object = {}) => ({
    matchParentBinaries: [{ operator, values, ...more }],
  });
  const picks = (
    selector: object,
    parts: { binary?: string; parent?: string; startedBy?: string[]; parentStartedBy?: string[] },
  ) => {
    const { binary = '/bin/x', startedBy = [], parentStartedBy = [] } = parts;
    return (
      selectFirst(configOf(selector), {
        ...{ values: [], pathLike: [], pids: [1], binary: Buffer.from(binary) },
        startedBy: startedBy.map((path) => Buffer.from(path)),
        parentStartedBy: parentStartedBy.map((path) => Buffer.from(path)),
        ...(parts.parent !== undefined && { parentBinary: Buffer.from(parts.parent) }),
      }) !== undefined
    );
  };

  it('followChildren takes the program and all that comes from it, NotIn the rest', () => {
    const seen = [{ binary: '/bin/sh' }, { startedBy: ['/bin/y', '/bin/b'] }, { startedBy: ['/bin/y'] }, {}];
    assert.deepEqual(
      ['In', 'NotIn'].map((operator) => seen.map((parts) => picks(follow(operator), parts))),
      [
        [true, true, false, false],
        [false, false, true, true],
      ],
    );
  });

  it('matchParentBinaries takes the parent, and none that is not known', () => {
    const seen = [{ parent: '/bin/sh' }, { parent: '/bin/b' }, { parent: '' }, {}];
    assert.deepEqual(
      ['In', 'NotIn'].map((operator) => seen.map((parts) => picks(parent(operator), parts))),
      [
        [true, false, false, false],
        [false, true, false, false],
      ],
    );
    assert.equal(picks(parent('NotPostfix', ['/c', '/b']), { parent: '/bin/b' }), false);
  });

  it('followChildren of the parent takes it and all that it comes from, and not what the process itself is', () => {
    const line = (operator: string) => parent(operator, ['/bin/sh'], { followChildren: true });
    const seen = [
      { parent: '/bin/sh' },
      { parent: '/bin/y', parentStartedBy: ['/bin/z', '/bin/sh'] },
      { parent: '/bin/y', binary: '/bin/sh', startedBy: ['/bin/y'] },
    ];
    assert.deepEqual(
      ['In', 'NotIn'].map((operator) => seen.map((parts) => picks(line(operator), parts))),
      [
        [true, true, false],
        [false, false, true],
      ],
    );
    const { summary } = effectsOf(normalOf({ ...line('In'), matchActions: [{ action: 'Sigkill' }] }));
    assert.match(summary.join(' '), /started by "\/bin\/sh" or what comes from it/);
  });

  it('is refused where it has no meaning', () => {
    const said = (selector: object) =>
      taken(selector)
        .findings.map((f) => `${f.path} ${f.message}`)
        .join();
    assert.match(
      said(follow('Prefix')),
      /matchBinaries\/0\/followChildren followChildren goes with In and NotIn/,
    );
    assert.match(
      said(parent('Postfix', ['/sh'], { followChildren: true })),
      /matchParentBinaries\/0\/followChildren followChildren goes with In and NotIn/,
    );
    assert.match(said(parent('In', [''])), /no executable has such a path/);
  });

  it('is kept by programs of the policy, under one name for the same list', () => {
    const programs = (selector: object) => makePlan(normalOf(selector), factsOf(STORING)).hooks[0]?.programs;
    assert.deepEqual(
      programs(follow('In'))?.map(({ template, config }) => [
        template,
        config.selectors[0]?.binaries?.follow,
      ]),
      [
        ['kin_fork', true],
        ['kin_exec', true],
        ['fentry', true],
      ],
    );
    const ids = (selector: object, of: 'bin' | 'par') => {
      const bytes = encodeHookConfig(configOf(selector), { hookId: 1, policySlot: 1, generation: 1 });
      const field = STRUCTS.tg_selector.fields[`${of}_list_low`];
      return bytes.readUInt32LE(STRUCTS.tg_hook_config.fields.selectors.offset + field.offset);
    };
    const one = ids(follow('In'), 'bin');
    assert.equal(ids(follow('NotIn'), 'bin'), one);
    assert.equal(ids(parent('In', ['/bin/b', '/bin/sh']), 'par'), one);
    assert.notEqual(ids(parent('Prefix', ['/bin/b', '/bin/sh']), 'par'), one);
    const [refused] = makePlan(normalOf(parent('In')), factsOf(FULL)).hooks;
    assert.match(refused?.refused ?? '', /cannot be kept: .* task_storage/);
  });

  it('is said in plain words', () => {
    const words = (selector: object) =>
      effectsOf(
        normalOf({ ...selector, matchActions: [{ action: 'Sigkill' }] }),
      ).hooks[0]?.consequences.join();
    assert.match(
      words(follow('In')) ?? '',
      /running "\/bin\/sh" or "\/bin\/b" or what comes from it that makes/,
    );
    assert.match(
      words(parent('Postfix')) ?? '',
      /a process started by what ends with "\/bin\/sh" that makes/,
    );
  });
});
