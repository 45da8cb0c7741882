// SPDX-License-Identifier: Apache-2.0
/** Signed heads that leave the host by themselves, and what they are good for there. */
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  headIsSignedBy,
  isConsistent,
  openAuditLog,
  type PushedHead,
  verifyLogs,
} from '../../../src/audit/index.ts';
import { keptHeads } from '../../../src/cli/kept-heads.ts';
import { sinkWarnings } from '../../../src/service/sink-view.ts';
import { Bench, freePort, until } from './bench.ts';

const pushedIn = (bench: Bench, file = 'received') =>
  bench.linesOf(file).map((line) => JSON.parse(line.slice(line.indexOf('{'))) as PushedHead);
const last = (bench: Bench) => pushedIn(bench).at(-1);

describe('heads that are sent to another host', () => {
  let bench: Bench;
  let keys: Record<string, string>;
  let port: number;

  before(async () => {
    bench = new Bench();
    port = await freePort();
    keys = { checkpoint: `http://127.0.0.1:${port}/heads`, checkpointSeconds: '1' };
  });
  after(() => bench.close());

  it('cover all that was written, each with its key and the way on from the one before', async () => {
    const receiver = await bench.receive('http', port);
    bench.start(keys);
    for (const size of [20, 700, 3]) {
      bench.append(size);
      await until('the head', () => last(bench)?.head.size === bench.log.head().size);
    }
    const pushed = pushedIn(bench);
    assert.ok(pushed.length >= 3);
    for (const [at, { head, publicKey, checkpoint, growth }] of pushed.entries()) {
      const key = createPublicKey({
        key: Buffer.from(String(publicKey), 'base64'),
        format: 'der',
        type: 'spki',
      });
      assert.ok(headIsSignedBy(head, key));
      assert.match(String(checkpoint), new RegExp(`^tracegate/${head.logId}\n${head.size}\n`));
      const known = pushed[at - 1]?.head;
      assert.equal(growth?.from, known?.size);
      if (known === undefined || growth === undefined) continue;
      const grown = { from: known.size, fromRoot: known.root, size: head.size, root: head.root };
      assert.ok(isConsistent(grown, growth.path));
    }
    await bench.stop(receiver);
  });

  it('are no more than one a second, however much is written', async () => {
    const receiver = await bench.receive('http', port);
    const [count, begun] = [pushedIn(bench).length, performance.now()];
    while (performance.now() - begun < 2500) {
      bench.append(5);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const sent = pushedIn(bench).length - count;
    assert.ok(sent >= 1 && sent <= 4, `${sent} in two and a half seconds`);
    await bench.stop(receiver);
  });

  it('wait for a receiver that is down, which is told, and go when it is back', async () => {
    bench.append(10);
    const status = () => bench.sinks?.status()[0];
    await until('an error', () => status()?.error !== undefined);
    const { name, behind, error } = status() ?? {};
    assert.equal(name, 'checkpoint of gate-checkpoints');
    assert.ok(Number(behind) >= 10);
    assert.deepEqual(
      sinkWarnings([status()].flatMap((one) => one ?? [])).map(({ name: of, message }) => [of, message]),
      [['sink-checkpoint', `${name}: ${error}; ${behind} records behind`]],
    );
    const first = status()?.lagSeconds ?? 0;
    await until('a lag', () => (status()?.lagSeconds ?? 0) > first);
    const receiver = await bench.receive('http', port);
    await until('the head', () => last(bench)?.head.size === bench.log.head().size);
    await until('no lag', () => status()?.lagSeconds === 0 && status()?.error === undefined);
    await bench.stop(receiver);
  });

  it('go once more when the process ends, and on from there after', async () => {
    const receiver = await bench.receive('http', port);
    bench.append(1);
    await bench.sinks?.close();
    assert.equal(last(bench)?.head.size, bench.log.head().size);
    const count = pushedIn(bench).length;
    await bench.restart(keys);
    await until('the next', () => pushedIn(bench).length > count);
    assert.equal(pushedIn(bench)[count]?.growth?.from, pushedIn(bench)[count - 1]?.head.size);
    await bench.stop(receiver);
  });

  it('find a log that was written anew with its own key, which nothing on its host does', async () => {
    const sizes = keptHeads(bench.path('received')).map(({ size }) => size);
    assert.deepEqual(
      sizes,
      pushedIn(bench).map(({ head }) => head.size),
    );
    const verified = () =>
      verifyLogs({ paths: [bench.logPath], trustedHeads: keptHeads(bench.path('received')) });
    assert.deepEqual((await verified()).problems, []);
    await bench.sinks?.close();
    bench.log.close();
    copyFileSync(bench.logPath, bench.path('kept.db'));
    for (const end of ['', '-wal', '-shm', '.found', '.lock'])
      rmSync(`${bench.logPath}${end}`, { force: true });
    bench.log = openAuditLog({ path: bench.logPath, keyPath: bench.path('audit.key'), kind: 'gate' });
    bench.append(900);
    assert.deepEqual((await verifyLogs({ paths: [bench.logPath] })).problems, [], 'it is right in itself');
    const { problems } = await verified();
    assert.match(problems[0]?.message ?? '', /rewritten|cut off or set back/);
    const receiver = await bench.receive('http', port);
    bench.start(keys);
    await until('the head', () => last(bench)?.head.size === bench.log.head().size);
    assert.match(String(last(bench)?.broken), /not those that were sent|was set back/);
    await bench.stop(receiver);
  });
});

describe('a receiver of heads that does not take one', () => {
  it('gets it again until it does: it is not laid aside', async (t) => {
    const bench = new Bench();
    t.after(() => bench.close());
    const server: Server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(taking ? 204 : 400).end());
    });
    let taking = false;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    bench.start({ checkpoint: `http://127.0.0.1:${port}`, checkpointSeconds: '1' });
    const status = () => bench.sinks?.status()[0];
    await until('an error', () => /answered 400/.test(status()?.error ?? ''));
    assert.deepEqual([status()?.delivered, status()?.laidAside], [0, 0]);
    taking = true;
    await until('it is taken', () => status()?.delivered === 1);
    server.closeAllConnections();
  });
});

describe('copies of heads', () => {
  it('lie in the folder and go to syslog, and are read as heads from there', async (t) => {
    const bench = new Bench();
    t.after(() => bench.close());
    const port = await freePort();
    await bench.receive('udp', port);
    bench.start({
      ...{ checkpointCopies: 'on', checkpointSeconds: '1', folder: 'copies' },
      syslog: `udp://127.0.0.1:${port}`,
    });
    bench.append(30);
    const isHead = (line: string) => / audit\.checkpoint /.test(line);
    await until(
      'both',
      () => bench.linesOf('received').some(isHead) && bench.linesOf('copies/gate-checkpoints.log').length > 0,
    );
    writeFileSync(bench.path('heads'), `${bench.linesOf('received').filter(isHead).join('\n')}\n`);
    for (const file of ['heads', 'copies/gate-checkpoints.log'])
      assert.deepEqual(
        (await verifyLogs({ paths: [bench.logPath], trustedHeads: keptHeads(bench.path(file)) })).problems,
        [],
      );
  });
});
