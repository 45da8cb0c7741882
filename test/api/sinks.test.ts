// SPDX-License-Identifier: Apache-2.0
/** A gate whose log goes elsewhere: how it says that this does not get on, and that nothing waits for it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
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
