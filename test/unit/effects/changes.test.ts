// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changesBetween, effectsOf } from '../../../src/effects/index.ts';
import { intake } from '../../../src/model/intake.ts';
import {
  FILE_MONITORING,
  RESTRICT_SYMLINK,
  RESTRICT_SYMLINK_SIGKILL,
  TCP_CONNECT,
} from '../../fixtures/policies.ts';

function effects(text: string) {
  const taken = intake(text, { format: 'yaml' });
  assert.ok(taken.valid);
  return effectsOf(taken.normal);
}
const changes = (before: string, after: string) => changesBetween(effects(before), effects(after));

describe('what changes between two policies', () => {
  it('is nothing where they do the same', () => {
    for (const text of [RESTRICT_SYMLINK, FILE_MONITORING, TCP_CONNECT])
      assert.deepEqual(changes(text, text), []);
    assert.deepEqual(changes(RESTRICT_SYMLINK, RESTRICT_SYMLINK.replace(/^ *#.*$/gm, '')), []);
  });

  it('is told value by value', () => {
    const [fresh, gone, ...more] = changes(
      RESTRICT_SYMLINK,
      RESTRICT_SYMLINK.replace('/etc/passwd', '/etc/shadow'),
    );
    assert.match(fresh ?? '', /^sys_symlinkat: new: .*"\/etc\/shadow"/);
    assert.match(gone ?? '', /^sys_symlinkat: gone: .*"\/etc\/passwd"/);
    assert.deepEqual(more, []);
  });

  it('says first that it kills now', () => {
    const text = RESTRICT_SYMLINK_SIGKILL.replace('restrict-symlink-sigkill', 'restrict-symlink');
    assert.equal(changes(RESTRICT_SYMLINK, text)[0], 'it kills now, and did not before');
    assert.doesNotMatch(changes(text, RESTRICT_SYMLINK).join('\n'), /it kills now/);
  });

  it('names hooks that come and go', () => {
    const words = changes(RESTRICT_SYMLINK, TCP_CONNECT).join('\n');
    assert.match(words, /^tcp_connect: hooked now$/m);
    assert.match(words, /^sys_symlinkat: no longer hooked$/m);
  });
});

describe('what may be a secret', () => {
  const secrets = (hook: string) =>
    effects(`{apiVersion: cilium.io/v1alpha1, kind: TracingPolicy, metadata: {name: s}, spec: {${hook}}}`)
      .hooks[0]?.secrets;

  it('is what is written, keyed in, or stands on a command line', () => {
    assert.deepEqual(
      secrets(
        'kprobes: [{call: sys_write, syscall: true, args: [{index: 1, type: char_buf, sizeArgIndex: 3}]}]',
      ),
      ['buffer (argument 1): what is read, written or sent'],
    );
    assert.deepEqual(
      secrets('kprobes: [{call: sys_add_key, syscall: true, args: [{index: 1, type: string, label: name}]}]'),
      ['"name": a key, or what one is found by'],
    );
    assert.deepEqual(
      secrets('lsmhooks: [{hook: bprm_check_security, args: [{index: 0, type: linux_binprm}]}]'),
      ['the command line of the program, which may hold passwords and tokens'],
    );
    assert.deepEqual(
      secrets('uprobes: [{path: /bin/bash, symbols: [readline], args: [{index: 0, type: string}]}]'),
      ['argument 0: what somebody types or sends'],
    );
  });

  it('is not a path or a number', () => {
    assert.deepEqual(
      effects(RESTRICT_SYMLINK).hooks.flatMap((hook) => hook.secrets),
      [],
    );
    assert.deepEqual(
      effects(TCP_CONNECT).hooks.flatMap((hook) => hook.secrets),
      [],
    );
  });
});
