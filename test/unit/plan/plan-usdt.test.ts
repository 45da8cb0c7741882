// SPDX-License-Identifier: Apache-2.0
/** usdts, from what is written to the programs of each point. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import type { HostFacts } from '../../../src/model/facts.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { isEnforcing } from '../../../src/model/normal-policy.ts';
import { isPlaceWanted } from '../../../src/model/program-place.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { STRUCTS, TG_LIES, TG_SOURCE } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { HookPlan } from '../../../src/plan/plan.ts';
import { REGISTER_WORD } from '../../../src/plan/registers-x86-64.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { smallPolicy } from '../../fixtures/policies.ts';
import { FULL, factsOf, policyWith } from './host-facts.ts';

const usdt = (more: object = {}) => ({
  usdts: [{ path: '/bin/app', provider: 'app', name: 'done', ...more }],
});
const { TG_L_NOWHERE, TG_L_REGISTER, TG_L_MEMORY, TG_L_CONSTANT } = TG_LIES;
const POINTS = [
  {
    ...{ offset: 0x1200, refCtrOffset: 0x4000 },
    args: [
      { sizeBytes: 4, signed: true, register: 'rax' },
      { sizeBytes: 8, signed: false, register: 'rbp', offset: '-8', index: 'rcx', scale: 4 },
      { sizeBytes: 4, signed: false, constant: '-1' },
      { unreadable: '8f@%xmm0' },
    ],
  },
  {
    ...{ offset: 0x1300, refCtrOffset: 0x4000 },
    args: Array.from({ length: 4 }, () => ({ sizeBytes: 8, signed: false, register: 'rdi' })),
  },
];

function plan(spec: object, points: object = { points: POINTS, identity: '1:2:3:4' }): HookPlan {
  const facts = factsOf({ has: [...FULL.has, 'uprobe', 'write_user'] });
  const places = { '/bin/app:app/done': points } as HostFacts['places'];
  return makePlan(policyWith(spec), { ...facts, places }).hooks[0] as HookPlan;
}

function problems(spec: object): string {
  const { findings } = intakeObject(smallPolicy({ spec }));
  return findings.map(({ path, message }) => `${path} ${message}`).join('\n');
}

describe('a marker', () => {
  it('is hooked at each of its points, by one name', () => {
    const { programs, mechanism, report } = plan(usdt());
    assert.deepEqual(
      programs.map(({ file, config }) => [file?.offset, file?.refCtrOffset, file?.atReturn, config.source]),
      [0x1200, 0x1300].map((offset) => [offset, 0x4000, false, TG_SOURCE.TG_SRC_PROGRAM]),
    );
    assert.equal(mechanism, 'usdt//bin/app:app/done');
    assert.deepEqual(report.program?.marker, { provider: 'app', name: 'done' });
  });

  it('is read from where its arguments lie at that point, only those that are asked for', () => {
    const args = [
      { index: 2, type: 'uint64' },
      { index: 1, type: 'char_buf', sizeArgIndex: 1 },
    ];
    const [first] = plan(usdt({ args })).programs;
    assert.deepEqual(
      first?.config.args.map(({ param, sizeParam }) => [param, sizeParam]),
      [
        [0, 0],
        [1, 3],
      ],
    );
    const [constant, memory, register, ...more] = first?.config.places ?? [];
    assert.equal(more.length, 0);
    assert.deepEqual([constant?.lies, constant?.offset], [TG_L_CONSTANT, 0xffffffffn]);
    assert.deepEqual(
      [memory?.lies, memory?.base, memory?.index, memory?.scale, memory?.offset, memory?.sizeBytes],
      [TG_L_MEMORY, REGISTER_WORD.rbp, REGISTER_WORD.rcx, 4, -8n, 8],
    );
    assert.deepEqual(
      [register?.lies, register?.base, register?.signed],
      [TG_L_REGISTER, REGISTER_WORD.rax, true],
    );
    assert.equal(TG_L_NOWHERE, 0);
  });

  it('that decides on memory decides on what another thread may change', () => {
    const killing = (index: number) =>
      usdt({
        args: [{ index, type: 'int' }],
        selectors: [
          { matchArgs: [{ index, operator: 'GT', values: ['1'] }], matchActions: [{ action: 'Sigkill' }] },
        ],
      });
    assert.match(plan(killing(1)).refused ?? '', /memory that another thread can change/);
    assert.deepEqual(
      [plan(killing(0)).refused, plan(killing(0)).guarantee],
      [undefined, 'killed-before-return'],
    );
  });

  it('is refused where it is not, or its argument is not to be read', () => {
    const args = (index: number) => usdt({ args: [{ index, type: 'int' }] });
    assert.match(plan(args(3)).refused ?? '', /argument 3 lies where it cannot be read \(8f@%xmm0\)/);
    assert.match(plan(args(9)).refused ?? '', /it has 4 arguments, and argument 9 is asked for/);
    const gone = plan(usdt(), { problem: 'it has no marker app/done' }).refused;
    assert.equal(gone, '/bin/app on h cannot be hooked: it has no marker app/done');
    const many = { points: Array.from({ length: 65 }, () => POINTS[1]), identity: '' };
    assert.match(plan(usdt(), many).refused ?? '', /stands at 65 points, at most 64/);
    assert.match(plan(usdt(), { offset: 3, identity: '' }).refused ?? '', /was not looked up as a marker/);
  });

  it('is what facts are asked about, and may be asked from outside', () => {
    const [place] = symbolsOf(policyWith(usdt())).places;
    assert.deepEqual(place, { path: '/bin/app', at: { provider: 'app', marker: 'done' } });
    assert.ok(isPlaceWanted(place?.at));
    assert.ok(!isPlaceWanted({ provider: 'app', marker: 1 }));
    assert.ok(!isPlaceWanted({ provider: 'app', marker: 'done', offset: 1 }));
  });

  it('is told of in words', () => {
    const selectors = [{ matchActions: [{ action: 'Sigkill' }] }];
    const { consequences } = effectsOf(policyWith(usdt({ selectors }))).hooks[0] ?? {};
    assert.deepEqual(consequences, ['every process that passes the marker app/done of /bin/app is killed']);
  });
});

describe('Set on a marker', () => {
  const setting = (index: number, action: object = {}) =>
    usdt({
      args: [
        { index: 2, type: 'int' },
        { index, type: 'int', label: 'answer' },
      ],
      selectors: [{ matchActions: [{ action: 'Set', argIndex: 1, argValue: -2, ...action }] }],
    });
  const memory = { sizeBytes: 4, signed: true, register: 'rbp', offset: '-12' };
  const constant = { sizeBytes: 4, signed: false, constant: '1' };
  const points = (...args: object[]) => ({
    ...{ points: [{ offset: 0x1200, refCtrOffset: 0, args }], identity: '' },
  });

  it('takes the address of what it overwrites beside the values that are read', () => {
    const { programs, guarantee, racy } = plan(setting(0), points(memory, memory, constant));
    const config = programs[0]?.config as NonNullable<(typeof programs)[0]>['config'];
    const [, , address, ...more] = config.places ?? [];
    assert.deepEqual([address?.lies, address?.offset, more.length], [TG_LIES.TG_L_ADDRESS, -12n, 0]);
    assert.deepEqual(config.selectors[0]?.set, { param: 2, value: -2 });
    assert.deepEqual([guarantee, racy], ['observed', false]);
    const bytes = encodeHookConfig(config, { hookId: 1, policySlot: 0, generation: 1 });
    const { selectors, sets } = STRUCTS.tg_hook_config.fields;
    const { set_param, set_value } = STRUCTS.tg_selector.fields;
    assert.equal(bytes.readUInt8(sets.offset), 1);
    assert.equal(bytes.readUInt8(selectors.offset + set_param.offset), 3);
    assert.equal(bytes.readInt32LE(selectors.offset + set_value.offset), -2);
  });

  it('is refused where the argument lies in no memory of four bytes, or the host does not allow it', () => {
    const said = (spec: object, at: object) => plan(spec, at).refused ?? '';
    assert.match(
      said(setting(0), points({ ...memory, offset: undefined }, memory, constant)),
      /argument 0 lies in none/,
    );
    assert.match(said(setting(0), points({ ...memory, sizeBytes: 8 }, memory, constant)), /argument 0 has 8/);
    const facts = factsOf({ has: ['uprobe'] });
    const places = { '/bin/app:app/done': points(memory, memory, constant) } as HostFacts['places'];
    const [hook] = makePlan(policyWith(setting(0)), { ...facts, places }).hooks;
    assert.equal(hook?.refused, 'h has no write_user (no write_user here)');
  });

  it('is enforcement, and said in words', () => {
    const policy = policyWith(setting(0));
    assert.ok(isEnforcing(policy));
    assert.deepEqual(effectsOf(policy).hooks[0]?.consequences, [
      'every process that passes the marker app/done of /bin/app has its argument "answer" overwritten with -2',
    ]);
  });

  it('is refused elsewhere, at no argument, and twice in a selector', () => {
    assert.match(
      problems(setting(0, { argIndex: 2 })),
      /argIndex Set overwrites an argument: there is no entry 2/,
    );
    const twice = [
      { action: 'Set', argIndex: 0 },
      { action: 'Set', argIndex: 1 },
    ];
    const spec = setting(0).usdts[0];
    assert.match(
      problems({ usdts: [{ ...spec, selectors: [{ matchActions: twice }] }] }),
      /overwrites one argument/,
    );
    const uprobes = [
      { path: '/bin/app', symbols: ['main'], selectors: [{ matchActions: [{ action: 'Set' }] }] },
    ];
    assert.match(problems({ uprobes }), /Set overwrites an argument of a marker, and here is none/);
  });
});

describe('a marker outside of the language', () => {
  it('is refused with the reason', () => {
    assert.match(problems(usdt({ path: 'app' })), /depends on where the agent runs/);
    assert.match(problems(usdt({ name: 'a b' })), /\/spec\/usdts\/0\/name "a b" names no marker/);
    assert.match(problems(usdt({ provider: '' })), /names no provider of markers/);
    assert.match(problems(usdt({ btfPath: '/x' })), /btfPath is not in this runtime's language/);
    assert.match(problems(usdt({ args: [{ index: 12, type: 'int' }] })), /there is no argument 12 to read/);
    assert.match(problems(usdt({ args: [{ index: 0, type: 'file' }] })), /a program is handed no file/);
    const buffers = [0, 2, 4].map((index) => ({ index, type: 'char_buf', sizeArgIndex: index + 2 }));
    assert.match(problems(usdt({ args: buffers })), /reads 6 values, the sizes of buffers and/);
    const act = (action: object) => problems(usdt({ selectors: [{ matchActions: [action] }] }));
    assert.match(act({ action: 'Override', argError: -1 }), /a marker has no return value to override/);
    assert.match(act({ action: 'GetUrl', argUrl: 'http://x' }), /which is root, call out/);
    const matchReturnArgs = [{ index: 0, operator: 'Equal', values: ['1'] }];
    assert.match(
      problems(usdt({ selectors: [{ matchReturnArgs }] })),
      /matchReturnArgs needs the return value/,
    );
    assert.equal(problems(usdt({ args: [{ index: 11, type: 'int32' }] })), '');
  });

  it('belongs to no namespace', () => {
    const { findings } = intakeObject({ ...smallPolicy({ spec: usdt() }), kind: 'TracingPolicyNamespaced' });
    assert.match(findings.map(({ message }) => message).join(), /a namespaced policy cannot hook it/);
  });
});
