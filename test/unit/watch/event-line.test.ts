// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TraceEvent } from '../../../src/model/event.ts';
import { eventLine } from '../../../src/watch/event-line.ts';

const process = { exec_id: 'bjox', pid: 1, binary: '/bin/a "b"\n', cwd: '/ü', tid: 1 };
const common = { node_name: 'n', time: '2026-01-01T00:00:00Z' };
const kprobe = {
  ...{ process, parent: process, function_name: 'f', action: 'KPROBE_ACTION_POST', policy_name: 'p' },
  ...{ args: [{ string_arg: '\u2028\\' }, { int_arg: -1 }, {}], return: { int_arg: 0 }, tags: ['a', 'b'] },
};

describe('a line', () => {
  const events: [string, TraceEvent][] = [
    ['of an exec', { process_exec: { process }, ...common }],
    ['of an exit', { process_exit: { process, signal: 'SIGKILL', time: 'now' }, ...common }],
    ['of a call', { process_kprobe: kprobe, ...common, tracegate: { selector: 0, killed: true } }],
    ['of a call after losses', { process_kprobe: kprobe, ...common, tracegate: { lost_before: 3 } }],
    [
      'of an argument that is called like a part',
      { process_kprobe: { ...kprobe, args: [{ process: 1, parent: null }] }, ...common },
    ],
    ['without a parent', { process_exec: { process, parent: undefined } as never, ...common }],
  ];
  for (const [name, event] of events)
    it(`${name} is what JSON.stringify writes, the second time too`, () => {
      for (let i = 0; i < 2; i++) assert.equal(eventLine(event), JSON.stringify(event));
    });
});
