// SPDX-License-Identifier: Apache-2.0
/** `loader: true`, from what is written to the program. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { cpusOf } from '../../../src/runtime/map-events.ts';
import { smallPolicy } from '../../fixtures/policies.ts';
import { FULL, NO_FENTRY, planOf, policyWith } from './host-facts.ts';

const LOADER = { loader: true };

describe('loader: true', () => {
  it('is one hook on what the kernel tells of mappings', () => {
    const policy = policyWith(LOADER);
    const { programs, mechanism, report, guarantee } = planOf(policy, FULL);
    assert.deepEqual(
      programs.map(({ template, target, config }) => [template, target, config.args.length]),
      [['loader', 'perf_event_mmap_output', 2]],
    );
    assert.deepEqual([mechanism, guarantee], ['fentry/perf_event_mmap_output', 'observed']);
    assert.deepEqual([report.loader, report.functionName], [true, 'loader']);
    assert.deepEqual(symbolsOf(policy).functions, ['perf_event_mmap_output']);
  });

  it('may stand beside other hooks; false asks for nothing', () => {
    const kprobes = [{ call: 'tcp_connect', syscall: false }];
    const hooks = (spec: object) => policyWith(spec).hooks.map(({ call }) => call);
    assert.deepEqual(hooks({ kprobes, ...LOADER }), ['tcp_connect', 'loader']);
    assert.deepEqual(hooks({ kprobes, loader: false }), ['tcp_connect']);
  });

  it('is refused where the kernel has no such function, or no fentry', () => {
    const { refused } = planOf(policyWith(LOADER), { ...FULL, without: ['perf_event_mmap_output'] });
    assert.match(refused ?? '', /has no function perf_event_mmap_output, where mapped files are seen/);
    assert.match(planOf(policyWith(LOADER), NO_FENTRY).refused ?? '', /has no fentry/);
  });

  it('belongs to no namespace', () => {
    const { findings } = intakeObject({ ...smallPolicy({ spec: LOADER }), kind: 'TracingPolicyNamespaced' });
    assert.match(findings[0]?.message ?? '', /mapped by every process of the host/);
  });

  it('is said in words, with what it takes', () => {
    const { summary, hooks } = effectsOf(policyWith(LOADER));
    assert.deepEqual(hooks[0]?.captures, ['the path of each executable file that is mapped', 'its build id']);
    assert.match(summary.join(' '), /It only reports\. .* while no agent runs nothing is told/);
  });

  it('asks on each CPU that is there', () => {
    assert.deepEqual(cpusOf('0\n'), [0]);
    assert.deepEqual(cpusOf('0-2,5,7-8\n'), [0, 1, 2, 5, 7, 8]);
  });
});
