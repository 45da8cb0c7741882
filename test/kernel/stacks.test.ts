// SPDX-License-Identifier: Apache-2.0
/** The way that led to a call, in the kernel and in the program. */
import assert from 'node:assert/strict';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hookPartOf, type StackFrame } from '../../src/model/event.ts';
import { type Bench, callsProgram, openBench, PLACE, put, run } from './runtime-fixture.ts';

const LINK = join(PLACE, 'stack-link');
const BOTH = [{ action: 'Post', kernelStackTrace: true, userStackTrace: true }];
/** Of this process alone. */
const mine = (matchActions?: object[]) => ({
  matchPIDs: [{ operator: 'In', values: [process.pid] }],
  ...(matchActions && { matchActions }),
});

/** The agent reads names for some part of each second only, which an emulated machine uses up at once. */
const READING_AGAIN_MS = 1100;
const READINGS = 20;

describe('stacks', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    rmSync(LINK, { force: true });
  });
  after(() => bench.close());

  const partsOf = (act: () => void) => {
    act();
    return bench.taken('probe').map((event) => hookPartOf(event));
  };
  const stacksOf = async (spec: object, act: () => void = link, readings = READINGS) => {
    put(bench, spec);
    let parts = partsOf(act);
    const isUnread = () => parts[0]?.user_stack_trace?.[0]?.symbol === undefined;
    for (let n = 1; n < readings && parts[0]?.user_stack_trace && isUnread(); n++) {
      await sleep(READING_AGAIN_MS);
      parts = partsOf(act);
    }
    assert.equal(parts.length > 0, true, 'no event');
    return parts.map((part) => ({
      ...{ kernel: part?.kernel_stack_trace, user: part?.user_stack_trace, part },
    }));
  };
  const link = () => {
    symlinkSync('/nowhere', LINK);
    rmSync(LINK);
  };
  const symbols = (frames: StackFrame[] | undefined) => (frames ?? []).map(({ symbol }) => symbol);

  const ofThisProgram = (user: StackFrame[] | undefined) => {
    const [first] = user ?? [];
    assert.match(String(first?.module), /libc/);
    assert.match(String(first?.symbol), /^symlink/);
    assert.match(String(first?.offset), /^\d+$/);
  };

  it('are told where a call of the kernel was hooked, and only by the selector that asks', async () => {
    const [event] = await stacksOf({
      kprobes: [
        {
          ...{ call: 'security_path_symlink', syscall: false, args: [{ index: 2, type: 'string' }] },
          selectors: [{ matchArgs: [{ index: 2, operator: 'Equal', values: ['/nobody'] }] }, mine(BOTH)],
        },
      ],
    });
    assert.equal(symbols(event?.kernel)[0], 'security_path_symlink');
    assert.equal(symbols(event?.kernel)[1], 'do_symlinkat');
    assert.ok(symbols(event?.kernel).includes('do_syscall_64'), JSON.stringify(event?.kernel));
    ofThisProgram(event?.user);
    const shown = JSON.stringify(event?.part);
    assert.doesNotMatch(shown, /address|ffffffff|18446744/);
    assert.deepEqual(event?.part?.args, [{ string_arg: '/nowhere' }]);
    const [plain] = await stacksOf({
      kprobes: [
        {
          ...{ call: 'security_path_symlink', syscall: false, args: [{ index: 2, type: 'string' }] },
          selectors: [
            { ...mine(), matchArgs: [{ index: 2, operator: 'Equal', values: ['/nowhere'] }] },
            mine(BOTH),
          ],
        },
      ],
    });
    assert.deepEqual([plain?.kernel, plain?.user], [undefined, undefined]);
  });

  it('are told beside what the call returned', async () => {
    const [event] = await stacksOf({
      kprobes: [
        {
          ...{ call: 'sys_symlinkat', syscall: true, return: true, returnArg: { index: 0, type: 'int' } },
          args: [{ index: 0, type: 'string' }],
          selectors: [mine(BOTH)],
        },
        { call: 'sys_symlink', args: [{ index: 0, type: 'string' }], selectors: [mine(BOTH)] },
      ],
    });
    assert.ok(symbols(event?.kernel).includes('do_syscall_64'), JSON.stringify(event?.kernel));
    ofThisProgram(event?.user);
  });

  it('are told of the kernel and the program at a tracepoint, raw or not, and in an LSM hook', async () => {
    for (const raw of [false, true]) {
      const tracepoint = { subsystem: 'task', event: 'task_rename', raw, args: [], selectors: [mine(BOTH)] };
      const [renamed] = await stacksOf({ tracepoints: [tracepoint] }, () =>
        writeFileSync('/proc/self/comm', 'renamed'),
      );
      assert.ok(symbols(renamed?.kernel).includes('comm_write'), JSON.stringify(renamed?.kernel));
      assert.equal(symbols(renamed?.user)[0], 'write');
    }
    const [lsm] = await stacksOf({ lsmhooks: [{ hook: 'path_symlink', args: [], selectors: [mine(BOTH)] }] });
    assert.ok(symbols(lsm?.kernel).includes('do_symlinkat'), JSON.stringify(lsm?.kernel));
    ofThisProgram(lsm?.user);
  });

  it('are those of the program at one of its functions, and of a program that has ended nothing is guessed', async () => {
    const path = callsProgram();
    const [event] = await stacksOf(
      {
        uprobes: [
          {
            path,
            symbols: ['main'],
            selectors: [{ matchActions: [{ action: 'Post', userStackTrace: true }] }],
          },
        ],
      },
      () => run(path, ['pid']),
      1,
    );
    assert.equal(event?.kernel, undefined);
    assert.ok((event?.user?.length ?? 0) > 0);
    assert.deepEqual(
      [...new Set(event?.user?.map(({ module, symbol, offset }) => `${module} ${symbol} ${offset}`))],
      ['[unknown] undefined undefined'],
    );
  });
});
