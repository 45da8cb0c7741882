// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { tlsFiles } from '../../../src/gate/tls.ts';
import { assertAll, Bench, freePort, seqsIn, until } from './bench.ts';

const MESSAGE =
  /^<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\x21-\x7e]+) tracegate-gate \d+ ([\x21-\x7e]{1,32}) \[origin software="tracegate" swVersion="[^"]+"\] (\{[\x20-\x7e]*\})$/;

const has = (program: string) => spawnSync('which', [program]).status === 0;

describe('syslog of the audit log', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  const received = () => bench.linesOf('received');
  const allCame = () => until('all', () => seqsIn(received()).size >= bench.log.head().size, 40_000);

  it('over TCP counts its frames, and sends again what a receiver that was killed may not have had', async () => {
    const port = await freePort();
    const first = await bench.receive('tcp', port, 0.02);
    bench.start({ syslog: `tcp://127.0.0.1:${port}`, syslogFacility: 'audit' });
    bench.append(300);
    await until('some', () => received().length > 20);
    await bench.stop(first, 'SIGKILL');
    assert.ok(received().length < 300, 'it was killed in the middle');
    await until('an error', () => bench.errors.length > 0);
    bench.append(5, { text: 'a line\nbreak, “quotes” and \u0000' });
    await bench.receive('tcp', port);
    await allCame();
    assertAll(seqsIn(received()), bench.log.head().size);
    for (const line of received()) assert.match(line, MESSAGE);
    const [, priority, , , id] = MESSAGE.exec(received().at(-1) ?? '') ?? [];
    assert.deepEqual([priority, id], [String(13 * 8 + 5), 'policy.applied']);
  });

  it('over UDP notices that nobody listens, and comes again', async () => {
    const port = await freePort();
    bench.start({ syslog: `udp://127.0.0.1:${port}` });
    bench.append(20);
    await until('an error', () => bench.errors.length > 0);
    await bench.receive('udp', port);
    await allCame();
    for (const line of received()) assert.match(line, MESSAGE);
  });

  it('over a stream socket of the host', async () => {
    await bench.receive('unix', bench.path('log.sock'));
    bench.start({ syslog: 'unix:log.sock' });
    bench.append(20);
    await allCame();
    for (const line of received()) assert.match(line, MESSAGE);
  });

  it('over TLS speaks to openssl only when its certificate is of the authority', {
    skip: !has('openssl'),
  }, async () => {
    const tls = await tlsFiles(bench.path('tls'), {}, ['127.0.0.1']);
    writeFileSync(bench.path('server.pem'), Buffer.concat([tls.cert, Buffer.from('\n'), tls.key]));
    const port = await freePort();
    const args = ['s_server', '-accept', String(port), '-cert', 'server.pem', '-quiet', '-naccept', '20'];
    const server = await bench.spawn('openssl', args);
    let text = '';
    server.stdout?.on('data', (bytes) => {
      text += String(bytes);
    });
    bench.start({ syslog: `tls://127.0.0.1:${port}` });
    bench.append(20);
    await until('a refusal', () => bench.errors.some((error) => /certificate/.test(error ?? '')));
    assert.equal(text, '');
    await bench.restart({ syslog: `tls://127.0.0.1:${port}`, syslogCaFile: tls.caFile as string });
    const size = bench.log.head().size;
    await until('all', () => framesIn(text).length >= size);
    assertAll(seqsIn(framesIn(text)), size);
    for (const line of framesIn(text)) assert.match(line, MESSAGE);
  });

  it('is understood by rsyslogd', { skip: !has('rsyslogd') && 'rsyslogd is not installed' }, async () => {
    const port = await freePort();
    const out = bench.path('received');
    const conf = [
      'module(load="imtcp")',
      `input(type="imtcp" port="${port}" address="127.0.0.1")`,
      'template(name="t" type="string" string="%syslogfacility-text% %app-name% %msgid% %timereported:::date-rfc3339%%msg%\\n")',
      `action(type="omfile" file="${out}" template="t")`,
      `global(workDirectory="${bench.folder}" maxMessageSize="1m")`,
    ];
    writeFileSync(bench.path('rsyslog.conf'), `${conf.join('\n')}\n`);
    const modules = process.env.RSYSLOG_MODULES;
    const args = ['-n', '-f', bench.path('rsyslog.conf'), '-i', bench.path('pid')];
    await bench.spawn('rsyslogd', modules ? [...args, '-M', modules] : args);
    await until('it runs', () => existsSync(bench.path('pid')));
    bench.start({ syslog: `tcp://127.0.0.1:${port}` });
    bench.append(400);
    await allCame();
    assertAll(seqsIn(received()), bench.log.head().size);
    assert.match(readFileSync(out, 'utf8'), /^authpriv tracegate-gate policy\.applied \d{4}-.*\{"logId":/m);
  });
});

/** Whole frames only. */
function framesIn(text: string): string[] {
  const frames: string[] = [];
  for (let at = 0; ; ) {
    const [head, length] = /^(\d+) /.exec(text.slice(at, at + 12)) ?? [];
    const end = at + (head?.length ?? 0) + Number(length);
    if (head === undefined || text.length < end) return frames;
    frames.push(text.slice(at + head.length, end));
    at = end;
  }
}
