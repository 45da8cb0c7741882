// SPDX-License-Identifier: Apache-2.0
/** What is asked of sockets, addresses and packets: the kernel programs and the matcher in TypeScript, on the same calls. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseNetwork } from '../../src/model/networks.ts';
import { TG_FIELD } from '../../src/plan/layout.generated.ts';
import { type ObservedCall, selectFirst } from '../../src/plan/matcher.ts';
import { python } from './python.ts';
import { draws } from './random-policies.ts';
import { type Bench, openBench, PLACE, put, run } from './runtime-fixture.ts';

const EPERM = 1;
const FIRST_PORT = 20_000;
const UDP = 17;
const TCP_CLOSE = 7;
const ADDRESSES = [
  ...['127.0.0.1', '10.0.0.1', '10.0.0.2', '10.128.0.1', '192.168.1.1', '255.255.255.255'],
  ...['::1', '::ffff:10.0.0.1', '2001:db8::1', '2001:db8:8000::1', 'fe80::1', '::a00:1'],
];
const NETWORKS = [
  ...['10.0.0.0/8', '10.0.0.0/30', '10.0.0.1', '0.0.0.0/0', '192.168.0.0/16', '127.0.0.1/8'],
  ...['::/0', '2001:db8::/32', '2001:db8::/33', '2001:db8::1', '::/96', 'fe80::/10'],
];
const CONNECT = join(PLACE, 'connect.py');
const CONNECT_TEXT = `
import socket, sys
for line in open(sys.argv[1]):
    host, port = line.split()
    s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
    try: s.connect((host, int(port))); print(0)
    except OSError as e: print(e.errno)
    s.close()
`;

const mapped = (address: string) => parseNetwork(address)?.address as Buffer;

/** A connect of a fresh UDP socket, as the matcher sees it. */
function observed(address: string, port: number): ObservedCall {
  const v6 = address.includes(':');
  const family = v6 ? 10n : 2n;
  const none = mapped(v6 ? '::' : '0.0.0.0');
  const { TG_F_FAMILY, TG_F_STATE, TG_F_PROTOCOL, TG_F_SPORT, TG_F_DPORT, TG_F_SADDR, TG_F_DADDR } = TG_FIELD;
  const socket = new Map<number, bigint | Buffer>([
    [TG_F_FAMILY, family],
    [TG_F_STATE, BigInt(TCP_CLOSE)],
    [TG_F_PROTOCOL, BigInt(UDP)],
    [TG_F_SPORT, 0n],
    [TG_F_DPORT, 0n],
    [TG_F_SADDR, none],
    [TG_F_DADDR, none],
  ]);
  const sockaddr = new Map<number, bigint | Buffer>([
    [TG_F_FAMILY, family],
    [TG_F_SPORT, BigInt(port)],
    [TG_F_SADDR, mapped(address)],
  ]);
  const parts = [socket, sockaddr] as ObservedCall['parts'];
  return { values: [undefined, undefined], parts: parts ?? [], pathLike: [], pids: [] };
}

const HOOK = {
  call: 'security_socket_connect',
  syscall: false,
  args: [
    { index: 0, type: 'socket' },
    { index: 1, type: 'sockaddr' },
  ],
};

describe('sockets, addresses and files', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
    writeFileSync(CONNECT, CONNECT_TEXT);
    run('ip', ['link', 'set', 'lo', 'up']);
  });
  after(() => bench.close());

  function connectAll(calls: [string, number][]): number[] {
    const file = join(PLACE, 'connects');
    writeFileSync(file, calls.map((c) => c.join(' ')).join('\n'));
    const { status, out } = python(CONNECT, file);
    assert.equal(status, 0, out);
    return out.split('\n').map(Number);
  }

  it('are matched by the kernel programs as by the matcher', (t) => {
    const draw = draws(31);
    const pick = <T>(list: readonly T[]) => list[draw(list.length)] as T;
    const some = <T>(one: () => T) => Array.from({ length: 1 + draw(3) }, one);
    const port = (i: number) => FIRST_PORT + i;
    const calls = Array.from({ length: 36 }, (_, i): [string, number] => [pick(ADDRESSES), port(i)]);
    const range = () => {
      const from = draw(36);
      return draw(2) ? String(port(from)) : `${port(from)}:${port(from + draw(9))}`;
    };
    const filters = [
      () => ({ index: 1, operator: pick(['SAddr', 'NotSAddr']), values: some(() => pick(NETWORKS)) }),
      () => ({ index: 1, operator: pick(['SPort', 'NotSPort']), values: some(range) }),
      () => ({ index: 1, operator: 'Family', values: [pick(['AF_INET', 'AF_INET6', '2:10', 'AF_UNIX'])] }),
      () => ({ index: 0, operator: 'Family', values: [pick(['AF_INET', 'AF_INET6'])] }),
      () => ({
        index: 0,
        operator: pick(['DAddr', 'NotSAddr']),
        values: some(() => pick([...NETWORKS, '::', '0.0.0.0'])),
      }),
      () => ({ index: 0, operator: 'Protocol', values: [pick(['IPPROTO_UDP', 'IPPROTO_TCP', '0:255'])] }),
      () => ({ index: 0, operator: 'State', values: [pick(['TCP_CLOSE', 'TCP_ESTABLISHED', '0:12'])] }),
      () => ({ index: 0, operator: pick(['SPortPriv', 'NotDPortPriv', 'NotDPort']), values: ['1:5'] }),
    ];
    const sum = { hits: 0, misses: 0, denied: 0 };
    for (let round = 0; round < 10; round++) {
      const selectors = Array.from({ length: 1 + draw(3) }, () => ({
        matchArgs: Array.from({ length: 1 + draw(2) }, () => (pick(filters) as () => object)()),
        ...(draw(2) === 0 && { matchActions: [{ action: 'Override', argError: -EPERM }] }),
      }));
      const [plan] = put(bench, { kprobes: [{ ...HOOK, selectors }] }).hooks;
      const errnos = connectAll(calls);
      const told = new Map(
        bench.taken('probe').map((e) => {
          const address = e.process_kprobe?.args?.[1]?.sockaddr_arg as { port?: number } | undefined;
          return [address?.port, String(e.tracegate?.selector)];
        }),
      );
      const got = calls.map(([, p], i) => `${told.get(p) ?? 'none'}${errnos[i] === EPERM ? ' denied' : ''}`);
      const want = calls.map((call) => {
        const selected = plan?.programs.map(({ config }) => selectFirst(config, observed(...call)));
        const denied = selected?.some((s) => s?.error === -EPERM);
        return `${selected?.at(-1)?.index ?? 'none'}${denied ? ' denied' : ''}`;
      });
      const apart = calls.flatMap((call, i) =>
        got[i] === want[i] ? [] : [`${call}: kernel ${got[i]}, TypeScript ${want[i]}`],
      );
      assert.deepEqual(apart, [], JSON.stringify(selectors));
      sum.misses += want.filter((w) => w === 'none').length;
      sum.denied += want.filter((w) => w.endsWith('denied')).length;
      sum.hits += want.filter((w) => w !== 'none').length;
    }
    t.diagnostic(JSON.stringify(sum));
    assert.ok(sum.hits > 30 && sum.misses > 30 && sum.denied > 10, JSON.stringify(sum));
  });

  it('of a connection are told as they are, and those of another network are left out', () => {
    const hook = (operator: string) => ({
      ...{ call: 'tcp_connect', syscall: false, args: [{ index: 0, type: 'sock' }] },
      selectors: [
        {
          matchArgs: [
            { index: 0, operator, values: ['127.0.0.0/8'] },
            { index: 0, operator: 'DPort', values: ['9'] },
            { index: 0, operator: 'Protocol', values: ['IPPROTO_TCP'] },
          ],
        },
      ],
    });
    const connect = () =>
      void python(
        '-c',
        `import socket\nfor f, h in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'), (socket.AF_INET6, '::ffff:127.0.0.1')):\n  for p in (9, 10):\n    try: socket.socket(f).connect((h, p))\n    except OSError: pass`,
      );
    const ends = (operator: string) => {
      put(bench, { kprobes: [hook(operator)] });
      connect();
      const told = bench.taken('probe').map((e) => e.process_kprobe?.args?.[0]?.sock_arg);
      return told as { daddr: string; family: string; dport: number; state: string }[];
    };
    const inside = ends('DAddr');
    // a mapped address goes to the IPv4 side of the kernel: its socket keeps the IPv6 family
    assert.deepEqual(
      inside.map((s) => [s.family, s.daddr, s.dport, s.state]),
      [
        ['AF_INET', '127.0.0.1', 9, 'TCP_SYN_SENT'],
        ['AF_INET6', '::ffff:7f00:1', 9, 'TCP_SYN_SENT'],
      ],
    );
    assert.deepEqual(
      ends('NotDAddr').map((s) => [s.family, s.daddr, s.dport]),
      [['AF_INET6', '::1', 9]],
    );
  });

  it('of a packet are those of its headers', () => {
    const selectors = [
      {
        matchArgs: [
          { index: 1, operator: 'DPort', values: ['4747'] },
          { index: 1, operator: 'Protocol', values: ['IPPROTO_UDP'] },
        ],
      },
    ];
    const args = [
      { index: 0, type: 'nop' },
      { index: 1, type: 'skb' },
    ];
    put(bench, {
      kprobes: [{ call: 'security_sock_rcv_skb', syscall: false, args, selectors }],
    });
    python(
      '-c',
      `import socket\nfor f, h in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):\n  for p in (4747, 4748):\n    r = socket.socket(f, socket.SOCK_DGRAM); r.bind((h, p)); s = socket.socket(f, socket.SOCK_DGRAM); s.bind((h, 5000 + p - 4747)); s.sendto(b'hello', (h, p)); r.recv(9)`,
    );
    const told = bench
      .taken('probe')
      .map((e) => e.process_kprobe?.args?.[0]?.skb_arg as Record<string, unknown>);
    assert.deepEqual(
      told.map(({ family, saddr, daddr, sport, dport, protocol, proto }) => [
        family,
        saddr,
        daddr,
        sport,
        dport,
        protocol,
        proto,
      ]),
      [
        ['AF_INET', '127.0.0.1', '127.0.0.1', 5000, 4747, 'IPPROTO_UDP', UDP],
        ['AF_INET6', '::1', '::1', 5000, 4747, 'IPPROTO_UDP', UDP],
      ],
    );
    assert.ok(told.every(({ len }) => typeof len === 'number' && len > 0));
  });

  it('of a type are told from other files: FileType lets through what is of it', () => {
    put(bench, {
      lsmhooks: [
        {
          hook: 'file_open',
          args: [{ index: 0, type: 'file' }],
          selectors: [
            {
              matchArgs: [
                { index: 0, operator: 'FileType', values: ['dir'] },
                { index: 0, operator: 'Equal', values: [PLACE, CONNECT] },
              ],
            },
          ],
        },
      ],
    });
    writeFileSync(CONNECT, CONNECT_TEXT);
    run('ls', [PLACE]);
    run('cat', [CONNECT]);
    const told = bench.taken('probe').map((e) => e.process_lsm?.args?.[0]?.file_arg as { path: string });
    assert.deepEqual(
      told.map(({ path }) => path),
      [PLACE],
    );
  });
});
