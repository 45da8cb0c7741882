// SPDX-License-Identifier: Apache-2.0
/** The field's observing policies on a real kernel: what their events say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { before, describe, it } from 'node:test';
import type { TraceEvent } from '../../src/model/event.ts';
import { callsProgram, openBench, policyText, run } from './runtime-fixture.ts';

/** Its input is a socket here, for which it reads the user's own start-up files, and they may take seconds. */
const bash = (script: string) => run('bash', ['--norc', '-c', script]).status;
const kprobe = (event: TraceEvent) => event.process_kprobe as NonNullable<TraceEvent['process_kprobe']>;

describe('tcp-connect', () => {
  it('tells both ends of a connection, what was sent, and who did it', async (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    bench.load(policyText('tcp-connect'));
    const server = createServer().listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    assert.equal(bash(`exec 3<>/dev/tcp/127.0.0.1/${port}; printf %s seventeen-letters >&3`), 0);

    const events = bench
      .taken('tcp-connect')
      .map(kprobe)
      .filter((e) => e.process.binary?.endsWith('/bash'));
    const [connect] = events.filter((e) => e.function_name === 'tcp_connect');
    const sock = connect?.args?.[0]?.sock_arg as Record<string, unknown>;
    assert.equal(sock.family, 'AF_INET');
    assert.equal(sock.type, 'SOCK_STREAM');
    assert.equal(sock.protocol, 'IPPROTO_TCP');
    assert.equal(sock.daddr, '127.0.0.1');
    assert.equal(sock.saddr, '127.0.0.1');
    assert.equal(sock.dport, port);
    assert.ok(Number(sock.sport) > 1023);
    assert.equal(connect?.action, 'KPROBE_ACTION_POST');
    const [send] = events.filter((e) => e.function_name === 'tcp_sendmsg');
    assert.deepEqual(send?.args?.[1], { int_arg: 17 });
    assert.equal(
      (send?.args?.[0]?.sock_arg as Record<string, unknown> | undefined)?.state,
      'TCP_ESTABLISHED',
    );
    assert.equal(events.filter((e) => e.function_name === 'tcp_close').length, 1);
  });

  it('writes IPv6 addresses as people do', async (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    bench.load(policyText('tcp-connect'));
    const server = createServer().listen(0, '::1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    assert.equal(bash(`exec 3<>/dev/tcp/::1/${port}`), 0);
    const connect = bench
      .taken('tcp-connect')
      .map(kprobe)
      .find((e) => e.function_name === 'tcp_connect');
    const sock = connect?.args?.[0]?.sock_arg as Record<string, unknown>;
    assert.equal(sock.family, 'AF_INET6');
    assert.equal(sock.daddr, '::1');
    assert.equal(sock.dport, port);
  });
});

describe('file-monitoring', () => {
  before(() => {
    mkdirSync('/data', { recursive: true });
    if (!readFileSync('/proc/self/mounts', 'utf8').includes(' /data tmpfs'))
      execFileSync('mount', ['-t', 'tmpfs', 'data', '/data']);
    mkdirSync('/data/deep/er', { recursive: true });
    writeFileSync('/data/secret', 'S3', { mode: 0o640 });
    writeFileSync('/data/deep/er/one', 'x');
    mkdirSync('/dev/shm/data', { recursive: true });
    writeFileSync('/dev/shm/data/other', 'x');
  });

  it('tells reads, maps and truncations under /data/ with path, permission and return value', (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    bench.load(policyText('file-monitoring'));
    bench.taken('file-monitoring');
    assert.equal(run('cat', ['/data/secret', '/data/deep/er/one', '/dev/shm/data/other']).out, 'S3xx');
    const reads = bench.taken('file-monitoring').map(kprobe);
    const paths = new Set(reads.map((e) => (e.args?.[0]?.file_arg as { path: string } | undefined)?.path));
    assert.deepEqual([...paths].sort(), ['/data/deep/er/one', '/data/secret']);
    const [read] = reads.filter((e) => e.function_name === 'security_file_permission');
    assert.deepEqual(read?.args, [
      { file_arg: { path: '/data/secret', permission: '-rw-r-----' } },
      { int_arg: 4 },
    ]);
    assert.deepEqual(read?.return, { int_arg: 0 });
    assert.match(read?.process.binary ?? '', /\/cat$/);

    assert.equal(run(callsProgram(), ['map', '/data/secret']).out, 'S');
    const [map] = bench
      .taken('file-monitoring')
      .map(kprobe)
      .filter((e) => e.function_name === 'security_mmap_file');
    assert.deepEqual(map?.args, [
      { file_arg: { path: '/data/secret', permission: '-rw-r-----' } },
      { uint_arg: 1 },
    ]);

    assert.equal(run(callsProgram(), ['truncate', '/data/secret', '1']).status, 0);
    const [cut] = bench
      .taken('file-monitoring')
      .map(kprobe)
      .filter((e) => e.function_name === 'security_path_truncate');
    assert.deepEqual(cut?.args, [{ path_arg: { path: '/data/secret', permission: '-rw-r-----' } }]);
    assert.deepEqual(cut?.return, { int_arg: 0 });
    assert.equal(readFileSync('/data/secret', 'utf8'), 'S');
  });

  it('sees a file however deep it lies', (t) => {
    const bench = openBench();
    t.after(() => bench.close());
    bench.load(policyText('file-monitoring'));
    const deep = `/data/${'d/'.repeat(300)}`;
    mkdirSync(deep, { recursive: true });
    writeFileSync(`${deep}end`, 'y');
    bench.taken('file-monitoring');
    assert.equal(run('cat', [`${deep}end`]).out, 'y');
    const [read] = bench.taken('file-monitoring').map(kprobe);
    assert.deepEqual(read?.args?.[0], { file_arg: { path: `${deep}end`, permission: '-rw-r--r--' } });
  });
});
