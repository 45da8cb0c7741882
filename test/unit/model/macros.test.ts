// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intakeObject } from '../../../src/model/intake.ts';
import { smallPolicy } from '../../fixtures/policies.ts';

const args = [{ index: 0, type: 'string' }];
const judged = (selectorsMacros: object, ...selectors: object[]) =>
  intakeObject(smallPolicy({ spec: { selectorsMacros, kprobes: [{ call: 'sys_rmdir', args, selectors }] } }));
const selectorOf = (selectorsMacros: object, selector: object) => {
  const taken = judged(selectorsMacros, selector);
  assert.ok(taken.valid, JSON.stringify(taken.findings));
  return taken.normal.hooks[0]?.selectors[0];
};
const refused = (selectorsMacros: object, selector: object) =>
  judged(selectorsMacros, selector)
    .findings.map((f) => `${f.path} ${f.message}`)
    .join('\n');

const shells = { matchBinaries: [{ operator: 'In', values: ['/bin/sh'] }] };
const tmp = { matchArgs: [{ index: 0, operator: 'Prefix', values: ['/tmp/'] }] };

describe('macros of selectors', () => {
  it('put their lists into the selector, each part pointing to where it is written', () => {
    const macros = { 'of/shells': shells, kill: { matchActions: [{ action: 'Sigkill' }] } };
    const selector = selectorOf(macros, { macros: ['of/shells', 'kill'], ...tmp });
    assert.deepEqual(
      [selector?.matchBinaries[0]?.path, selector?.actions[0]?.path, selector?.matchArgs[0]?.path],
      [
        '/spec/selectorsMacros/of~1shells/matchBinaries/0',
        '/spec/selectorsMacros/kill/matchActions/0',
        '/spec/kprobes/0/selectors/0/matchArgs/0',
      ],
    );
    assert.equal(selector?.actions[0]?.kills, true);
  });

  it('mean what the selector means that is written out', () => {
    const bare = (selector: object | undefined) => JSON.stringify(selector).replace(/"path":"[^"]*"/g, '');
    const byMacro = selectorOf({ shells, tmp }, { macros: ['shells', 'tmp'] });
    assert.equal(bare(byMacro), bare(selectorOf({}, { ...shells, ...tmp })));
  });

  it('are refused where they set what is set already, use macros, or are not there', () => {
    const twice = refused({ shells }, { macros: ['shells'], ...shells });
    assert.match(twice, /macros\/0 the macro "shells" sets matchBinaries, and so does \/spec\/kprobes/);
    assert.match(
      refused({ a: tmp, b: tmp }, { macros: ['a', 'b'] }),
      /macros\/1 the macro "b" sets matchArgs/,
    );
    assert.match(refused({ a: { macros: ['b'] }, b: tmp }, { macros: ['a'] }), /a macro cannot use macros/);
    assert.match(refused({ shells }, { macros: ['shels'] }), /there is no macro "shels"/);
    const workloads = { w: { matchWorkloads: { podSelector: {} } } };
    assert.match(
      refused(workloads, { macros: ['w'] }),
      /matchWorkloads in a macro: no selector takes it over/,
    );
    const notify = { n: { matchActions: [{ action: 'NotifyEnforcer', argError: -1 }] } };
    assert.match(
      refused(notify, { macros: ['n'] }),
      /selectorsMacros\/n\/matchActions NotifyEnforcer in a macro/,
    );
  });

  it('point to the macro in what is wrong with it, and remark on one that nobody uses', () => {
    const wrong = { wrong: { matchArgs: [{ index: 3, operator: 'Equal', values: ['x'] }] } };
    assert.match(
      refused(wrong, { macros: ['wrong'] }),
      /^\/spec\/selectorsMacros\/wrong\/matchArgs\/0\/index /,
    );
    const idle = judged({ shells }, tmp);
    assert.ok(idle.valid);
    assert.match(idle.findings[0]?.message ?? '', /no selector uses the macro "shells"/);
  });
});
