// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FieldFact } from '../../../src/model/facts.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { paramsUsed } from '../../../src/plan/encode-values.ts';
import { STRUCTS, TG_FROM, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { HookPlan } from '../../../src/plan/plan.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { FULL, factsOf, policyOf, policyWith } from './host-facts.ts';

const route = (type: string, sizeBytes: number, ...offsets: number[]) => ({
  offsets,
  sizeBytes,
  signed: false,
  type,
});
const FIELDS: Record<string, FieldFact> = {
  'security_file_open[0] f_path': route('struct path *', 0, 16),
  'security_file_open[0] f_inode.i_ino': route('unsigned long', 8, 32, 64),
  'bpf_lsm_file_open[0] f_path': route('struct path *', 0, 16),
  'task_struct tgid': { ...route('pid_t', 4, 100), signed: true },
  'sock x': { problem: '`struct sock` has no member x' },
};
const planned = (policy: Parameters<typeof makePlan>[0]): HookPlan =>
  makePlan(policy, { ...factsOf(FULL), fields: FIELDS }).hooks[0] as HookPlan;
const open = (...args: object[]) =>
  policyOf({ call: 'security_file_open', more: { args: args.map((a) => ({ index: 0, ...a })) } });

describe('routes', () => {
  it('are asked about where the path starts', () => {
    const asked = symbolsOf(
      policyWith({
        kprobes: [
          {
            ...{ call: 'tcp_connect', syscall: false },
            args: [
              { index: 0, type: 'int', resolve: 'a' },
              { index: 0, type: 'int', resolve: 'b', btfType: 'sock' },
            ],
            data: [{ index: 0, type: 'int', source: 'current_task', resolve: 'tgid' }],
          },
        ],
        lsmhooks: [{ hook: 'file_open', args: [{ index: 0, type: 'path', resolve: 'f_path' }] }],
        tracepoints: [
          { subsystem: 's', event: 'e', raw: true, args: [{ index: 1, type: 'int', resolve: 'c' }] },
        ],
      }),
    );
    assert.deepEqual(asked.fields, [
      { start: { function: 'tcp_connect', param: 0 }, path: 'a' },
      { start: { type: 'sock' }, path: 'b' },
      { start: { type: 'task_struct' }, path: 'tgid' },
      { start: { rawTracepoint: 'e', param: 1 }, path: 'c' },
      { start: { function: 'bpf_lsm_file_open', param: 0 }, path: 'f_path' },
    ]);
  });

  it('are followed from the parameter, which alone is read', () => {
    const plan = planned(
      open({ type: 'path', resolve: 'f_path' }, { type: 'uint64', resolve: 'f_inode.i_ino' }),
    );
    const [program] = plan.programs;
    assert.ok(program);
    assert.deepEqual(
      program.config.args.map((a) => [a.type, a.param, a.route?.param, a.route?.offsets]),
      [
        [TG_TYPE.TG_T_PATH, 5, 0, [16]],
        [TG_TYPE.TG_T_U64, 6, 0, [32, 64]],
      ],
    );
    assert.equal(paramsUsed(program.config), 1);
    const bytes = encodeHookConfig(program.config, { hookId: 1, policySlot: 0, generation: 1 });
    const { routes, has_routes } = STRUCTS.tg_hook_config.fields;
    const at = routes.offset + STRUCTS.tg_route.size;
    const { hops, from, size_bytes, offsets } = STRUCTS.tg_route.fields;
    assert.equal(bytes.readUInt8(has_routes.offset), 1);
    assert.deepEqual(
      [hops, from, size_bytes].map((f) => bytes.readUInt8(at + f.offset)),
      [2, TG_FROM.TG_FROM_PARAM, 8],
    );
    assert.deepEqual(
      [0, 4].map((k) => bytes.readUInt32LE(at + offsets.offset + k)),
      [32, 64],
    );
  });

  it('from the task go with a system call that is decided elsewhere', () => {
    const plan = planned(
      policyOf({
        ...{ call: 'sys_symlinkat', syscall: true, args: [{ index: 0, type: 'string' }] },
        more: {
          data: [{ index: 0, type: 'int', source: 'current_task', resolve: 'tgid' }],
          selectors: [
            {
              matchArgs: [{ index: 0, operator: 'Equal', values: ['/x'] }],
              matchData: [{ index: 0, operator: 'NotEqual', values: ['1'] }],
              matchActions: [{ action: 'Override', argError: -1 }],
            },
          ],
        },
      }),
    );
    assert.equal(plan.mechanism, 'fentry/do_symlinkat + lsm/path_symlink');
    assert.deepEqual(plan.report.args, [{ type: 'string' }, { type: 'int', data: true }]);
    for (const { config } of plan.programs)
      assert.deepEqual(config.args[1]?.route?.from, TG_FROM.TG_FROM_TASK);
  });

  it('to text in a register make a decision racy', () => {
    const data = [{ index: 0, type: 'string', source: 'pt_regs', resolve: 'rdi' }];
    const selectors = [
      {
        matchData: [{ index: 0, operator: 'Equal', values: ['/x'] }],
        matchActions: [{ action: 'Sigkill' }],
      },
    ];
    const plan = planned(policyOf({ call: 'sys_symlinkat', syscall: true, more: { data, selectors } }));
    assert.ok(plan.racy);
  });

  it('that this kernel does not have, or that lead to something else, are refused', () => {
    const refused = (arg: object) => planned(open(arg)).refused;
    assert.match(
      String(refused({ type: 'int', resolve: 'x', btfType: 'sock' })),
      /cannot resolve `x`: `struct sock` has no member x/,
    );
    assert.match(
      String(refused({ type: 'uint64', resolve: 'f_path' })),
      /`f_path` on h is `struct path`, not uint64: name/,
    );
    assert.match(
      String(refused({ type: 'string', resolve: 'f_inode.i_ino' })),
      /is `unsigned long`, not a string/,
    );
    assert.match(String(refused({ type: 'int', resolve: 'unasked' })), /was not asked about `unasked`/);
  });
});
