// SPDX-License-Identifier: Apache-2.0
/** TrackSock and UntrackSock, from what is written to the bytes a program is loaded with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { STRUCTS, TG_ACTION, TG_FOLLOW, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { smallPolicy } from '../../fixtures/policies.ts';
import { FULL, planOf, policyOf } from './host-facts.ts';

const SOCK = [{ index: 0, type: 'sock' }];
const returned = { return: true, returnArg: { index: 0, type: 'sock' }, returnArgAction: 'tracksock' };
const acting = (...matchActions: object[]) => ({ args: SOCK, selectors: [{ matchActions }] });

function problems(kprobe: object): string {
  const { valid, findings } = intakeObject(
    smallPolicy({ spec: { kprobes: [{ call: 'tcp_close', syscall: false, ...kprobe }] } }),
  );
  return valid ? '' : findings.map(({ path, message }) => `${path} ${message}`).join('\n');
}

describe('following a socket', () => {
  it('that is returned is asked of the hook, in any letters, and read as a socket', () => {
    const { programs, report } = planOf(policyOf({ call: 'sk_clone', more: returned }), FULL);
    const [exit, ...more] = programs;
    assert.deepEqual([exit?.template, more.length], ['fexit', 0]);
    assert.deepEqual(
      [exit?.config.args.at(-1)?.type, exit?.config.returnFollow, report.returnType],
      [TG_TYPE.TG_T_SOCK, TG_FOLLOW.TG_FOLLOW_TRACK, 'sock'],
    );
  });

  it('is refused at the host where something else is returned', () => {
    const { refused } = planOf(policyOf({ call: 'tcp_connect', more: returned }), FULL);
    assert.match(refused ?? '', /what it returns is `int`, not a sock: the kernel has `int tcp_connect/);
  });

  it('by an action is asked of the argument at its position', () => {
    const args = [{ index: 1, type: 'nop' }, ...SOCK];
    const selectors = [{ matchActions: [{ action: 'UntrackSock', argSock: 1 }, { action: 'NoPost' }] }];
    const [entry] = planOf(policyOf({ call: 'tcp_sendmsg', args, more: { selectors } }), FULL).programs;
    const selector = entry?.config.selectors[0];
    assert.deepEqual([selector?.tracks, selector?.untracks, selector?.post], [undefined, [1], false]);
    const config = entry?.config as NonNullable<typeof entry>['config'];
    const ids = { hookId: 1, policySlot: 2, generation: 3 };
    const at = STRUCTS.tg_hook_config.fields;
    const masks = STRUCTS.tg_selector.fields;
    const bytes = encodeHookConfig(config, { ...ids, sockGroup: 77 });
    assert.equal(bytes.readUInt32LE(at.sock_group.offset), 77);
    assert.equal(bytes.readUInt8(at.selectors.offset + masks.untrack_mask.offset), 0b10);
    assert.equal(bytes.readUInt8(at.selectors.offset + masks.track_mask.offset), 0);
    assert.equal(encodeHookConfig(config, ids).readUInt32LE(at.sock_group.offset), 0);
  });

  it('is no enforcement: nothing is done to anybody', () => {
    const policy = policyOf({ call: 'tcp_connect', more: acting({ action: 'TrackSock' }) });
    const plan = planOf(policy, FULL);
    assert.deepEqual([plan.guarantee, plan.programs.length], ['observed', 1]);
    assert.equal(plan.programs[0]?.config.selectors[0]?.lastAction, TG_ACTION.TG_A_TRACKSOCK);
    const { kills, overrides, summary } = effectsOf(policy);
    assert.deepEqual([kills, overrides], [false, false]);
    assert.match(summary.join(' '), /It only reports\. It tracks sockets: .* known by its address/);
    assert.doesNotMatch(effectsOf(policyOf({ call: 'tcp_connect' })).summary.join(' '), /tracks/);
  });

  it('is refused where there is no socket to follow', () => {
    const argless = { action: 'TrackSock' };
    assert.match(problems({ selectors: [{ matchActions: [argless] }] }), /there is no entry 0 of args/);
    const number = { args: [{ index: 1, type: 'int' }], selectors: [{ matchActions: [argless] }] };
    assert.match(problems(number), /argSock TrackSock follows a socket: it is of type int at 0 of args/);
    assert.match(problems(acting({ action: 'UntrackSock', argSock: 3 })), /no entry 3 of args/);
    assert.match(problems({ ...returned, returnArgAction: 'Keep' }), /nothing returned can be done Keep/);
    const int = { ...returned, returnArg: { index: 0, type: 'int' } };
    assert.match(problems(int), /follows the socket that a call returns, and here none is read/);
    assert.match(problems({ returnArgAction: 'TrackSock' }), /here none is read/);
    assert.equal(problems(acting({ action: 'TrackSock', argSock: 0 })), '');
  });

  it('compares what is returned as it does arguments, and a system call returns none', () => {
    const selectors = [{ matchReturnArgs: [{ index: 0, operator: 'Family', values: ['AF_INET'] }] }];
    assert.equal(problems({ ...returned, selectors }), '');
    const call = { ...returned, call: 'sys_socket', syscall: true };
    assert.match(problems(call), /nothing that is returned here is a sock/);
  });
});
