// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gatherFacts, unprobedFeatures } from '../../../src/kernel/facts.ts';
import { HOST_ALONE } from '../../../src/model/facts.ts';
import { intake } from '../../../src/model/intake.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { FULL, factsOf, policyWith } from '../plan/host-facts.ts';

const LISTS = [
  { name: 'some', type: 'syscalls', values: ['sys_dup', 'sys_dup2', 'sys_lseek', 'i386/sys_dup'] },
  { name: 'all', type: 'generated_syscalls' },
  { name: 'plain', values: ['tcp_connect'] },
];
const entry = (values: string[], type = 'syscall64', operator = 'InMap') => ({
  lists: LISTS,
  tracepoints: [
    {
      ...{ subsystem: 'raw_syscalls', event: 'sys_exit', raw: true, args: [{ index: 1, type }] },
      selectors: [{ matchArgs: [{ index: 1, operator, values }] }],
    },
  ],
});
function refusals(spec: object): string {
  const document = { apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'p' }, spec };
  const taken = intake(JSON.stringify(document), { format: 'json' });
  return taken.valid ? '' : taken.findings.map((f) => f.message).join('\n');
}

describe('a list as the value of a filter', () => {
  const dups = { sys_dup: 32, sys_dup2: 33, sys_lseek: 8, 'i386/sys_dup': 0x8000_0029 };
  const planned = (values: string[], more: object = {}) =>
    makePlan(policyWith(entry(values)), { ...factsOf(FULL), syscallNumbers: dups, ...more }).hooks[0];

  it('is of system calls, which the host is asked about by name', () => {
    const policy = policyWith(entry(['7', 'list:some', 'list:all']));
    assert.deepEqual(policy.hooks[0]?.selectors[0]?.matchArgs[0]?.values, [
      ...['7', 'sys_dup', 'sys_dup2', 'sys_lseek', 'i386/sys_dup', 'generated_syscalls'],
    ]);
    const asked = symbolsOf(policy);
    assert.deepEqual(asked.syscalls, ['i386/sys_dup', 'sys_dup', 'sys_dup2', 'sys_lseek']);
    assert.equal(asked.allSyscalls, true);
  });

  it('becomes numbers, neighbours as one range', () => {
    const numbers = planned(['7', 'list:some'])?.programs[0]?.config.selectors[0]?.matches[0]?.numbers;
    assert.deepEqual(numbers, [7n, 7n, 8n, 8n, 32n, 33n, 0x8000_0029n, 0x8000_0029n]);
    const all = planned(['list:all'], { allSyscalls: [3, 1, 2, 9] });
    assert.deepEqual(all?.programs[0]?.config.selectors[0]?.matches[0]?.numbers, [1n, 3n, 9n, 9n]);
  });

  it('is refused where the host does not know its calls', () => {
    assert.match(
      String(planned(['list:all'])?.refused),
      /not known to have the system calls generated_syscalls/,
    );
    assert.match(
      String(planned(['list:some'], { syscallNumbers: { sys_dup: 32 } })?.refused),
      /sys_dup2, sys_lseek, i386\/sys_dup/,
    );
  });

  it('is refused where it is none, or not of system calls, or of something else than their number', () => {
    assert.match(refusals(entry(['list:no'])), /there is no list "no"/);
    assert.match(refusals(entry(['list:plain'])), /not of system calls/);
    assert.match(refusals(entry(['list:some'], 'uint64')), /on an argument of type syscall64, not of uint64/);
    assert.match(refusals(entry(['list:some'], 'syscall64', 'Equal')), /InMap and NotInMap/);
    assert.match(
      refusals({ ...entry(['1']), lists: [{ name: 'a', type: 'generated_ftrace', pattern: '^x' }] }),
      /another thing on every kernel/,
    );
    assert.match(
      refusals({ ...entry(['1']), lists: [{ ...LISTS[1], values: ['sys_dup'] }] }),
      /has no values/,
    );
    assert.match(
      refusals({ lists: LISTS, kprobes: [{ call: 'list:all' }] }),
      /every system call, some hundred hooks/,
    );
  });

  it('has the numbers of both kinds of programs, and no others', () => {
    const asked = { ...HOST_ALONE, syscalls: ['sys_dup', 'i386/sys_dup', 'sys_nothing', 'sys_constructor'] };
    const facts = gatherFacts(asked, unprobedFeatures());
    assert.deepEqual(facts.syscallNumbers, { sys_dup: 32, 'i386/sys_dup': 0x8000_0029 });
  });
});
