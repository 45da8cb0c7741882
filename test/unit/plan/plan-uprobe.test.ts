// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TG_SOURCE } from '../../../src/plan/layout.generated.ts';
import { REGISTER_WORD } from '../../../src/plan/registers-x86-64.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { FULL, type Kernel, planOf, policyWith } from './host-facts.ts';

const UPROBES: Kernel = { has: [...FULL.has, 'uprobe'] };
const MULTI: Kernel = { has: [...FULL.has, 'uprobe', 'uprobe_multi'] };
const uprobe = (more: object = {}, annotations = {}) =>
  policyWith({ uprobes: [{ path: '/bin/sh', symbols: ['main'], ...more }] }, annotations);

describe('a place in a program', () => {
  it('is hooked by a link of its own where the kernel has them, else by a perf event', () => {
    assert.equal(planOf(uprobe(), MULTI).mechanism, 'uprobe.multi//bin/sh:main');
    const plan = planOf(uprobe(), UPROBES);
    assert.equal(plan.mechanism, 'uprobe//bin/sh:main');
    assert.deepEqual(
      plan.programs.map(({ template, file }) => [template, file]),
      [
        [
          'uprobe',
          { path: '/bin/sh', identity: '1:2:3:4', offset: 0x1149, refCtrOffset: 0, atReturn: false },
        ],
      ],
    );
    assert.match(planOf(uprobe(), FULL).refused ?? '', /h has no uprobe/);
  });

  it('reads only the registers it is asked for', () => {
    const args = [
      { index: 3, type: 'int' },
      { index: 0, type: 'char_buf', sizeArgIndex: 2 },
    ];
    const [program] = planOf(uprobe({ args }), UPROBES).programs;
    const { rdi, rsi, rcx } = REGISTER_WORD;
    assert.deepEqual(
      program?.config.places?.map(({ lies, base }) => lies && base),
      [rdi, rsi, 0, rcx, 0],
    );
    assert.deepEqual(
      [rdi, rsi, rcx, REGISTER_WORD.rax, REGISTER_WORD.rip, REGISTER_WORD.rsp],
      [14, 13, 11, 10, 16, 19],
    );
  });

  it('kills at the entry what is told at the return', () => {
    const selectors = [{ matchActions: [{ action: 'Sigkill' }] }];
    const plan = planOf(uprobe({ return: true, returnArg: { index: 0, type: 'int' }, selectors }), UPROBES);
    assert.deepEqual(
      plan.programs.map(({ file, config }) => [file?.atReturn, config.source]),
      [
        [true, TG_SOURCE.TG_SRC_PROGRAM_RETURN],
        [false, TG_SOURCE.TG_SRC_PROGRAM],
      ],
    );
    assert.equal(plan.guarantee, 'killed-before-return');
  });

  it('is refused when it is not there', () => {
    const missing = planOf(uprobe({ path: '/bin/no' }), UPROBES).refused;
    assert.equal(missing, '/bin/no on h cannot be hooked: it is not there');
    assert.match(planOf(uprobe({ symbols: ['other'] }), UPROBES).refused ?? '', /was not asked about/);
  });

  it('decided on what its memory says is decided on what another thread may change', () => {
    const hook = {
      args: [{ index: 0, type: 'string' }],
      selectors: [
        {
          matchArgs: [{ index: 0, operator: 'Equal', values: ['x'] }],
          matchActions: [{ action: 'Sigkill' }],
        },
      ],
    };
    assert.match(planOf(uprobe(hook), UPROBES).refused ?? '', /memory that another thread can change/);
    const consented = planOf(uprobe(hook, { 'tracegate.io/allow-racy': 'true' }), UPROBES);
    assert.deepEqual([consented.refused, consented.racy], [undefined, true]);
  });

  it('is what facts are asked about', () => {
    assert.deepEqual(symbolsOf(uprobe()).places, [{ path: '/bin/sh', at: { symbol: 'main', plus: 0 } }]);
  });
});
