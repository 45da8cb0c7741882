// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Foresight, type HookForesight, readEvent, type SeenProcess } from '../../../src/foresight/index.ts';
import { prepare } from '../../../src/foresight/prepare.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { FULL, factsOf, policyWith } from '../plan/host-facts.ts';

const SYMLINK = {
  call: 'sys_symlinkat',
  syscall: true,
  args: [
    { index: 0, type: 'string' },
    { index: 1, type: 'int' },
  ],
};
const DENY = [{ action: 'Override', argError: -1 }];

function policy(selectors: object[], hook: object = SYMLINK, more: object = {}): NormalPolicy {
  return policyWith({ kprobes: [{ ...hook, selectors }], ...more });
}

/** A recorded call of the hook above. */
function event(
  parts: {
    binary?: string;
    args?: object[];
    policy?: string;
    process?: object;
    parent?: object;
    name?: string;
    more?: object;
  } = {},
) {
  const { binary = '/usr/bin/ln', args = [{ string_arg: '/etc/passwd' }, { int_arg: -100 }] } = parts;
  const process_kprobe = {
    process: { exec_id: 'e', pid: 7, binary, ...parts.process },
    parent: { exec_id: 'p', pid: 5, binary: '/usr/bin/sh', ...parts.parent },
    function_name: parts.name ?? '__x64_sys_symlinkat',
    ...{ args, policy_name: parts.policy ?? 'p', action: 'KPROBE_ACTION_POST', ...parts.more },
  };
  return JSON.stringify({ process_kprobe, node_name: 'n', time: '2026-01-01T00:00:00Z' });
}

interface Given {
  events?: string[];
  processes?: SeenProcess[];
  recorders?: NormalPolicy[];
  facts?: Parameters<typeof prepare>[1];
}

function foresee(of: NormalPolicy, given: Given): HookForesight[] {
  const { events = [], processes = [], recorders = [of], facts = [] } = given;
  const foresight = new Foresight(of, facts, new Map(recorders.map(({ name, hooks }) => [name, hooks])));
  for (const line of events) {
    const call = readEvent(line, 'test');
    if (call) foresight.call(call);
  }
  for (const process of processes) foresight.process(process);
  return foresight.result();
}

/** How many of the recorded calls were a hit, by selector, and why others could not be told. */
function outcome(of: NormalPolicy, given: Given): { hits: [number, string, number][]; open: string[] } {
  const [hook] = foresee(of, given);
  return {
    hits: (hook?.hits ?? []).map(({ selector, binary, times }) => [selector, binary, times]),
    open: (hook?.notSimulated ?? []).map(({ reason }) => reason),
  };
}

const equal = (value: string) => ({
  matchArgs: [{ index: 0, operator: 'Equal', values: [value] }],
  matchActions: DENY,
});

describe('foresight on recorded events', () => {
  it('counts who would have been hit, by program and selector', () => {
    const of = policy([equal('/etc/shadow'), equal('/etc/passwd')]);
    const events = [
      event(),
      event(),
      event({ args: [{ string_arg: '/etc/hosts' }, { int_arg: 1 }] }),
      event({ binary: '/bin/busybox' }),
    ];
    const [hook] = foresee(of, { events });
    assert.equal(hook?.calls, 4);
    assert.deepEqual(
      hook?.hits.map(({ selector, binary, times, action, strikes, pids }) => [
        selector,
        binary,
        times,
        action,
        strikes,
        pids,
      ]),
      [
        [1, '/usr/bin/ln', 2, 'gets EPERM (operation not permitted) instead', true, [7]],
        [1, '/bin/busybox', 1, 'gets EPERM (operation not permitted) instead', true, [7]],
      ],
    );
    assert.deepEqual(hook?.notSimulated, []);
  });

  it('takes the first selector that matches, and tells reporting from acting', () => {
    const of = policy([
      { matchBinaries: [{ operator: 'In', values: ['/usr/bin/ln'] }], matchActions: [{ action: 'Post' }] },
      equal('/etc/passwd'),
    ]);
    const [hook] = foresee(of, { events: [event(), event({ binary: '/bin/x' })] });
    assert.deepEqual(
      hook?.hits.map(({ binary, strikes }) => [binary, strikes]),
      [
        ['/bin/x', true],
        ['/usr/bin/ln', false],
      ],
    );
  });

  it('puts values where the policy that recorded them had them, and says where that is not known', () => {
    const of = policy([equal('/etc/passwd')]);
    const recorder = {
      ...policyWith({
        kprobes: [
          {
            ...SYMLINK,
            args: [
              { index: 2, type: 'string' },
              { index: 0, type: 'string' },
            ],
          },
        ],
      }),
      name: 'r',
    };
    const args = [{ string_arg: '/tmp/x' }, { string_arg: '/etc/passwd' }];
    assert.deepEqual(
      outcome(of, { events: [event({ args, policy: 'r' })], recorders: [of, recorder] }).hits,
      [[0, '/usr/bin/ln', 1]],
    );
    const blind = outcome(of, { events: [event({ args, policy: 'r' })] });
    assert.deepEqual(blind.hits, []);
    assert.match(
      blind.open.join(),
      /^r, which recorded it, is not known here: give its file with --recorded$/,
    );
    const changed = outcome(of, { events: [event({ args: [{ string_arg: 'a' }] })] });
    assert.match(changed.open.join(), /not those that p reads now/);
  });

  it('is sure of a miss whatever is unknown beside it, and of no hit', () => {
    const of = policy([
      {
        ...equal('/etc/passwd'),
        matchNamespaces: [{ namespace: 'Mnt', operator: 'In', values: ['4026531841'] }],
      },
    ]);
    const other = [{ string_arg: '/etc/hosts' }, { int_arg: 1 }];
    assert.deepEqual(outcome(of, { events: [event({ args: other })] }), { hits: [], open: [] });
    assert.deepEqual(outcome(of, { events: [event()] }), {
      hits: [],
      open: ['the namespaces of the process are not told'],
    });
    const ns = (inum: number) => event({ process: { ns: { mnt: { inum } } } });
    assert.deepEqual(outcome(of, { events: [ns(4026531841), ns(1)] }), {
      hits: [[0, '/usr/bin/ln', 1]],
      open: [],
    });
  });

  it('names the strongest of what a call may have met where the first selector cannot be decided', () => {
    const inside = {
      matchNamespaces: [{ namespace: 'Mnt', operator: 'In', values: ['4026531841'] }],
      matchActions: [{ action: 'NoPost' }],
    };
    const kill = { matchActions: [{ action: 'Sigkill' }] };
    const [hook] = foresee(policy([inside, kill]), { events: [event(), event()] });
    assert.deepEqual(
      [hook?.hits, hook?.notSimulated],
      [
        [],
        [
          {
            selector: 1,
            perhaps: 'is killed',
            reason: 'the namespaces of the process are not told',
            times: 2,
          },
        ],
      ],
    );
    const [turned] = foresee(policy([{ ...inside, ...kill }, equal('/etc/passwd')]), { events: [event()] });
    assert.deepEqual(
      turned?.notSimulated.map(({ selector, perhaps }) => [selector, perhaps]),
      [[0, 'is killed']],
    );
  });

  it('reads capabilities where they are told', () => {
    const of = policy([
      {
        matchCapabilities: [
          { type: 'Effective', operator: 'In', values: ['CAP_SYS_ADMIN', 'CAP_DAC_OVERRIDE'] },
        ],
        matchActions: DENY,
      },
    ]);
    const cap = (effective: string[]) => event({ process: { cap: { permitted: [], effective } } });
    assert.deepEqual(outcome(of, { events: [cap(['DAC_OVERRIDE']), cap(['CAP_CHOWN'])] }).hits, [
      [0, '/usr/bin/ln', 1],
    ]);
    assert.deepEqual(outcome(of, { events: [event()] }).open, [
      'the capabilities of the process are not told',
    ]);
  });

  it('knows parents, and of what came before them only that it does not', () => {
    const parents = (more: object) =>
      policy([
        { matchParentBinaries: [{ operator: 'In', values: ['/usr/bin/sh'], ...more }], matchActions: DENY },
      ]);
    assert.equal(outcome(parents({}), { events: [event()] }).hits.length, 1);
    assert.equal(outcome(parents({}), { events: [event({ parent: { binary: '/x' } })] }).hits.length, 0);
    const follow = policy([
      {
        matchBinaries: [{ operator: 'NotIn', values: ['/usr/bin/good'], followChildren: true }],
        matchActions: DENY,
      },
    ]);
    assert.match(outcome(follow, { events: [event()] }).open.join(), /programs that the program comes from/);
    assert.deepEqual(outcome(follow, { events: [event({ binary: '/usr/bin/good' })] }), {
      hits: [],
      open: [],
    });
    const pids = policy([
      { matchPIDs: [{ operator: 'In', values: [5], followForks: true }], matchActions: DENY },
    ]);
    assert.equal(outcome(pids, { events: [event()] }).hits.length, 1);
    assert.match(outcome(pids, { events: [event({ parent: { pid: 6 } })] }).open.join(), /ancestors/);
  });

  it('leaves open what was cut, replaced or only resolved in part', () => {
    const of = policy([equal('/etc/passwd')]);
    assert.equal(
      outcome(of, { events: [event({ args: [{ string_arg: '/etc/pa\ufffdwd' }, { int_arg: 1 }] })] }).open
        .length,
      1,
    );
    const buffers = policyWith({
      kprobes: [
        {
          call: 'sys_write',
          syscall: true,
          args: [{ index: 1, type: 'char_buf', sizeArgIndex: 3 }],
          selectors: [equalAt('x')],
        },
      ],
    });
    const write = (told: object) => event({ name: '__x64_sys_write', args: [told] });
    assert.equal(
      outcome(buffers, { events: [write({ bytes_arg: Buffer.from('x').toString('base64') })] }).hits.length,
      1,
    );
    assert.equal(
      outcome(buffers, { events: [write({ truncated_bytes_arg: { bytes_arg: 'eA==', orig_size: '9' } })] })
        .open.length,
      1,
    );
    const files = policyWith({
      lsmhooks: [
        { hook: 'file_open', args: [{ index: 0, type: 'file' }], selectors: [equalAt('/etc/passwd')] },
      ],
    });
    const open = (told: object) => event({ name: 'security_file_open', args: [{ file_arg: told }] });
    assert.equal(outcome(files, { events: [open({ path: '/etc/passwd' })] }).hits.length, 1);
    assert.equal(
      outcome(files, { events: [open({ path: '/etc/passwd', flags: 'unresolvedPathComponents' })] }).open
        .length,
      1,
    );
  });

  it('takes no text of a call for the file it names', () => {
    const onText = {
      matchArgs: [{ index: 1, operator: 'Equal', values: ['/etc/shadow'] }],
      matchActions: DENY,
    };
    const text = policy([onText], {
      call: 'sys_openat',
      syscall: true,
      args: [{ index: 1, type: 'string' }],
    });
    const object = policyWith(
      {
        kprobes: [
          {
            call: 'sys_openat',
            syscall: true,
            args: [{ index: 1, type: 'string' }],
            selectors: [
              { matchArgs: [{ index: 1, operator: 'Equal', values: ['/etc/shadow'] }], matchActions: DENY },
            ],
          },
        ],
      },
      { 'tracegate.io/match': 'object' },
    );
    const events = [event({ name: '__x64_sys_openat', args: [{ string_arg: '/etc/shadow' }], policy: 'r' })];
    assert.match(
      outcome(object, { events, recorders: [{ ...text, name: 'r' }] }).open.join(),
      /tells the text of the call, and this decides on the file/,
    );
    assert.equal(outcome(object, { events, recorders: [{ ...object, name: 'r' }] }).hits.length, 1);
  });

  it('knows sockets by their parts', () => {
    const connect = { call: 'sys_connect', syscall: true, args: [{ index: 1, type: 'sockaddr' }] };
    const selector = (operator: string, values: string[]) => [
      { matchArgs: [{ index: 1, operator, values }], matchActions: DENY },
    ];
    const to = (told: object) => event({ name: '__x64_sys_connect', args: [{ sockaddr_arg: told }] });
    const [inside, outside, unix] = [
      to({ family: 'AF_INET', addr: '10.1.2.3', port: 443 }),
      to({ family: 'AF_INET6', addr: '2001:db8::1', port: 80 }),
      to({ family: 'AF_UNIX' }),
    ];
    const hits = (operator: string, values: string[]) =>
      outcome(policy(selector(operator, values), connect), { events: [inside, outside, unix] }).hits.map(
        ([, , n]) => n,
      )[0] ?? 0;
    assert.equal(hits('SAddr', ['10.0.0.0/8']), 1);
    assert.equal(hits('NotSAddr', ['10.0.0.0/8']), 1);
    assert.equal(hits('SAddr', ['::/0', '0.0.0.0/0']), 2);
    assert.equal(hits('SPort', ['443:8000']), 1);
    assert.equal(hits('Family', ['AF_UNIX', 'AF_INET']), 2);
    const half = to({ family: 'AF_INET', port: 1 });
    assert.deepEqual(outcome(policy(selector('SAddr', ['10.0.0.0/8']), connect), { events: [half] }).open, [
      'a part of the object is not told',
    ]);
  });

  it('takes an execution for what its hooks would have seen', () => {
    const of = policyWith({
      lsmhooks: [
        {
          hook: 'bprm_check_security',
          args: [{ index: 0, type: 'linux_binprm' }],
          selectors: [
            {
              matchArgs: [{ index: 0, operator: 'Postfix', values: ['/apt-get'] }],
              matchBinaries: [{ operator: 'NotIn', values: ['/usr/bin/good'] }],
              matchActions: DENY,
            },
          ],
        },
      ],
      containerSelector: {},
    });
    const exec = (docker: string | undefined, parent: string) =>
      JSON.stringify({
        process_exec: {
          process: {
            exec_id: 'e',
            pid: 9,
            binary: '/usr/bin/apt-get',
            docker,
            pod: docker && { namespace: 'shop', name: 'web-1' },
          },
          parent: { pid: 3, binary: parent },
        },
        time: 't',
      });
    const [hook] = foresee(of, {
      events: [exec('0123', '/bin/sh'), exec(undefined, '/bin/sh'), exec('0123', '/usr/bin/good')],
    });
    assert.deepEqual(
      hook?.hits.map(({ binary, pod, times }) => [binary, pod, times]),
      [['/usr/bin/apt-get', 'shop/web-1', 1]],
    );
  });

  it('takes the new program for the one that asks, once it has taken its place', () => {
    const process_exec = {
      process: { exec_id: 'e', pid: 9, binary: '/usr/bin/new' },
      parent: { pid: 3, binary: '/usr/bin/old' },
    };
    const events = [JSON.stringify({ process_exec, time: 't' })];
    const selectors = (binary: string) => [
      { matchBinaries: [{ operator: 'In', values: [binary] }], matchActions: [{ action: 'Sigkill' }] },
    ];
    const lsm = (hook: string) => (binary: string) =>
      policyWith({
        lsmhooks: [{ hook, args: [{ index: 0, type: 'linux_binprm' }], selectors: selectors(binary) }],
      });
    const event = (binary: string) =>
      policyWith({
        tracepoints: [{ subsystem: 'sched', event: 'sched_process_exec', selectors: selectors(binary) }],
      });
    const hits = (of: (binary: string) => NormalPolicy) =>
      ['/usr/bin/new', '/usr/bin/old'].map((binary) => outcome(of(binary), { events }).hits.length);
    assert.deepEqual(hits(event), [1, 0]);
    assert.deepEqual(hits(lsm('bprm_committing_creds')), [1, 0]);
    assert.deepEqual(hits(lsm('bprm_committed_creds')), [1, 0]);
    assert.deepEqual(hits(lsm('bprm_check_security')), [0, 1]);
  });

  it('takes from what runs now nothing that may have been otherwise at the time', () => {
    const live: SeenProcess = {
      ...{ pid: 7, binary: '/usr/bin/ln', pids: [7, 5, 1], wholeLineage: true, unit: 'a.service' },
      ...{ capabilities: new Map([0, 1, 2].map((set) => [set, 1n << 21n])), userNamespaceLevel: 0 },
    };
    const replay = (selector: object) => {
      const of = policy([{ ...selector, matchActions: DENY }]);
      const foresight = new Foresight(of, [], new Map([[of.name, of.hooks]]));
      const call = readEvent(event(), 'test');
      assert.ok(call);
      foresight.call(call, live);
      const [{ hits, notSimulated } = { hits: [], notSimulated: [] }] = foresight.result();
      return [hits.map(({ unit }) => unit), notSimulated.map(({ reason }) => reason)];
    };
    assert.deepEqual(
      replay({ matchCapabilities: [{ type: 'Effective', operator: 'In', values: ['CAP_SYS_ADMIN'] }] }),
      [[], ['the capabilities of the process are not told']],
    );
    assert.deepEqual(replay({ matchPIDs: [{ operator: 'In', values: [1], followForks: true }] }), [
      ['a.service'],
      [],
    ]);
  });

  it('says which hooks cannot be run through, and which a host refuses', () => {
    const of = policy([
      { matchNamespaces: [{ namespace: 'Pid', operator: 'NotIn', values: ['host_ns'] }], matchActions: DENY },
    ]);
    const [without] = foresee(of, { events: [event()] });
    assert.match(without?.notSimulated[0]?.reason ?? '', /give its facts with --facts/);
    const facts = { ...factsOf(FULL), hostNamespaces: { Pid: 4026531836 } };
    const pid = (inum: number) => event({ process: { ns: { pid: { inum } } } });
    assert.deepEqual(outcome(of, { facts: [facts], events: [pid(4026531836), pid(1)] }), {
      hits: [[0, '/usr/bin/ln', 1]],
      open: [],
    });
    const missing = policyWith({ kprobes: [{ call: 'no_such_function', syscall: false }] });
    assert.match(foresee(missing, { facts: [facts] })[0]?.refused[0]?.reason ?? '', /no_such_function/);
  });

  it('counts as many calls as an event stands for', () => {
    const of = policy([equal('/etc/passwd')]);
    const more = {
      ...JSON.parse(event()),
      tracegate: { aggregated: { count: '40', first: 't', last: 't' } },
    };
    const upstream = { ...JSON.parse(event()), aggregation_info: { count: '2' } };
    const events = [event(), JSON.stringify(more), JSON.stringify(upstream)];
    const [hook] = foresee(of, { events });
    assert.deepEqual([hook?.calls, hook?.hits[0]?.times], [43, 43]);
  });

  it('skips events of other kinds, and refuses what is no event', () => {
    assert.equal(readEvent('{"process_exit":{"process":{}}}', 'x'), undefined);
    for (const line of ['{', '[]', '7', 'null', '{"a":1}'])
      assert.throws(() => readEvent(line, 'f, line 3'), /f, line 3/);
  });
});

function equalAt(value: string): object {
  const index = value === 'x' ? 1 : 0;
  return { matchArgs: [{ index, operator: 'Equal', values: [value] }], matchActions: DENY };
}

describe('foresight on whose processes a policy is about', () => {
  const inPod = (namespace: string) =>
    event({ process: { docker: 'abc', pod: { namespace, name: 'web-1' } } });
  const inContainer = event({ process: { docker: 'abc' } });
  const untold = JSON.stringify({
    process_kprobe: {
      process: { exec_id: 'e', pid: 7, flags: 'unknown' },
      function_name: '__x64_sys_symlinkat',
      args: [{ string_arg: '/etc/passwd' }, { int_arg: 1 }],
      policy_name: 'p',
    },
  });
  const POD = ['which pod it is in is not known'];
  const counts = (more: object, events: string[]) => {
    const { hits, open } = outcome(policy([{ matchActions: DENY }], SYMLINK, more), { events });
    return { hits: hits.map(([, , times]) => times), open };
  };

  it('takes nobody for in a pod whose labels are not told, nor for out of it', () => {
    const web = { podSelector: { matchLabels: { app: 'web' } } };
    assert.deepEqual(counts(web, [inPod('shop')]), { hits: [], open: POD });
    assert.deepEqual(counts(web, [inContainer]), { hits: [], open: POD });
    assert.deepEqual(counts(web, [untold]), { hits: [], open: POD });
    assert.deepEqual(counts(web, [event()]), { hits: [], open: [] });
  });

  it('decides by the namespace of the pod where that is enough', () => {
    const shop = { podSelector: { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'shop' } } };
    assert.deepEqual(counts(shop, [inPod('shop'), inPod('bank')]), { hits: [1], open: [] });
    assert.deepEqual(counts(shop, [inContainer]), { hits: [], open: POD });
    const both = {
      podSelector: { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'shop', app: 'web' } },
    };
    assert.deepEqual(counts(both, [inPod('bank')]), { hits: [], open: [] });
    assert.deepEqual(counts(both, [inPod('shop')]), { hits: [], open: POD });
  });

  it('keeps to the namespace of a policy, and to the workloads of a selector', () => {
    const events = [inPod('shop'), inPod('bank'), event()];
    const namespaced = { ...policy([{ matchActions: DENY }]), namespace: 'shop' };
    assert.deepEqual(outcome(namespaced, { events }), { hits: [[0, '/usr/bin/ln', 1]], open: [] });
    assert.deepEqual(outcome(namespaced, { events: [inContainer] }), { hits: [], open: POD });
    const plain = policy([{ matchActions: DENY }]);
    const hooks = plain.hooks.map((hook) => ({
      ...hook,
      selectors: hook.selectors.map((selector) => ({ ...selector, matchWorkloads: { namespace: 'shop' } })),
    }));
    assert.deepEqual(outcome({ ...plain, hooks }, { events }), { hits: [[0, '/usr/bin/ln', 1]], open: [] });
    assert.deepEqual(outcome({ ...plain, hooks }, { events: [inContainer] }), { hits: [], open: POD });
  });

  it('does not take a process that nothing is told of for one of the host', () => {
    const open = ['whether it is in a container is not known'];
    for (const more of [{ hostSelector: {} }, { containerSelector: {} }])
      assert.deepEqual(counts(more, [untold]), { hits: [], open });
    const foresight = new Foresight(
      policy([{ matchActions: DENY }], SYMLINK, { containerSelector: {} }),
      [],
      new Map(),
    );
    const call = readEvent(untold, 'test');
    assert.ok(call);
    foresight.call(call, { pid: 7, binary: '/usr/bin/ln', pids: [7], inContainer: true });
    assert.deepEqual(
      foresight.result()[0]?.hits.map(({ times }) => times),
      [1],
    );
  });

  it('leaves a running process open whose pod is not known', () => {
    const of = policy([{ matchActions: DENY }], SYMLINK, { podSelector: { matchLabels: { app: 'web' } } });
    const of30 = { pid: 30, binary: '/x', container: 'abc', pids: [30], inContainer: true };
    const [hook] = foresee(of, { processes: [of30, { ...of30, pid: 31, inContainer: false }] });
    assert.deepEqual(
      [hook?.reach, hook?.notSimulated.map(({ reason, times }) => [reason, times])],
      [[], [[`running processes: ${POD}`, 1]]],
    );
  });
});

describe('foresight on running processes', () => {
  const processes: SeenProcess[] = [
    { pid: 1, binary: '/usr/lib/systemd/systemd', pids: [1], wholeLineage: true, inContainer: false },
    {
      pid: 20,
      binary: '/usr/sbin/nginx',
      unit: 'nginx.service',
      pids: [20, 1],
      wholeLineage: true,
      inContainer: false,
    },
    {
      pid: 21,
      binary: '/usr/sbin/nginx',
      unit: 'nginx.service',
      pids: [21, 20, 1],
      wholeLineage: true,
      inContainer: false,
    },
    {
      pid: 30,
      binary: '/usr/sbin/nginx',
      container: 'abc',
      pids: [30, 1],
      wholeLineage: true,
      inContainer: true,
    },
    { pid: 2, pids: [2], wholeLineage: true, inContainer: false },
  ];

  it('names those a call would be met of, with their units', () => {
    const of = policy([
      { ...equal('/etc/passwd'), matchBinaries: [{ operator: 'In', values: ['/usr/sbin/nginx'] }] },
    ]);
    const [hook] = foresee(of, { processes });
    assert.deepEqual(
      hook?.reach.map(({ binary, unit, container, times, pids }) => [binary, unit, container, times, pids]),
      [
        ['/usr/sbin/nginx', 'nginx.service', undefined, 2, [20, 21]],
        ['/usr/sbin/nginx', undefined, 'abc', 1, [30]],
      ],
    );
    assert.deepEqual([hook?.hits, hook?.notSimulated, hook?.reachedWhen], [[], [], 'called']);
  });

  it('keeps to whose processes the policy is about', () => {
    const of = policy([{ matchActions: DENY, matchPIDs: [{ operator: 'NotIn', values: [1] }] }], SYMLINK, {
      hostSelector: {},
    });
    assert.deepEqual(
      foresee(of, { processes })[0]?.reach.map(({ unit, times }) => [unit, times]),
      [['nginx.service', 2]],
    );
  });

  it('names the strongest of what they may meet, whichever selector comes first', () => {
    const spared = {
      matchArgs: [{ index: 0, operator: 'Prefix', values: ['/tmp/'] }],
      matchActions: [{ action: 'NoPost' }],
    };
    const of = policy([spared, { matchActions: [{ action: 'Sigkill' }] }]);
    const actions = foresee(of, { processes })[0]?.reach.map(({ action, strikes, times }) => [
      action,
      strikes,
      times,
    ]);
    assert.deepEqual(actions, [
      ['perhaps: is killed (the values of the call decide)', true, 2],
      ['perhaps: is killed (the values of the call decide)', true, 1],
      ['perhaps: is killed (the values of the call decide)', true, 1],
    ]);
  });

  it('names those that would not have been started', () => {
    const of = policyWith({
      lsmhooks: [
        {
          hook: 'bprm_check_security',
          args: [{ index: 0, type: 'linux_binprm' }],
          selectors: [
            { matchArgs: [{ index: 0, operator: 'Prefix', values: ['/usr/sbin/'] }], matchActions: DENY },
          ],
        },
      ],
    });
    const [hook] = foresee(of, { processes });
    assert.equal(hook?.reachedWhen, 'executed');
    assert.deepEqual(
      hook?.reach.map(({ times }) => times),
      [2, 1],
    );
  });
});

describe('the selectors that foresight runs through', () => {
  it('are those of the plan, over the same arguments', () => {
    const facts = factsOf(FULL);
    const strip = (selectors: readonly object[]) =>
      JSON.stringify(selectors, (key, value) =>
        ['cls', 'error', 'paired', 'inodes'].includes(key)
          ? undefined
          : typeof value === 'bigint'
            ? `${value}n`
            : value,
      );
    for (const of of [
      policy([equal('/etc/passwd'), { matchArgs: [{ index: 0, operator: 'Prefix', values: ['/root/'] }] }]),
      policyWith({
        kprobes: [
          {
            call: 'tcp_connect',
            syscall: false,
            args: [{ index: 0, type: 'sock' }],
            selectors: [{ matchArgs: [{ index: 0, operator: 'DAddr', values: ['10.0.0.0/8'] }] }],
          },
        ],
      }),
      policyWith({
        lsmhooks: [
          {
            hook: 'file_open',
            args: [{ index: 0, type: 'file' }],
            selectors: [{ matchBinaries: [{ operator: 'Prefix', values: ['/usr/'] }] }],
          },
        ],
      }),
    ]) {
      const [plan] = makePlan(of, facts).hooks;
      assert.equal(plan?.refused, undefined);
      const [prepared] = prepare(of, [facts]);
      for (const { config } of plan?.programs.filter(({ config: c }) => c.selectors.length > 0) ?? [])
        assert.equal(strip(prepared?.config?.selectors ?? []), strip(config.selectors));
    }
  });
});

describe('what a hook reads of the process itself', () => {
  const reading = (resolve: string, value: string, more: object = {}) =>
    policy(
      [{ matchData: [{ index: 0, operator: 'Equal', values: [value] }], matchActions: DENY }],
      { ...SYMLINK, data: [{ index: 0, type: 'uint32', source: 'current_task', resolve }] },
      more,
    );
  // recorded by a policy that read nothing of the process
  const recorders = [policy([{}])];
  const CREDENTIALS = { uid: 1000, gid: 100, euid: 0, egid: 0, suid: 0, sgid: 0, fsuid: 0, fsgid: 5 };

  it('is taken from what the event tells of it', () => {
    const told = event({ process: { process_credentials: CREDENTIALS, auid: 1000 } });
    for (const [resolve, value, hit] of [
      ['cred.uid.val', '1000', true],
      ['cred.euid.val', '1000', false],
      ['cred.euid.val', '0', true],
      ['real_cred.fsgid.val', '5', true],
      ['loginuid.val', '1000', true],
      ['loginuid.val', '7', false],
      ['tgid', '7', true],
      ['tgid', '8', false],
    ] as const) {
      const { hits, open } = outcome(reading(resolve, value), { events: [told], recorders });
      assert.deepEqual([hits.length, open], [hit ? 1 : 0, []], `${resolve} = ${value}`);
    }
  });

  it('knows which of them the plain uid of an event is', () => {
    const tetragon = event({ process: { uid: 1000 } });
    const ours = JSON.stringify({ ...JSON.parse(tetragon), tracegate: { policy_revision: 1 } });
    const [uid, euid] = [reading('cred.uid.val', '1000'), reading('cred.euid.val', '1000')];
    const told = (of: NormalPolicy, line: string) => outcome(of, { events: [line], recorders }).hits.length;
    assert.deepEqual([told(uid, tetragon), told(euid, tetragon)], [0, 1]);
    assert.deepEqual([told(uid, ours), told(euid, ours)], [1, 0]);
    assert.equal(outcome(uid, { events: [tetragon], recorders }).open.length, 1, 'and not the other');
  });

  it('stays open where nothing is told of it', () => {
    for (const resolve of ['cred.uid.val', 'loginuid.val', 'mm.pgd', 'cred.user.uid.val'])
      assert.equal(outcome(reading(resolve, '0'), { events: [event()], recorders }).open.length, 1, resolve);
  });

  it('is known of what runs now', () => {
    const running: SeenProcess = { pid: 9, pids: [9], binary: '/usr/bin/ln', ids: { uid: 1000n } };
    const maybe = (value: string) =>
      foresee(reading('cred.uid.val', value), { processes: [running] })[0]?.reach ?? [];
    assert.deepEqual([maybe('1000').length, maybe('0').length], [1, 0]);
  });
});

describe('another place of the same call', () => {
  const tracepoint = (selectors: object[], args: object[] = []) =>
    policyWith({ tracepoints: [{ subsystem: 'syscalls', event: 'sys_enter_symlinkat', args, selectors }] });
  const byProgram = { matchBinaries: [{ operator: 'In', values: ['/usr/bin/ln'] }], matchActions: DENY };

  it('was recorded: what is asked of the process is decided', () => {
    const of = tracepoint([{ ...byProgram, matchActions: [{ action: 'Sigkill' }] }]);
    const recorders = [policy([{}])];
    const events = [event(), event({ binary: '/usr/bin/cp' })];
    assert.deepEqual(outcome(of, { events, recorders }), { hits: [[0, '/usr/bin/ln', 1]], open: [] });
  });

  it('was recorded with the same parameters: they are looked at', () => {
    const of = policy([equal('/etc/passwd')], { ...SYMLINK, call: 'ksys_symlinkat', syscall: false });
    const recorders = [policy([{}])];
    const events = [event(), event({ args: [{ string_arg: '/etc/hosts' }, { int_arg: 1 }] })];
    assert.equal(outcome(of, { events, recorders }).hits.length, 1);
  });

  it('was recorded with other values: that is said', () => {
    const told = { process_tracepoint: { process: { binary: '/usr/bin/ln', pid: 7 }, policy_name: 'p' } };
    Object.assign(told.process_tracepoint, { subsys: 'syscalls', event: 'sys_enter_symlinkat', args: [] });
    const { hits, open } = outcome(policy([equal('/etc/passwd')]), { events: [JSON.stringify(told)] });
    assert.deepEqual([hits.length, open.length], [0, 1]);
    assert.match(open[0] ?? '', /recorded at syscalls\/sys_enter_symlinkat, whose values are others/);
  });

  it('is no other call', () => {
    const of = tracepoint([{ ...byProgram, matchActions: [{ action: 'Sigkill' }] }]);
    assert.equal(foresee(of, { events: [event({ name: '__x64_sys_linkat' })] })[0]?.calls, 0);
  });
});
