// SPDX-License-Identifier: Apache-2.0
/** A gate whose log goes elsewhere: how it says that this does not get on, and that nothing waits for it. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openAuditLog } from '../../src/audit/index.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { freePort, seqsIn, until } from '../unit/sinks/bench.ts';
import { runningGate } from './running-gate.ts';

describe('a gate with a webhook that is down, and copies in a folder', async () => {
  const port = await freePort();
  const { as, gate, stateDir } = await runningGate({
    'sinks.webhook': `http://127.0.0.1:${port}`,
    'sinks.folder': 'copies',
  });
  const sink = (name: string) => gate.service.sinks().find((one) => one.name.startsWith(name));

  it('is ready, and warns without details', async () => {
    await until('an error', () => sink('webhook')?.error !== undefined);
    const { status, body } = await as('').get('/readyz');
    assert.equal(status, 200);
    assert.deepEqual(body, { status: 'ok', warnings: ['sink-webhook'] });
  });

  it('counts what each has still to tell', async () => {
    const size = gate.service.audit.head().size;
    const { text } = await as().get('/metrics');
    assert.match(text, new RegExp(`tracegate_sink_behind\\{sink="webhook of gate-audit"\\} ${size}`));
    assert.match(text, /tracegate_sink_failing\{sink="webhook of gate-audit"\} 1/);
    assert.match(text, /tracegate_sink_failing\{sink="file of gate-audit"\} 0/);
  });

  it('has the copies, its last record too', async () => {
    await gate.close();
    const lines = readFileSync(join(stateDir, 'copies', 'gate-audit.log'), 'utf8')
      .split('\n')
      .filter(Boolean);
    assert.match(lines.at(-1) ?? '', /"type":"gate.stopped"/);
    assert.equal(seqsIn(lines).size, lines.length);
  });

  it('and the command says so on the host, with nothing running: exit 1 while one fails', async () => {
    const env = { TRACEGATE_STATE_DIR: stateDir };
    const { code, stdout } = await runInProcess(['audit', 'sinks', '-o', 'json'], { env });
    assert.equal(code, 1);
    const [file, webhook] = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    assert.deepEqual([file.sink, file.feed, file.behind, file.error], ['file', 'gate-audit', 0, undefined]);
    assert.deepEqual([webhook.sink, webhook.behind], ['webhook', file.delivered]);
    assert.match(webhook.error, /ECONNREFUSED/);
    assert.match((await runInProcess(['audit', 'sinks'], { env })).stdout, /ECONNREFUSED/);
  });
});

describe('a gate whose heads leave the host', async () => {
  const port = await freePort();
  const received: string[] = [];
  const { as, gate, stateDir } = await runningGate({
    'sinks.checkpoint': `http://127.0.0.1:${port}/heads`,
    'sinks.checkpointSeconds': '1',
  });
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push(body.replaceAll('\n', ''));
    response.writeHead(204).end();
  });
  const file = join(stateDir, 'kept-elsewhere');
  const run = (...words: string[]) => runInProcess(words, { env: { TRACEGATE_STATE_DIR: stateDir } });

  it('warns while the other side is away, and says how much is not covered', async () => {
    await until('an error', () => gate.service.sinks().some(({ error }) => error !== undefined));
    const { body } = await as('').get('/readyz');
    assert.deepEqual(body, { status: 'ok', warnings: ['sink-checkpoint'] });
    const { text } = await as().get('/metrics');
    const of = '\\{sink="checkpoint of gate-checkpoints"\\}';
    assert.match(text, new RegExp(`tracegate_sink_behind${of} ${gate.service.audit.head().size}`));
    assert.match(text, new RegExp(`tracegate_sink_failing${of} 1`));
    assert.match(text, new RegExp(`tracegate_sink_lag_seconds${of} [0-9.]+`));
  });

  it('sends them when it is back, the last one at its end, and the log is held against them', async (t) => {
    receiver.listen(port, '127.0.0.1');
    t.after(() => receiver.close());
    await until('a head', () => received.length > 0);
    await gate.close();
    receiver.closeAllConnections();
    writeFileSync(file, `${received.join('\n')}\n`);
    const { code, stdout } = await run('audit', 'verify', '--checkpoint', file);
    assert.equal(code, 0, stdout);
    const sinks = await run('audit', 'sinks', '-o', 'json');
    assert.equal(sinks.code, 0, sinks.stdout);
    assert.equal(JSON.parse(sinks.stdout).behind, 0);
  });

  it('which a log that was made anew does not pass', async () => {
    const log = join(stateDir, 'gate', 'audit.db');
    for (const end of ['', '-wal', '-shm', '.found']) rmSync(`${log}${end}`, { force: true });
    const anew = openAuditLog({ path: log, keyPath: join(stateDir, 'keys', 'gate-audit.key'), kind: 'gate' });
    anew.append(Array.from({ length: 500 }, () => ({ type: 'policy.applied', body: {} })));
    anew.close();
    const { code, stdout } = await run('audit', 'verify', log, '--checkpoint', file);
    assert.equal(code, 1);
    assert.match(stdout, /rewritten: its first \d+ records are not those of/);
  });
});
