// SPDX-License-Identifier: Apache-2.0
/** System calls decided by their registers: refused in the LSM hooks behind them, at every door, on kernels without error injection too. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Bench, labProgram, openBench, put, run } from './runtime-fixture.ts';

const EPERM = '1';

interface Case {
  name: string;
  call: string;
  types: string[];
  /** argument and values that decide; none: every call */
  match?: { index: number; values: string[] };
  near?: string[];
}

// biome-ignore format: a table is read in rows
const CASES: Case[] = [
  { name: 'ptrace', call: 'sys_ptrace', types: ['int', 'int'], match: { index: 0, values: ['0', '16', '16902'] } },
  { name: 'bpf', call: 'sys_bpf', types: ['int', 'nop', 'uint32'], match: { index: 0, values: ['0'] }, near: ['1'] },
  { name: 'init_module', call: 'sys_init_module', types: ['nop', 'uint64'] },
  { name: 'finit_module', call: 'sys_finit_module', types: ['int'] },
  { name: 'setuid', call: 'sys_setuid', types: ['int'], match: { index: 0, values: ['1'] }, near: ['2'] },
  { name: 'setresgid', call: 'sys_setresgid', types: ['int', 'int', 'int'], match: { index: 1, values: ['1'] }, near: ['3'] },
  { name: 'setgroups', call: 'sys_setgroups', types: ['int'], match: { index: 0, values: ['1'] }, near: ['2'] },
  { name: 'kill', call: 'sys_kill', types: ['int', 'int'], match: { index: 1, values: ['10'] }, near: ['12'] },
  { name: 'socket', call: 'sys_socket', types: ['int', 'int', 'int'], match: { index: 0, values: ['16'] }, near: ['17'] },
  { name: 'prctl', call: 'sys_prctl', types: ['int', 'uint64'], match: { index: 0, values: ['38'] }, near: ['39'] },
  { name: 'perf_event_open', call: 'sys_perf_event_open', types: ['nop', 'int', 'int', 'int', 'uint64'], match: { index: 4, values: ['8'] }, near: ['9'] },
  { name: 'pivot_root', call: 'sys_pivot_root', types: ['string', 'string'] },
  { name: 'move_mount', call: 'sys_move_mount', types: ['int', 'nop', 'int', 'nop', 'uint32'], match: { index: 4, values: ['4'] }, near: ['5'] },
];

let bench: Bench;
function doors(name: string): string[][] {
  const { out } = run(labProgram('registers'), [name]);
  return out === '' ? [] : out.split('\n').map((line) => line.split(' '));
}

function hookOf({ call, types, match }: Case, values = match?.values): object {
  const matchArgs = match ? [{ index: match.index, operator: 'Equal', values }] : undefined;
  return {
    ...{ call, syscall: true, args: types.map((type, index) => ({ index, type })) },
    selectors: [{ ...(matchArgs && { matchArgs }), matchActions: [{ action: 'Override', argError: -1 }] }],
  };
}

describe('a call whose filters look at its registers', () => {
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  for (const one of CASES) {
    it(`${one.call} is denied at every door before its effect, and nothing near it is`, (t) => {
      const open = doors(one.name);
      if (open.length === 0) return t.diagnostic(`this kernel has no ${one.name}`);
      const effects = open.map(([door, , effect]) => [door, effect]);
      assert.deepEqual(
        effects,
        open.map(([door]) => [door, 'effect']),
      );
      // the near one first: what is replaced goes in the kernel's own time, and this one would hide that
      if (one.near) {
        put(bench, { kprobes: [hookOf(one, one.near)] });
        assert.deepEqual(doors(one.name), open);
        assert.equal(bench.taken('probe').length, 0);
      }
      const [hook] = put(bench, { kprobes: [hookOf(one)] }).hooks;
      assert.deepEqual([hook?.guarantee, hook?.racy], ['denied-before-effect', false]);
      assert.match(hook?.mechanism ?? '', /lsm\//);
      assert.deepEqual(
        doors(one.name),
        open.map(([door]) => [door, EPERM, 'none']),
      );
      assert.equal(bench.taken('probe').length, open.length);
      bench.runtime.unload('probe');
    });
  }

  describe('a filter on what the LSM hooks are not asked for', () => {
    it('has no row: ptrace of other requests, or of any', () => {
      for (const match of [{ index: 0, values: ['3'] }, undefined]) {
        const [ptrace] = CASES as [Case];
        const { match: _, ...whole } = ptrace;
        const document = {
          apiVersion: 'cilium.io/v1alpha1',
          kind: 'TracingPolicy',
          metadata: { name: 'probe' },
        };
        const spec = { kprobes: [hookOf(match ? { ...ptrace, match } : whole)] };
        const [hook] = bench.plan(JSON.stringify({ ...document, spec })).hooks;
        assert.doesNotMatch(hook?.mechanism ?? '', /ptrace_access_check/);
      }
    });
  });
});
