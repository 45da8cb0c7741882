// SPDX-License-Identifier: Apache-2.0
/** Filters on the process that makes a call: its namespaces and its capabilities. */
import assert from 'node:assert/strict';
import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

const PROGRAM = join(PLACE, 'process-filters.py');
const LINK = join(PLACE, 'process-filters-link');

/** Makes the call, a symlink, after what the first argument says has been done to the process. */
const TEXT = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def capset(effective, permitted=0x1ffffffffff, inheritable=0):
    low, high = lambda x: x & 0xffffffff, lambda x: x >> 32
    sets = (effective, permitted, inheritable)
    data = struct.pack('6I', *[low(s) for s in sets], *[high(s) for s in sets])
    if libc.capset(struct.pack('II', 0x20080522, 0), data): raise OSError(ctypes.get_errno(), 'capset')
def unshare(flags):
    if libc.unshare(flags): raise OSError(ctypes.get_errno(), 'unshare')
KINDS = {'Mnt': 0x20000, 'Cgroup': 0x02000000, 'Uts': 0x04000000, 'Ipc': 0x08000000, 'User': 0x10000000, 'Pid': 0x20000000, 'Net': 0x40000000, 'Time': 0x80}
def forked(flags):
    unshare(flags)
    if os.fork(): os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
def prepare(what):
    if what.startswith('caps:'): capset(int(what[5:], 0))
    elif what.startswith('inheritable:'): capset(0x1ffffffffff, inheritable=int(what[12:], 0))
    elif what in ('Pid', 'Time'): forked(KINDS[what])
    elif what.endswith('ForChildren'): unshare(KINDS[what[:-11]])
    elif what in KINDS: unshare(KINDS[what])
for at, what in enumerate(sys.argv[2:]):
    if os.fork():
        if os.wait()[1]: print('failed: ' + what)
        continue
    prepare(what)
    link = sys.argv[1] + str(at)
    try: os.symlink('x', link)
    except PermissionError: print('denied: ' + what)
    else: os.unlink(link)
    sys.stdout.flush()
    os._exit(0)
`;

const KINDS = [
  'Uts',
  'Ipc',
  'Mnt',
  'Pid',
  'PidForChildren',
  'Net',
  'Time',
  'TimeForChildren',
  'Cgroup',
  'User',
];
const FILES: Record<string, string> = {
  PidForChildren: 'pid_for_children',
  TimeForChildren: 'time_for_children',
};
const hostInode = (kind: string) =>
  /\[(\d+)\]/.exec(readlinkSync(`/proc/1/ns/${FILES[kind] ?? kind.toLowerCase()}`))?.[1] as string;

describe('filters on the process', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    writeFileSync(PROGRAM, TEXT);
  });
  after(() => bench.close());

  /** One hook for each filter, in one policy; then the call once after each preparation. What was seen of it. */
  const told = (filters: Record<string, object>, prepared: string[], others: Record<string, object> = {}) => {
    const args = [{ index: 2, type: 'string' }];
    const matchArgs = [{ index: 2, operator: 'Prefix', values: [LINK] }];
    const selectorsOf = (...list: (object | undefined)[]) =>
      list.flatMap((filter) => (filter ? [{ matchArgs, ...filter }] : []));
    const kprobes = Object.entries(filters).map(([message, filter]) => ({
      ...{ call: 'sys_symlinkat', args, message, selectors: selectorsOf(filter, others[message]) },
    }));
    put(bench, { kprobes });
    const { out } = python(PROGRAM, LINK, ...prepared);
    assert.equal(out, '');
    return bench.taken('probe').map(({ process_kprobe: e, tracegate }) => {
      const link = String(e?.args?.[0]?.string_arg);
      const what = prepared[Number(link.slice(LINK.length))] as string;
      return { message: e?.message ?? '', what, selector: tracegate?.selector };
    });
  };
  /** What each hook saw, by its selector. */
  const of = (events: ReturnType<typeof told>, selector: number): Record<string, string[]> => {
    const names = [...new Set(events.map(({ message }) => message))];
    const by = (name: string) => events.filter((e) => e.message === name && e.selector === selector);
    return Object.fromEntries(names.map((name) => [name, by(name).map(({ what }) => what)]));
  };
  const seen = (filters: Record<string, object>, prepared: string[]): Record<string, string[]> => {
    const got = of(told(filters, prepared), 0);
    return Object.fromEntries(Object.keys(filters).map((name) => [name, got[name] ?? []]));
  };
  const namespaces = (...list: [string, string, string[]][]) => ({
    matchNamespaces: list.map(([namespace, operator, values]) => ({ namespace, operator, values })),
  });
  const capabilities = (type: string, operator: string, values: string[], isNamespaceCapability = false) => ({
    matchCapabilities: [{ type, operator, values, isNamespaceCapability }],
  });

  it("tell the host's namespaces from others, of every kind", () => {
    const all = ['as it is', ...KINDS];
    /** a new namespace for the process is one for its children too, and a new user namespace takes no other along */
    const changes = (kind: string) => all.filter((what) => what === kind || `${what}ForChildren` === kind);
    const filters = Object.fromEntries(KINDS.map((kind) => [kind, namespaces([kind, 'In', ['host_ns']])]));
    const others = Object.fromEntries(KINDS.map((kind) => [kind, namespaces([kind, 'NotIn', ['host_ns']])]));
    const expected = (wanted: boolean) =>
      Object.fromEntries(
        KINDS.map((kind) => [kind, all.filter((what) => changes(kind).includes(what) === wanted)]),
      );
    const got = told(filters, all, others);
    assert.deepEqual([of(got, 0), of(got, 1)], [expected(false), expected(true)]);
  });

  it('take namespaces by their numbers, and all that are named have to hold', () => {
    const got = seen(
      {
        both: namespaces(['Uts', 'In', ['1', hostInode('Uts')]], ['Net', 'NotIn', ['host_ns']]),
        unknown: namespaces(['Uts', 'In', ['1', '2']]),
      },
      ['as it is', 'Net', 'Uts'],
    );
    assert.deepEqual(got, { both: ['Net'], unknown: [] });
  });

  it('look at each set of capabilities, and at those in a user namespace where asked', () => {
    const chroot = `caps:${1 << 18}`;
    const prepared = ['as it is', 'caps:0', chroot, 'caps:0x800000000', `inheritable:${1 << 18}`, 'User'];
    const got = seen(
      {
        any: capabilities('Effective', 'In', ['CAP_SYS_CHROOT', 'cap_wake_alarm ']),
        none: capabilities('Effective', 'NotIn', ['CAP_SYS_CHROOT', 'CAP_WAKE_ALARM']),
        permitted: capabilities('Permitted', 'NotIn', ['CAP_SYS_CHROOT']),
        inheritable: capabilities('Inheritable', 'In', ['CAP_SYS_CHROOT']),
        outside: capabilities('Effective', 'In', ['CAP_SYS_ADMIN'], true),
        outsideNot: capabilities('Effective', 'NotIn', ['CAP_SYS_ADMIN'], true),
      },
      prepared,
    );
    assert.deepEqual(got, {
      any: prepared.filter((what) => what !== 'caps:0'),
      none: ['caps:0'],
      permitted: [],
      inheritable: [`inheritable:${1 << 18}`],
      outside: ['User'],
      outsideNot: [],
    });
  });

  it('decide denials too, in the LSM hook', () => {
    const matchActions = [{ action: 'Override', argError: -1 }];
    const matchArgs = [{ index: 0, operator: 'Equal', values: ['x'] }];
    const selectors = [{ matchArgs, ...namespaces(['Net', 'NotIn', ['host_ns']]), matchActions }];
    put(bench, { kprobes: [{ call: 'sys_symlinkat', args: [{ index: 0, type: 'string' }], selectors }] });
    const { out } = python(PROGRAM, LINK, 'as it is', 'Net');
    assert.equal(out, 'denied: Net');
  });
});
