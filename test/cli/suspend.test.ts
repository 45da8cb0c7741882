// SPDX-License-Identifier: Apache-2.0
/** `suspend` and `resume`: by the gate, past a gate that is gone, and what is said when nobody is left. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { serveAgent } from '../../src/agent/server.ts';
import { durationSeconds } from '../../src/cli/duration.ts';
import { runningGate } from '../api/running-gate.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { agentUnderTest, document } from '../unit/agent/fake-runtime.ts';
import { policy, until } from '../unit/service/gate-under-test.ts';

describe('by the gate', async () => {
  const running = await runningGate();
  const cli = (...argv: string[]) =>
    runInProcess(argv, { env: { TRACEGATE_STATE_DIR: running.stateDir }, cwd: running.stateDir });

  it('everything is suspended for a time, which the status says, and resumed', async () => {
    assert.equal((await running.as().put('/v1/policies/a').send(policy('a'))).status, 201);
    const made = await cli('suspend', '--for', '30m', '--reason', 'nobody can log in', '-o', 'json');
    assert.equal(made.code, 0, made.stderr);
    const [{ since, until: end, reason } = {}] = made.json as {
      since: string;
      until: string;
      reason: string;
    }[];
    assert.equal(Date.parse(end ?? '') - Date.parse(since ?? ''), 30 * 60_000);
    assert.equal(reason, 'nobody can log in');
    await until(() => running.gate.service.status('a').state === 'suspended', 'suspended');
    const status = await cli('policy', 'status', 'a');
    assert.match(status.stdout, /^a +1 +enforce +node-1 +- +suspended +- +nobody can log in$/m);
    assert.match(status.stderr, /^node-1: nobody can log in$/m);
    const ended = await cli('resume', '--all', '--reason', 'mended');
    assert.match(ended.stderr, /everything acts again on node-1/);
    assert.equal(ended.code, 0);
    assert.equal((await cli('resume')).code, 3, 'nothing is suspended any more');
  });

  it('one policy is', async () => {
    const made = await cli('suspend', 'a', '--reason', 'too loud');
    assert.match(made.stderr, /a on node-1 is suspended until it is resumed: .*`tracegate resume a` ends it/);
    assert.equal((await cli('resume', 'a')).code, 0);
    assert.equal((await cli('suspend', 'b', '--reason', 'too loud')).code, 3);
  });

  it('nobody without the role may, and the agent is not asked past a gate that said no', async () => {
    const token = running.tokenFor('sam', 'dev');
    const file = join(running.stateDir, 'sam.token');
    writeFileSync(file, token);
    const run = await cli('suspend', '--reason', 'x', '--server', running.gate.url, '--token-file', file);
    assert.equal(run.code, 1);
    assert.equal(running.agent.suspended.size, 0);
  });

  it('with the agent away the way that is left is named', async () => {
    running.agent.away = true;
    const run = await cli('suspend', '--reason', 'x');
    running.agent.away = false;
    assert.equal(run.code, 3);
    assert.match(
      run.stderr,
      /the agent is away\. As root, `tracegate-off --pins .* suspends without any of it/,
    );
  });

  // biome-ignore format: a table is read in rows
  const WRONG: [string[], RegExp][] = [
    [['suspend'], /--reason/],
    [['suspend', '--reason', ' '], /--reason/],
    [['suspend', '--reason', 'x', '--for', '30'], /"30" is no duration: write 30m/],
    [['suspend', '--reason', 'x', '--for', '31d'], /longer than 30d/],
    [['suspend', 'a', '--all', '--reason', 'x'], /either a or --all/],
    [['suspend', '-n', 'dev', '--reason', 'x'], /name it/],
    [['suspend', '../a', '--reason', 'x'], /name a policy/],
    [['resume', 'a', '--all'], /either a or --all/],
  ];
  for (const [argv, why] of WRONG) {
    it(`wrong usage: ${argv.join(' ')}`, async () => {
      const run = await cli(...argv);
      assert.equal(run.code, 2, run.stderr);
      assert.match(run.stderr, why);
      assert.equal(running.agent.suspended.size, 0);
    });
  }
});

describe('with the gate down', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'tracegate-down-'));
  const cli = (...argv: string[]) => runInProcess(argv, { env: { TRACEGATE_STATE_DIR: stateDir } });
  after(() => rmSync(stateDir, { recursive: true }));

  it('the agent on this host does it, and its log says who', async () => {
    const under = agentUnderTest();
    await under.agent.apply(under.order(document()));
    const server = await serveAgent(under.agent, join(stateDir, 'agent.sock'));
    try {
      const made = await cli('suspend', '--for', '1h', '--reason', 'the gate is down too');
      assert.equal(made.code, 0, made.stderr);
      assert.match(made.stderr, /the gate does not answer: the agent on this host is asked itself/);
      assert.equal(under.runtime.kernelHost.suspended, true);
      const [begun] = under.audit.read({ type: 'suspension.begun' });
      assert.deepEqual([begun?.actor?.user, begun?.actor?.door], ['tester', 'cli']);
      assert.equal((await cli('resume')).code, 0);
      assert.equal(under.runtime.kernelHost.suspended, false);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('and the agent too: the line that works without either is named', async () => {
    const run = await cli('suspend', '--reason', 'x', '--agent-pin-dir', '/sys/fs/bpf/elsewhere');
    assert.equal(run.code, 3);
    assert.match(
      run.stderr,
      /As root, `tracegate-off --pins \/sys\/fs\/bpf\/elsewhere` suspends without any of it/,
    );
  });

  it('a gate that was named is not gone past', async () => {
    const run = await cli('suspend', '--reason', 'x', '--server', `unix:${join(stateDir, 'other.sock')}`);
    assert.equal(run.code, 3);
    assert.match(run.stderr, /^tracegate: the gate at unix:.* cannot be reached/);
  });
});

describe('a duration', () => {
  it('has units, alone or several', () => {
    const seconds = ['90s', '30m', '2h', '1h30m', '1d'].map((text) => durationSeconds(text, '--for'));
    assert.deepEqual(seconds, [90, 1800, 7200, 5400, 86_400]);
  });

  it('is refused when it could be anything else', () => {
    for (const text of ['', '30', 'm', '-5m', '1.5h', '0s', '5 m', '5M', '1y'])
      assert.throws(() => durationSeconds(text, '--for'), /no duration/, text);
  });
});
