// SPDX-License-Identifier: Apache-2.0
/** Tracked sockets: what happens to one is told of the process that it belongs to, in whichever it happens. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TraceEvent } from '../../src/model/event.ts';
import { type Bench, openBench, PLACE, put, run } from './runtime-fixture.ts';

const PROGRAM = join(PLACE, 'tracked-sockets.py');
const PORT = '4747';

/** Owns a socket that a child of it sends to; with `wait`, not before a line came in. Prints both ids. */
const TEXT = `
import os, socket, sys
kind = socket.SOCK_STREAM if 'tcp' in sys.argv else socket.SOCK_DGRAM
r = socket.socket(socket.AF_INET, kind)
r.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
r.bind(('127.0.0.1', ${PORT}))
if 'tcp' in sys.argv: r.listen()
if 'wait' in sys.argv:
    print(os.getpid(), flush=True)
    sys.stdin.readline()
child = os.fork()
if not child:
    s = socket.socket(socket.AF_INET, kind)
    s.connect(('127.0.0.1', ${PORT}))
    s.send(b'hello')
    os._exit(0)
os.wait()
print(os.getpid(), child)
`;

const hook = (call: string, more: object) => ({ call, syscall: false, ...more });
const SOCK = [{ index: 0, type: 'sock' }];
const FAMILY = { index: 1, type: 'int', label: 'family' };
const inet = { matchArgs: [{ index: 1, operator: 'Equal', values: ['2', '10'] }] };
/** Every new socket belongs to the process that makes it. */
const made = (matchActions: object[] = [{ action: 'NoPost' }]) =>
  hook('sk_alloc', {
    ...{ return: true, args: [FAMILY], returnArg: { index: 0, type: 'sock' }, returnArgAction: 'TrackSock' },
    selectors: [{ ...inet, matchActions }],
  });
const freed = hook('sk_destruct', {
  args: SOCK,
  selectors: [{ matchActions: [{ action: 'UntrackSock' }, { action: 'NoPost' }] }],
});
/** Data arrives, in the process that sends it. */
const arrives = hook('sock_def_readable', {
  args: SOCK,
  selectors: [{ matchArgs: [{ index: 0, operator: 'SPort', values: [PORT] }] }],
});

type Seen = 'elsewhere' | 'there' | 'untracked';
/** Whom each event names, and where it was seen: the sender is as good as a thread of the kernel that was just running. */
const whose = (events: TraceEvent[], call = 'sock_def_readable'): [number | undefined, Seen][] =>
  events
    .filter((e) => e.process_kprobe?.function_name === call)
    .map((e) => {
      const told = e.process_kprobe?.process.pid;
      const seen = e.tracegate?.seen_in?.pid;
      return [told, seen === undefined ? 'untracked' : seen === told ? 'there' : 'elsewhere'];
    });

describe('a tracked socket', () => {
  let bench: Bench;
  before(() => {
    writeFileSync(PROGRAM, TEXT);
    bench = openBench();
  });
  after(() => bench.close());

  const exchange = (...how: string[]) =>
    run('python3', [PROGRAM, ...how])
      .out.split(' ')
      .map(Number);

  it('is told of its owner, with the process beside it that the call was seen in', () => {
    put(bench, { kprobes: [arrives] });
    const [nobody] = exchange();
    const [[runs, how] = []] = whose(bench.taken('probe'));
    assert.deepEqual([runs === nobody, how], [false, 'untracked'], 'one that nobody tracks');

    put(bench, { kprobes: [made(), freed, arrives] });
    const [owner] = exchange();
    const [event, ...more] = bench.taken('probe');
    assert.equal(more.length, 0, 'NoPost tells nothing, and tracks');
    assert.deepEqual(whose([event as TraceEvent]), [[owner, 'elsewhere']]);
    assert.match(event?.process_kprobe?.process.arguments ?? '', /tracked-sockets\.py/);
  });

  it('is told where it is returned', () => {
    put(bench, { kprobes: [made([{ action: 'Post' }])] });
    exchange();
    const told = bench.taken('probe').map((e) => e.process_kprobe);
    assert.equal(told.length, 2);
    for (const e of told) {
      assert.deepEqual(e?.args, [{ int_arg: 2, label: 'family' }]);
      const returned = e?.return?.sock_arg as Record<string, unknown>;
      assert.equal(returned.family, 'AF_INET');
      assert.equal(typeof returned.cookie, 'string');
    }
  });

  it('hands its owner on to one that is made of it: a connection belongs to who listens', () => {
    const listens = hook('inet_listen', {
      args: [{ index: 0, type: 'socket' }],
      selectors: [{ matchActions: [{ action: 'TrackSock', argSock: 0 }] }],
    });
    const connected = hook('tcp_create_openreq_child', {
      ...{ return: true, args: SOCK, returnArg: { index: 0, type: 'sock' }, returnArgAction: 'TrackSock' },
    });
    const data = hook('tcp_data_queue', {
      args: SOCK,
      selectors: [{ matchArgs: [{ index: 0, operator: 'SPort', values: [PORT] }] }],
    });
    put(bench, { kprobes: [listens, connected, data] });
    const [owner] = exchange('tcp');
    const events = bench.taken('probe');
    assert.deepEqual(whose(events, 'inet_listen'), [[owner, 'untracked']]);
    assert.equal(
      events.find((e) => e.process_kprobe?.function_name === 'inet_listen')?.process_kprobe?.action,
      'KPROBE_ACTION_TRACKSOCK',
    );
    assert.deepEqual(whose(events, 'tcp_create_openreq_child'), [[owner, 'elsewhere']]);
    assert.deepEqual(whose(events, 'tcp_data_queue')[0], [owner, 'elsewhere']);
  });

  it('is let go of by UntrackSock, whose own event is still of the owner', () => {
    const bound = hook('security_socket_bind', {
      args: [{ index: 0, type: 'socket' }],
      selectors: [{ matchActions: [{ action: 'UntrackSock', argSock: 0 }] }],
    });
    put(bench, { kprobes: [made(), bound, arrives] });
    const [owner] = exchange();
    const events = bench.taken('probe');
    assert.deepEqual(whose(events, 'security_socket_bind'), [[owner, 'there']]);
    const [[runs, how] = []] = whose(events);
    assert.deepEqual([runs === owner, how], [false, 'untracked']);
  });

  it('stays tracked when its policy is put anew, and is another policy’s no more than before', async () => {
    const policy = { kprobes: [made(), freed, arrives] };
    put(bench, policy);
    const waiting = spawn('python3', [PROGRAM, 'wait'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(waiting.stdout, 'data');
    put(bench, policy);
    const other = {
      ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: 'other' } },
      spec: {
        kprobes: [{ ...made(), selectors: [{ matchPIDs: [{ operator: 'In', values: [1] }] }] }, arrives],
      },
    };
    bench.load(JSON.stringify(other));
    waiting.stdin.end('\n');
    await once(waiting, 'exit');
    bench.runtime.drain();
    const of = (name: string) => bench.events.filter((e) => e.process_kprobe?.policy_name === name);
    assert.deepEqual(whose(of('probe')), [[waiting.pid, 'elsewhere']]);
    assert.deepEqual(
      whose(of('other')).map(([, how]) => how),
      ['untracked'],
    );
    bench.runtime.unload('other');
  });
});
