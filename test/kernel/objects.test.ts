// SPDX-License-Identifier: Apache-2.0
/** Kernel objects as arguments: what an event tells of each, and which of them a filter lets through. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, callsProgram, openBench, PLACE, put, run } from './runtime-fixture.ts';

const PROGRAM = join(PLACE, 'objects.py');
const FILE = join(PLACE, 'object-file');
const LINK = join(PLACE, 'object-link');
/** symlink by the 32-bit door, and the bit that tells the door */
const SYMLINK_I386 = 83;
const COMPAT = 2 ** 31;
const CHROOT = 18;
const MASK_ADMIN = 1n << 21n;

/** Makes the call named by its argument. */
const TEXT = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def bpf(cmd, attr):
    b = ctypes.create_string_buffer(attr.ljust(120, b'\\0'), 120)
    return libc.syscall(321, cmd, b, 120)
def capset(effective):
    head = struct.pack('II', 0x20080522, 0)
    low = lambda x: x & 0xffffffff
    data = struct.pack('IIIIII', low(effective), low(effective), 0, effective >> 32, effective >> 32, 0)
    return libc.capset(head, data)
def prog():
    insns = ctypes.create_string_buffer(struct.pack('<BBhi', 0xb7, 0, 0, 0) + struct.pack('<BBhi', 0x95, 0, 0, 0), 16)
    lic = ctypes.create_string_buffer(b'GPL')
    return bpf(5, struct.pack('<IIQQIIQII16s', 1, 2, ctypes.addressof(insns), ctypes.addressof(lic), 0, 0, 0, 0, 0, b'little'))
calls = {
    'creds': lambda: os.setresuid(1, 2, 3),
    'chroot': lambda: os.chroot('/'),
    'capset': lambda: (capset(0x1ffffffffff), capset(1 << 13)),
    'map': lambda: bpf(0, struct.pack('<IIIIIII16s', 2, 4, 8, 3, 0, 0, 0, b'hello')),
    'prog': prog,
    'perf': lambda: libc.syscall(298, ctypes.create_string_buffer(struct.pack('<IIQ', 1, 64, 3).ljust(64, b'\\0'), 64), 0, -1, -1, 0),
    'write': lambda: os.write(os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT), b'some bytes'),
    'read': lambda: os.read(os.open(sys.argv[2], os.O_RDONLY), 9),
}
calls[sys.argv[1]]()
`;

describe('kernel objects', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    writeFileSync(PROGRAM, TEXT);
    writeFileSync(FILE, 'x');
    run('ln', ['-sf', FILE, LINK]);
  });
  after(() => bench.close());

  const call = (...args: string[]) => python(PROGRAM, ...args);
  const hook = (name: string, args: [number, string][], match: object[] = []) => ({
    ...{ call: name, syscall: false, args: args.map(([index, type]) => ({ index, type })) },
    ...(match.length > 0 && { selectors: [{ matchArgs: match }] }),
  });
  /** What was told of each hook, by the name of its function. */
  function told(): Map<string, Record<string, unknown>[][]> {
    const byName = new Map<string, Record<string, unknown>[][]>();
    for (const event of bench.taken('probe')) {
      const part = hookPartOf(event);
      const name =
        part && 'function_name' in part ? part.function_name : String(event.process_tracepoint?.event);
      byName.set(name, [...(byName.get(name) ?? []), part?.args ?? []]);
    }
    return byName;
  }

  it('of processes: credentials, namespaces, capabilities', () => {
    const has = (index: number, operator: string, value: string) => ({ index, operator, values: [value] });
    put(bench, {
      kprobes: [
        hook('commit_creds', [[0, 'cred']]),
        hook(
          'cap_capable',
          [
            [1, 'user_namespace'],
            [2, 'capability'],
          ],
          [has(2, 'Equal', String(CHROOT))],
        ),
        hook(
          'security_capset',
          [
            [2, 'cap_effective'],
            [3, 'cap_inheritable'],
            [4, 'cap_permitted'],
          ],
          [has(2, 'Mask', 'CAP_SYS_ADMIN,CAP_CHOWN')],
        ),
      ],
    });
    for (const name of ['creds', 'chroot', 'capset']) call(name);
    const seen = told();
    const creds = (seen.get('commit_creds') ?? []).map(
      ([arg]) => arg?.process_credentials_arg as Record<string, unknown>,
    );
    const changed = creds.find((c) => c.euid === 2);
    assert.deepEqual([changed?.uid, changed?.euid, changed?.suid, changed?.fsuid], [1, 2, 3, 2]);
    const userNs = changed?.user_ns as { level: number; ns: { is_host?: boolean } } | undefined;
    assert.deepEqual([userNs?.level, userNs?.ns.is_host], [0, true]);
    const [checked] = seen.get('cap_capable') ?? [];
    assert.deepEqual(checked?.[1]?.capability_arg, { value: CHROOT, name: 'CAP_SYS_CHROOT' });
    assert.equal((checked?.[0]?.user_ns_arg as { level: number } | undefined)?.level, 0);
    // the second capset keeps NET_RAW only: the filter leaves it out
    const sets = seen.get('security_capset') ?? [];
    assert.equal(sets.length, 1);
    assert.ok(BigInt(`0x${sets[0]?.[0]?.cap_effective_arg}`) & MASK_ADMIN);
    assert.equal(sets[0]?.[1]?.cap_inheritable_arg, '0000000000000000');
    assert.equal(sets[0]?.[2]?.cap_permitted_arg, sets[0]?.[0]?.cap_effective_arg);
  });

  it('of BPF and perf', () => {
    const missing = { ignore: { callNotFound: true } };
    put(bench, {
      kprobes: [
        hook('bpf_check', [[1, 'bpf_attr']]),
        hook('security_bpf_prog', [[0, 'bpf_prog']]),
        {
          ...hook(
            bench.plan(SPEC_OF_MAPS).hooks[0]?.refused ? 'security_bpf_map_create' : 'security_bpf_map_alloc',
            [[0, 'bpf_map']],
          ),
          ...missing,
        },
        hook('security_bpf', [[0, 'bpf_cmd']], [{ index: 0, operator: 'Equal', values: ['5'] }]),
        hook('security_perf_event_alloc', [[0, 'perf_event']]),
      ],
    });
    for (const name of ['map', 'prog', 'perf']) call(name);
    const seen = told();
    const little = { ProgType: 'BPF_PROG_TYPE_SOCKET_FILTER', InsnCnt: 2, ProgName: 'little' };
    assert.deepEqual(seen.get('bpf_check'), [[{ bpf_attr_arg: little }]]);
    assert.deepEqual(seen.get('security_bpf_prog'), [[{ bpf_prog_arg: little }]]);
    assert.deepEqual(seen.get('security_bpf'), [[{ bpf_cmd_arg: 'BPF_PROG_LOAD' }]]);
    assert.deepEqual(seen.get('security_bpf_map_create') ?? seen.get('security_bpf_map_alloc'), [
      [
        {
          bpf_map_arg: {
            MapType: 'BPF_MAP_TYPE_ARRAY',
            KeySize: 4,
            ValueSize: 8,
            MaxEntries: 3,
            MapName: 'hello',
          },
        },
      ],
    ]);
    assert.deepEqual(seen.get('security_perf_event_alloc'), [
      [{ perf_event_arg: { KprobeFunc: '', Type: 'PERF_TYPE_SOFTWARE', Config: '3', ProbeOffset: '0' } }],
    ]);
  });

  it('of files: programs, links, transfers, devices', () => {
    const ends = (index: number, value: string) => ({ index, operator: 'Postfix', values: [value] });
    put(bench, {
      kprobes: [
        hook('security_bprm_check', [[0, 'linux_binprm']], [ends(0, '/mkdir')]),
        hook('security_inode_follow_link', [[0, 'dentry']], [ends(0, '/object-link')]),
        hook(
          'generic_perform_write',
          [
            [0, 'kiocb'],
            [1, 'iov_iter'],
          ],
          [ends(0, '/object-file')],
        ),
        hook('dev_change_flags', [[0, 'net_device']], [{ index: 0, operator: 'Equal', values: ['lo'] }]),
      ],
    });
    run('mkdir', ['-p', PLACE]);
    run('true', []);
    call('read', LINK);
    call('write', FILE);
    call('write', `${FILE}s`);
    run('ip', ['link', 'set', 'lo', 'up']);
    const seen = told();
    const only = (name: string) => {
      const all = seen.get(name) ?? [];
      assert.equal(all.length, 1, `${name}: ${JSON.stringify(all)}`);
      return all[0];
    };
    const shown = (arg: unknown) => arg as Record<string, string> | undefined;
    const program = shown(only('security_bprm_check')?.[0]?.linux_binprm_arg);
    assert.match(`${program?.path} ${program?.permission}`, /\/bin\/mkdir -rwxr-xr-x$/);
    const inside = shown(only('security_inode_follow_link')?.[0]?.path_arg);
    assert.equal(inside?.path, '/tracegate-test/object-link');
    const write = only('generic_perform_write');
    assert.equal(shown(write?.[0]?.file_arg)?.path, FILE);
    assert.equal(Buffer.from(String(write?.[1]?.bytes_arg), 'base64').toString(), 'some bytes');
    assert.deepEqual(seen.get('dev_change_flags')?.[0], [{ string_arg: 'lo' }]);
  });

  it('of an executed program can be refused by an LSM hook', () => {
    put(bench, {
      lsmhooks: [
        {
          hook: 'bprm_check_security',
          args: [{ index: 0, type: 'linux_binprm' }],
          selectors: [
            {
              matchArgs: [{ index: 0, operator: 'Postfix', values: ['/bin/mkdir'] }],
              matchActions: [{ action: 'Override', argError: -1 }],
            },
          ],
        },
      ],
    });
    const denied = run('sh', ['-c', '/bin/mkdir /nowhere/at/all; true']);
    assert.match(denied.out, /not permitted/);
    assert.equal(run('true', []).status, 0);
    const [event, ...more] = bench.taken('probe');
    assert.deepEqual(
      [event?.process_lsm?.function_name, event?.tracegate?.denied, more.length],
      ['bprm_check_security', true, 0],
    );
  });

  it('of system calls: the number and the door', () => {
    put(bench, {
      tracepoints: [
        {
          ...{ subsystem: 'raw_syscalls', event: 'sys_enter', args: [{ index: 4, type: 'syscall64' }] },
          selectors: [
            { matchArgs: [{ index: 4, operator: 'InMap', values: [String(COMPAT + SYMLINK_I386)] }] },
          ],
        },
      ],
    });
    run(callsProgram(), ['doors', '/etc/hosts', PLACE]);
    assert.deepEqual(told().get('sys_enter'), [[{ syscall_id: { id: SYMLINK_I386, abi: 'i386' } }]]);
  });

  it('of modules take a place in a program where the kernel has modules', (t) => {
    const spec = { kprobes: [hook('do_init_module', [[0, 'module']])] };
    const document = {
      apiVersion: 'cilium.io/v1alpha1',
      kind: 'TracingPolicy',
      metadata: { name: 'probe' },
      spec,
    };
    const refused = bench.plan(JSON.stringify(document)).hooks[0]?.refused;
    if (refused) t.diagnostic(refused);
    else put(bench, spec);
    if (refused) assert.match(refused, /has no function do_init_module/);
  });
});

/** Before 6.9 the hook on new maps had another name. */
const SPEC_OF_MAPS = JSON.stringify({
  ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'asked' } },
  spec: { kprobes: [{ call: 'security_bpf_map_alloc', syscall: false }] },
});
