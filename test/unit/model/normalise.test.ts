// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { type Intake, intake, intakeObject, type ValidIntake } from '../../../src/model/intake.ts';
import type { NormalHook } from '../../../src/model/normal-policy.ts';
import { FIELD_POLICIES, FILE_MONITORING, RESTRICT_SYMLINK, smallPolicy } from '../../fixtures/policies.ts';

function valid(taken: Intake): ValidIntake {
  assert.ok(taken.valid, JSON.stringify(taken.findings, null, 1));
  return taken;
}
const fromYaml = (text: string): ValidIntake => valid(intake(text, { format: 'yaml' }));
const refused = (spec: object): string[] => {
  const taken = intakeObject(smallPolicy({ spec }));
  assert.equal(taken.valid, false, 'it should be refused');
  return taken.findings.map(({ path, message }) => `${path} ${message}`);
};
const fixOfDestination = (operator: string): string => {
  const args = [{ index: 0, type: 'sockaddr' }];
  const selectors = [{ matchArgs: [{ index: 0, operator, values: ['1'] }] }];
  const kprobes = [{ call: 'sys_connect', args, selectors }];
  return String(intakeObject(smallPolicy({ spec: { kprobes } })).findings[0]?.fix);
};
const hookOf = (kprobe: object): NormalHook => {
  const [hook] = valid(intakeObject(smallPolicy({ spec: { kprobes: [kprobe] } }))).normal.hooks;
  return hook as NormalHook;
};

describe('the policies of the field', () => {
  for (const [name, text] of Object.entries(FIELD_POLICIES)) {
    it(`are in the language, without a remark: ${name}`, () => {
      const { normal, findings } = fromYaml(text);
      assert.equal(normal.name, name);
      assert.deepEqual(findings, []);
    });
  }

  it('compare a string without the NUL that ends it', () => {
    const { normal } = fromYaml(RESTRICT_SYMLINK);
    assert.deepEqual(normal.hooks[0]?.selectors[0]?.matchArgs[0]?.values, ['/etc/passwd']);
    assert.deepEqual(normal.hooks[0]?.selectors[0]?.actions, [
      { path: '/spec/kprobes/0/selectors/0/matchActions/0', action: 'Override', kills: false, argError: -1 },
    ]);
  });

  it('keep the pointer of every part', () => {
    const { normal } = fromYaml(FILE_MONITORING);
    assert.equal(normal.hooks[1]?.path, '/spec/kprobes/1');
    assert.equal(
      normal.hooks[1]?.selectors[0]?.matchArgs[0]?.path,
      '/spec/kprobes/1/selectors/0/matchArgs/0',
    );
    assert.equal(normal.hooks[2]?.returnArg?.path, '/spec/kprobes/2/returnArg');
  });
});

describe('one meaning has one form', () => {
  it('for system calls, in every spelling of the field', () => {
    for (const call of ['sys_dup', '__x64_sys_dup', 'x64/sys_dup']) {
      assert.deepEqual([hookOf({ call }).call, hookOf({ call }).abi], ['sys_dup', undefined], call);
    }
    for (const call of ['__ia32_sys_dup', 'i386/sys_dup', '__ia32_compat_sys_dup']) {
      assert.deepEqual([hookOf({ call }).call, hookOf({ call }).abi], ['sys_dup', 'i386'], call);
    }
  });

  it('for a system call that was not said to be one', () => {
    assert.equal(hookOf({ call: 'sys_dup' }).syscall, true);
  });

  it('for types and operators with two names', () => {
    const args = ['int32', 'sint32', 'long', 'ulong', 'sint8'].map((type) => ({ index: 0, type }));
    const hook = hookOf({
      call: 'sys_dup',
      args,
      selectors: [{ matchArgs: [{ index: 0, operator: 'GreaterThan', values: ['0x10'] }] }],
    });
    assert.deepEqual(
      hook.args.map(({ type }) => type),
      ['int', 'int', 'int64', 'uint64', 'int8'],
    );
    assert.deepEqual(hook.selectors[0]?.matchArgs[0], {
      path: '/spec/kprobes/0/selectors/0/matchArgs/0',
      argPosition: 0,
      argIndex: 0,
      type: 'int',
      operator: 'GT',
      values: ['16'],
    });
  });

  it('for numbers in any base', () => {
    const values = ['42', '0x2a', '0X2A', '0b101010', '0o52', '052', '4_2', '+42', '-1'];
    const hook = hookOf({
      call: 'sys_dup',
      args: [{ index: 0, type: 'int' }],
      selectors: [{ matchArgs: [{ index: 0, operator: 'Equal', values }] }],
    });
    assert.deepEqual(hook.selectors[0]?.matchArgs[0]?.values, [
      '42',
      '42',
      '42',
      '42',
      '42',
      '42',
      '42',
      '42',
      '-1',
    ]);
  });

  it('for the largest numbers a type holds', () => {
    const values = ['18446744073709551615', '0xffff_ffff_ffff_ffff'];
    const hook = hookOf({
      call: 'sys_dup',
      args: [{ index: 0, type: 'uint64' }],
      selectors: [{ matchArgs: [{ index: 0, operator: 'Mask', values }] }],
    });
    assert.deepEqual(hook.selectors[0]?.matchArgs[0]?.values, [
      '18446744073709551615',
      '18446744073709551615',
    ]);
  });

  it('for hooks without selectors and selectors without actions: they post', () => {
    const post = [{ path: '/spec/kprobes/0', action: 'Post', kills: false }];
    assert.deepEqual(hookOf({ call: 'sys_dup' }).selectors[0]?.actions, post);
    assert.equal(hookOf({ call: 'sys_dup', selectors: [{}] }).selectors[0]?.actions[0]?.action, 'Post');
  });

  it('for a list of calls: one hook each', () => {
    const lists = [{ name: 'dups', type: 'syscalls', values: ['sys_dup', '__ia32_sys_dup2'] }];
    const { normal } = valid(
      intakeObject(smallPolicy({ spec: { lists, kprobes: [{ call: 'list:dups' }] } })),
    );
    assert.deepEqual(
      normal.hooks.map(({ call, abi, path }) => [call, abi, path]),
      [
        ['sys_dup', undefined, '/spec/kprobes/0'],
        ['sys_dup2', 'i386', '/spec/kprobes/0'],
      ],
    );
  });

  it('for tracepoints: a filter names the field or the place in args', () => {
    const spec = (index: number) => ({
      tracepoints: [
        {
          subsystem: 'syscalls',
          event: 'sys_enter_dup',
          args: [{ index: 5, type: 'uint64' }],
          selectors: [{ matchArgs: [{ index, operator: 'Equal', values: ['7'] }] }],
        },
      ],
    });
    for (const index of [0, 5]) {
      const { normal } = valid(intakeObject(smallPolicy({ spec: spec(index) })));
      assert.equal(normal.hooks[0]?.selectors[0]?.matchArgs[0]?.argIndex, 5);
      assert.equal(normal.hooks[0]?.call, 'syscalls/sys_enter_dup');
    }
  });

  it('for what is asked of a socket: ports, names and networks', () => {
    const asked = (type: string, operator: string, values?: string[]) => {
      const match = { index: 0, operator, ...(values && { values }) };
      const hook = hookOf({
        ...{ call: 'f', syscall: false, args: [{ index: 0, type }], selectors: [{ matchArgs: [match] }] },
      });
      const [made] = hook.selectors[0]?.matchArgs ?? [];
      return [made?.operator, ...(made?.values ?? [])].join(' ');
    };
    assert.equal(asked('sock', 'DPort', ['80', '8000:0x1fff', '5:5']), 'DPort 80 8000:8191 5');
    assert.equal(asked('sock', 'DPortPriv'), 'DPort 0:1023');
    assert.equal(asked('skb', 'NotSportPriv'), 'SPort 1024:65535');
    assert.equal(asked('socket', 'Family', ['2', 'af_inet6', '20:30']), 'Family AF_INET AF_INET6 20:30');
    assert.equal(asked('socket', 'Protocol', ['IPPROTO_TCP', '17']), 'Protocol IPPROTO_TCP IPPROTO_UDP');
    assert.equal(asked('sock', 'State', ['1', '99']), 'State TCP_ESTABLISHED 99');
    assert.equal(
      asked('sockaddr', 'NotSAddr', ['10.1.1.1/8', '::FFFF:1.2.3.4']),
      'NotSAddr 10.0.0.0/8 1.2.3.4',
    );
    assert.equal(asked('path', 'FileType', ['link', 'reg']), 'FileType lnk reg');
    assert.equal(asked('int', 'InMap', ['1', '-5:5']), 'InRange 1 -5:5');
    assert.equal(asked('cap_effective', 'Mask', ['cap_chown, CAP_KILL', '8']), 'Mask 33 8');
  });

  it('for LSM hooks: the kernel function that asks them, an answer that is an errno', () => {
    const answer = (argError: number) => {
      const { normal, findings } = valid(
        intakeObject(
          smallPolicy({
            spec: {
              lsmhooks: [
                { hook: 'file_open', selectors: [{ matchActions: [{ action: 'Override', argError }] }] },
              ],
            },
          }),
        ),
      );
      const [hook] = normal.hooks as [NormalHook];
      assert.deepEqual([hook.type, hook.call, hook.path], ['lsm', 'security_file_open', '/spec/lsmhooks/0']);
      return [hook.selectors[0]?.actions[0]?.argError, findings.length];
    };
    assert.deepEqual(answer(-13), [-13, 0]);
    assert.deepEqual(answer(1), [-1, 1]);
    assert.deepEqual(answer(-5000), [-1, 1]);
    assert.deepEqual(answer(0), [0, 1]);
  });

  it('for the namespaced kind: its namespace is default where it names none', () => {
    const one = valid(intakeObject(smallPolicy({ kind: 'TracingPolicyNamespaced' })));
    const other = valid(
      intakeObject(smallPolicy({ kind: 'TracingPolicyNamespaced', metadata: { namespace: 'default' } })),
    );
    assert.equal(one.normal.namespace, 'default');
    assert.equal(one.digest, other.digest);
  });

  it('for actions: every fatal or stopping signal kills', () => {
    const kills = (argSig: number) =>
      hookOf({ call: 'sys_dup', selectors: [{ matchActions: [{ action: 'Signal', argSig }] }] }).selectors[0]
        ?.actions[0]?.kills;
    assert.deepEqual([9, 15, 19, 34].map(kills), [true, true, true, true]);
    assert.deepEqual([17, 18, 23, 28].map(kills), [false, false, false, false]);
  });
});

describe('a rate limit', () => {
  const post = (action: object) =>
    valid(
      intakeObject(
        smallPolicy({
          spec: {
            kprobes: [{ call: 'sys_dup', selectors: [{ matchActions: [{ action: 'Post', ...action }] }] }],
          },
        }),
      ),
    );
  const limitOf = (action: object) => {
    const {
      path: _,
      kills: __,
      action: ___,
      ...limit
    } = post(action).normal.hooks[0]?.selectors[0]?.actions[0] ?? {
      path: '',
      kills: false,
      action: 'Post' as const,
    };
    return limit;
  };

  it('is a time in milliseconds, of a thread where it names no scope', () => {
    assert.deepEqual(limitOf({ rateLimit: '7' }), { rateLimitMs: 7000, rateLimitScope: 'thread' });
    assert.deepEqual(limitOf({ rateLimit: '5M', rateLimitScope: 'global' }), {
      rateLimitMs: 300_000,
      rateLimitScope: 'global',
    });
    assert.deepEqual(limitOf({ rateLimit: '1h', rateLimitScope: 'process' }), {
      rateLimitMs: 3_600_000,
      rateLimitScope: 'process',
    });
  });

  it('that limits nothing is remarked on', () => {
    for (const action of [{ rateLimit: '0s' }, { rateLimitScope: 'global' }]) {
      assert.deepEqual(limitOf(action), {});
      assert.match(post(action).findings[0]?.message ?? '', /limits nothing|no meaning without rateLimit/);
    }
  });
});

describe('what this runtime cannot do', () => {
  const kprobe = (more: object) => ({
    kprobes: [{ call: 'sys_dup', args: [{ index: 0, type: 'int' }], ...more }],
  });

  it('is named, all of it at once', () => {
    const said = refused({
      ...kprobe({
        selectors: [
          { matchActions: [{ action: 'GetUrl', argUrl: 'http://x' }] },
          { matchActions: [{ action: 'DnsLookup', argFqdn: 'x' }] },
        ],
      }),
    });
    for (const at of [0, 1]) {
      const path = `/spec/kprobes/0/selectors/${at}/matchActions/0/action`;
      assert.ok(
        said.some((line) => line.startsWith(`${path} `) && line.includes("not in this runtime's language")),
        `${path} in ${said.join('\n')}`,
      );
    }
  });

  it('is refused with a reason and a way out', () => {
    const act = (action: object) =>
      intakeObject(smallPolicy({ spec: kprobe({ selectors: [{ matchActions: [action] }] }) }));
    for (const action of [
      { action: 'GetUrl', argUrl: 'http://x' },
      { action: 'DnsLookup', argFqdn: 'x' },
    ]) {
      const [finding] = act(action).findings;
      assert.match(finding?.message ?? '', /could make the agent, which is root, call out/);
      assert.match(finding?.fix ?? '', /use Post/);
    }
    for (const action of ['FollowFD', 'UnfollowFD', 'CopyFD'])
      assert.match(act({ action }).findings[0]?.fix ?? '', /Tetragon has taken it out/);
  });

  it('is refused with its reason in fields of actions too', () => {
    const act = (action: object) =>
      intakeObject(smallPolicy({ spec: kprobe({ selectors: [{ matchActions: [action] }] }) }));
    for (const field of ['argRegs', 'argNewSymbol', 'argNewAddr', 'argNewOffset', 'argUrl', 'argFqdn']) {
      const value = field === 'argRegs' ? ['rax=1'] : /Addr|Offset/.test(field) ? 16 : 'x';
      const { findings } = act({ action: 'Override', argError: -1, [field]: value });
      const [finding, ...more] = findings.filter(({ severity }) => severity === 'deny');
      assert.equal(more.length, 0);
      assert.match(finding?.message ?? '', /only be set from Linux 6\.18 on|which is root, call out/, field);
      assert.match(finding?.fix ?? '', /leave it out: Sigkill ends|use Post, and let/, field);
    }
  });

  it('is not asked for by empty or false fields', () => {
    const spec = {
      ...kprobe({
        data: [],
        selectors: [
          { macros: [], matchActions: [{ action: 'Post', kernelStackTrace: false, rateLimit: '' }] },
        ],
      }),
      uprobes: [],
      loader: false,
      selectorsMacros: {},
    };
    valid(intakeObject(smallPolicy({ spec })));
  });

  it('is not said twice of what looks at a refused argument', () => {
    const said = refused(
      kprobe({
        args: [{ index: 0, type: 'const_buf' }],
        selectors: [{ matchArgs: [{ index: 0, operator: 'Equal', values: ['x'] }] }],
      }),
    );
    assert.deepEqual(said, [
      '/spec/kprobes/0/args/0/type only the record of a tracepoint has a const_buf in it',
    ]);
  });

  it('includes stacks where there are none to tell', () => {
    const killed = { action: 'Sigkill', userStackTrace: true };
    assert.match(
      refused(kprobe({ selectors: [{ matchActions: [killed] }] })).join(),
      /0\/userStackTrace userStackTrace is part of an event: Sigkill has none of its own/,
    );
    const posted = { action: 'Post', kernelStackTrace: true };
    const place = { path: '/bin/true', symbols: ['main'], selectors: [{ matchActions: [posted] }] };
    assert.match(
      refused({ uprobes: [place] }).join(),
      /0\/kernelStackTrace at a place in a program the kernel has no stack/,
    );
  });

  it('includes digests where there is no file that could be waited for', () => {
    const selectors = [{ matchActions: [{ action: 'Post', imaHash: true }] }];
    const said = /matchActions\/0\/imaHash imaHash is the digest of the file that an LSM hook is about/;
    assert.match(refused(kprobe({ selectors })).join(), said);
    assert.match(refused({ lsmhooks: [{ hook: 'file_open', selectors }] }).join(), said);
    const killed = [{ matchActions: [{ action: 'Sigkill', imaHash: true }] }];
    assert.match(
      refused({ lsmhooks: [{ hook: 'bprm_check_security', selectors: killed }] }).join(),
      /imaHash is part of an event: Sigkill has none/,
    );
  });

  it('includes rate limits that are no time or scope, and on what is no event', () => {
    const limited = (action: object) =>
      refused(kprobe({ selectors: [{ matchActions: [{ action: 'Post', ...action }] }] })).join();
    assert.match(limited({ rateLimit: '5 minutes' }), /rateLimit "5 minutes" is no time/);
    assert.match(limited({ rateLimit: '1194h' }), /longer than a limit can be/);
    assert.match(limited({ rateLimit: '5m', rateLimitScope: 'host' }), /"host" is no scope of a rate limit/);
    assert.match(limited({ action: 'Sigkill', rateLimit: '5m' }), /rateLimit limits events: Sigkill happens/);
  });

  it('includes overriding a tracepoint, which has nothing to override', () => {
    const said = refused({
      tracepoints: [
        {
          subsystem: 'sched',
          event: 'x',
          selectors: [{ matchActions: [{ action: 'Override', argError: -1 }] }],
        },
      ],
    });
    assert.match(said.join(), /no return value to override/);
  });

  it('includes values that mean nothing to a socket, and operators that do not look at one', () => {
    const asked = (type: string, operator: string, values: string[] = ['1']) =>
      String(
        refused(
          kprobe({
            args: [{ index: 0, type }],
            selectors: [{ matchArgs: [{ index: 0, operator, values }] }],
          }),
        ),
      );
    assert.match(asked('sock', 'DAddr', ['example.org']), /"example.org" is no address/);
    assert.match(asked('sock', 'DPort', ['65536']), /65536 does not fit/);
    assert.match(asked('sock', 'DPort', ['90:80']), /nothing lies between 90 and 80/);
    assert.match(asked('sock', 'DPort', ['http']), /neither a number nor a range/);
    assert.match(asked('sock', 'Family', ['AF_NONE']), /"AF_NONE" is not the name of one/);
    assert.match(asked('sock', 'DPort', []), /has no values/);
    assert.match(asked('sockaddr', 'DAddr'), /DAddr cannot look at an argument of type sockaddr/);
    assert.match(fixOfDestination('NotDPort'), /use NotSPort: .* also where a connection goes to/);
    assert.match(fixOfDestination('NotDPortPriv'), /use NotSportPriv/);
    assert.match(asked('skb', 'State'), /State cannot look at an argument of type skb/);
    assert.match(asked('sock', 'Equal'), /Equal cannot look at an argument of type sock/);
    assert.match(asked('file', 'FileType', ['door']), /"door" is no type of file/);
    assert.match(asked('fd', 'FileType', ['reg']), /FileType cannot look at/);
    assert.match(asked('uint8', 'InRange', ['0:256']), /0:256 does not fit/);
  });

  it('includes kernel objects where there are none: system calls, records of tracepoints', () => {
    const args = [{ index: 0, type: 'cred' }];
    assert.match(
      String(refused({ kprobes: [{ call: 'sys_dup', args }] })),
      /a system call is handed no cred/,
    );
    const record = { subsystem: 'sched', event: 'sched_switch', args: [{ index: 4, type: 'cred' }] };
    assert.match(String(refused({ tracepoints: [record] })), /record has no cred in it/);
    assert.match(
      String(refused(kprobe({ args: [{ index: 0, type: 'syscall64' }] }))),
      /only a tracepoint is handed the number of a system call/,
    );
  });

  it('includes acting at both ends of a call', () => {
    const selectors = [
      { matchActions: [{ action: 'Sigkill' }] },
      { matchReturnActions: [{ action: 'Signal', argSig: 15 }] },
    ];
    const hook = kprobe({ return: true, returnArg: { index: 0, type: 'int' }, selectors });
    assert.match(
      refused(hook).join(),
      /selectors\/1\/matchReturnActions\/0 Signal at return, and an action at entry of the same hook/,
    );
  });

  it('includes names of capabilities that are none', () => {
    const match = { index: 0, operator: 'Mask', values: ['CAP_SYS_ADMIN,CAP_FLY'] };
    const hook = kprobe({ args: [{ index: 0, type: 'cap_effective' }], selectors: [{ matchArgs: [match] }] });
    assert.match(String(refused(hook)), /"CAP_FLY" is no capability/);
  });

  it('includes LSM hooks by another name, and their return', () => {
    const lsm = (hook: object) => refused({ lsmhooks: [hook] });
    assert.deepEqual(lsm({ hook: 'security_file_open' }), [
      '/spec/lsmhooks/0/hook an LSM hook is named without "security_"',
    ]);
    assert.match(String(lsm({ hook: 'File Open' })), /names no LSM hook/);
    assert.match(
      String(lsm({ hook: 'file_open', selectors: [{ matchReturnActions: [{ action: 'Post' }] }] })),
      /matchReturnActions needs the return value/,
    );
  });
});

describe('a remark', () => {
  it('is made of octal numbers and of parameters without a meaning', () => {
    const spec = {
      kprobes: [
        {
          call: 'sys_dup',
          args: [{ index: 0, type: 'int' }],
          selectors: [
            {
              matchArgs: [{ index: 0, operator: 'Equal', values: ['011'] }],
              matchActions: [{ action: 'Sigkill', argError: -1 }],
            },
          ],
        },
      ],
    };
    const { findings } = valid(intakeObject(smallPolicy({ spec })));
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ['info', 'info'],
    );
    assert.match(findings.map(({ message }) => message).join(), /no meaning with Sigkill.*octal: 9/);
  });
});

describe('the digest', () => {
  const digest = (value: unknown) => valid(intakeObject(value)).digest;

  it('does not see labels and foreign annotations, and sees ours', () => {
    const bare = digest(smallPolicy());
    assert.equal(
      digest(
        smallPolicy({ metadata: { labels: { a: 'b' }, annotations: { 'example.com/a': 'b' }, uid: 'x' } }),
      ),
      bare,
    );
    assert.notEqual(
      digest(smallPolicy({ metadata: { annotations: { 'tracegate.io/allow-racy': 'true' } } })),
      bare,
    );
    assert.notEqual(digest(smallPolicy({ kind: 'TracingPolicyNamespaced' })), bare);
  });

  it('and the normal form are blind to key order, YAML style and spelled-out defaults', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(FIELD_POLICIES)),
        fc.infiniteStream(fc.nat()),
        styles,
        (text, order, style) => {
          const original = fromYaml(text);
          const document = JSON.parse(JSON.stringify(original.document));
          const shuffled = fromYaml(dump(shuffle(document, order), style));
          assert.equal(shuffled.digest, original.digest);
          assert.deepEqual(shuffled.normal, original.normal);
          const asJson = valid(
            intake(JSON.stringify(shuffle(document, order)), { contentType: 'application/json' }),
          );
          assert.deepEqual(asJson.normal, original.normal);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells any two values of a filter apart', () => {
    const policyOf = (value: string) => {
      const selectors = [{ matchArgs: [{ index: 0, operator: 'Prefix', values: [value] }] }];
      return smallPolicy({
        spec: { kprobes: [{ call: 'sys_unlink', args: [{ index: 0, type: 'string' }], selectors }] },
      });
    };
    const values = fc
      .string({ minLength: 1, maxLength: 20, unit: 'binary' })
      .filter((value) => value.isWellFormed() && !value.includes('\0'));
    fc.assert(
      fc.property(values, values, (a, b) =>
        assert.equal(digest(policyOf(a)) === digest(policyOf(b)), a === b),
      ),
      { numRuns: 60 },
    );
  });
});

const styles = fc.record({
  indent: fc.constantFrom(1, 2, 4),
  flowLevel: fc.constantFrom(-1, 0, 3),
  forceQuotes: fc.boolean(),
  quoteStyle: fc.constantFrom('single' as const, 'double' as const),
  lineWidth: fc.constantFrom(-1, 40),
});

/** The same value with its keys in another order. */
function shuffle(value: unknown, order: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffle(item, order));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map((entry) => ({ entry, at: order.next().value as number }));
  entries.sort((a, b) => a.at - b.at);
  return Object.fromEntries(entries.map(({ entry: [key, below] }) => [key, shuffle(below, order)]));
}
