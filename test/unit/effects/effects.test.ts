// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { changesBetween, costOf, effectsOf, heatOf } from '../../../src/effects/index.ts';
import { intake } from '../../../src/model/intake.ts';
import type { PlannedHook } from '../../../src/model/judge.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import {
  FILE_MONITORING,
  RESTRICT_SYMLINK,
  RESTRICT_SYMLINK_SIGKILL,
  TCP_CONNECT,
} from '../../fixtures/policies.ts';

function normal(text: string): NormalPolicy {
  const taken = intake(text, { format: 'yaml' });
  assert.ok(taken.valid);
  return taken.normal;
}

describe('the effects of a policy', () => {
  it('say who is denied what', () => {
    const effects = effectsOf(normal(RESTRICT_SYMLINK));
    assert.deepEqual(effects.hooks[0]?.consequences, [
      'a process whose target of the link (argument 0, string) is "/etc/passwd" that calls symlinkat gets EPERM (operation not permitted) instead',
    ]);
    assert.deepEqual([effects.kills, effects.overrides, effects.mode], [false, true, 'enforce']);
  });

  it('say who is killed, and that monitor mode only would', () => {
    const { summary, kills } = effectsOf(normal(RESTRICT_SYMLINK_SIGKILL), [], 'monitor');
    assert.ok(kills);
    assert.match(summary.join('\n'), /Would happen, were it enforcing: a process .* is killed\./);
    const of = (mode?: 'monitor') =>
      effectsOf(normal(RESTRICT_SYMLINK_SIGKILL), [], mode).hooks[0]?.selectors[0];
    assert.match(of('monitor')?.text ?? '', /is killed.*, were it enforcing$/);
    assert.doesNotMatch(of()?.text ?? '', /were it/);
  });

  it('say that everybody is meant when nothing narrows it', () => {
    const text = RESTRICT_SYMLINK_SIGKILL.replace(
      / {4}- matchArgs:[\s\S]*?matchActions:/,
      '    - matchActions:',
    );
    const effects = effectsOf(normal(text));
    assert.equal(effects.hooks[0]?.unfiltered, true);
    assert.deepEqual(effects.hooks[0]?.consequences, ['every process that calls symlinkat is killed']);
  });

  it('name hot hooks and what is captured', () => {
    assert.deepEqual(effectsOf(normal(TCP_CONNECT)).hot, ['tcp_sendmsg']);
    const effects = effectsOf(normal(FILE_MONITORING));
    assert.deepEqual(effects.hot, ['security_file_permission']);
    assert.deepEqual(effects.hooks[1]?.captures, [
      'the file (argument 0) as file',
      'the kind of access (argument 1) as uint32',
      'the return value as int',
    ]);
    assert.match(effects.summary.join(' '), /It only reports/);
  });

  it('say what a path through the kernel leads to', () => {
    const effects = effectsOf(
      normal(`
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: {name: inside}
spec:
  kprobes:
  - call: security_file_open
    syscall: false
    args: [{index: 0, type: string, resolve: f_path.dentry.d_name.name}]
    data: [{index: 0, type: uint32, source: current_task, resolve: cred.uid.val}]
    selectors:
    - matchArgs: [{index: 0, operator: Equal, values: [shadow]}]
      matchData: [{index: 0, operator: NotEqual, values: ["0"]}]
      matchActions: [{action: Sigkill}]
`),
    );
    assert.deepEqual(effects.hooks[0]?.captures, [
      "argument 0's f_path.dentry.d_name.name as string",
      'own cred.uid.val as uint32',
    ]);
    assert.match(
      effects.hooks[0]?.consequences[0] ?? '',
      /whose argument 0's f_path\.dentry\.d_name\.name \(string\) is "shadow" and whose own cred\.uid\.val \(uint32\) is not "0"/,
    );
  });

  it('carry what each host would do, and what that costs', () => {
    const plan: PlannedHook = {
      path: '/spec/kprobes/0',
      hook: 'sys_symlinkat',
      host: 'a',
      mechanism: 'fentry/do_symlinkat + lsm/path_symlink',
      guarantee: 'denied-before-effect',
      racy: false,
      refused: false,
    };
    const elsewhere = { ...plan, path: '/spec/kprobes/1' };
    const { hooks } = effectsOf(normal(RESTRICT_SYMLINK), [plan, elsewhere]);
    assert.deepEqual(
      hooks[0]?.hosts.map(({ host, cost }) => [host, cost]),
      [['a', { instructions: 231, elsewhere: 0 }]],
    );
  });
});

describe('the cost of a hook', () => {
  it('tells the hot from the cold', () => {
    for (const call of [
      'raw_syscalls/sys_enter',
      'sched/sched_switch',
      'sys_read',
      'vfs_write',
      '_raw_spin_lock',
      '__kmalloc_noprof',
      'sk_filter_trim_cap',
      'ip6_output',
      '/lib64/libc.so.6:malloc',
    ]) {
      assert.equal(heatOf({ call }), 'hot', call);
    }
    for (const call of ['sys_symlinkat', 'security_bprm_check', 'tcp_connect'])
      assert.equal(heatOf({ call }), 'warm', call);
    for (const call of ['sys_clock_settime', 'do_init_module', 'tcp_sendmsg_fake'])
      assert.equal(heatOf({ call }), 'cold', call);
  });

  it('calls hot what the guardrails call hot', () => {
    const { hot } = JSON.parse(
      readFileSync(new URL('../../../rego/data/hooks.json', import.meta.url), 'utf8'),
    ) as { hot: string[] };
    for (const pattern of hot) {
      // a bare sys_enter is the guardrails' word for the raw tracepoint, which a policy names with its subsystem
      if (/^sys_(enter|exit)$/.test(pattern)) continue;
      assert.equal(heatOf({ call: pattern.replace('*', '') }), 'hot', pattern);
    }
  });

  it('counts what a mechanism on every system call costs the others', () => {
    assert.deepEqual(costOf('raw_tracepoint/sys_enter'), { instructions: 104, elsewhere: 104 });
    assert.equal(costOf('lsm/path_symlink').elsewhere, 0);
    assert.deepEqual(costOf('raw_tp/sched_process_exec'), { instructions: 104, elsewhere: 0 });
  });

  it('knows what it is to stop a program, whatever the program is called', () => {
    const cost = (mechanism: string) => costOf(mechanism).instructions;
    assert.deepEqual(costOf('uprobe//opt/lsm/sys_enter:main+0x10'), { instructions: 1380, elsewhere: 0 });
    assert.deepEqual([cost('usdt//bin/fentry:a/b'), cost('usdt.multi//x:a/b')], [1275, 1275]);
    assert.equal(cost('uretprobe.multi//bin/bash:readline'), 2600);
  });
});

describe('annotations that mean something here', () => {
  const annotatedWith = (annotations: Record<string, string>) => {
    const lines = Object.entries(annotations).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`);
    const annotated = lines.length === 0 ? '' : `\n  annotations:\n${lines.join('\n')}`;
    const named = RESTRICT_SYMLINK.replaceAll('index: 0', 'index: 2'); // the argument that is a file
    return effectsOf(normal(named.replace(/^metadata:\n.*$/m, (text) => `${text}${annotated}`)));
  };
  for (const [name, value, words] of [
    ['throttle', '60/1m', /at most 60 events in 60 seconds of one group of processes .* kills, denials/],
    ['throttle', '5/1s', /at most 5 events in a second of/],
    ['aggregate', '10s', /the same .* are told once in 10 seconds/],
    ['match', 'object', /mean the file itself/],
    ['allow-racy', 'true', /memory that the program can change/],
    ['allow-racy', 'yes', /annotation tracegate.io\/allow-racy says "yes"/],
    ['owner', 'sre', /answers for it: "sre"/],
    ['reason', 'links', /is for: "links"/],
    ['ticket', 'OPS-7', /talked over: "OPS-7"/],
    ['max-kills-per-minute', '5', /at most 5 processes a minute .*beyond that it lets calls pass/],
    ['colour', 'red', /annotation tracegate.io\/colour says "red"/],
  ] as const)
    it(`${name}: ${value}`, () => {
      const { details } = annotatedWith({ [`tracegate.io/${name}`]: value });
      assert.match(details.join('\n'), words);
    });

  it('and what changes with them is told', () => {
    const changes = changesBetween(annotatedWith({}), annotatedWith({ 'tracegate.io/throttle': '5/1s' }));
    assert.equal(changes.length, 1);
    assert.match(changes[0] ?? '', /^new: Each of its hooks tells at most 5 events/);
  });
});
