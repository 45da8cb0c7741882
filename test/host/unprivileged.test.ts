// SPDX-License-Identifier: Apache-2.0
/** Started by somebody who is not root: all that needs no privilege works, and the rest says what it needs. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  missingForAgent,
  missingForOthers,
  ROOT,
  RunningUp,
  until,
  upPlace,
} from '../fixtures/running-up.ts';

const NOBODY = 65534;

describe('up without root', { skip: missingForOthers() ?? false }, () => {
  const place = upPlace('unprivileged');
  let up: RunningUp;
  let agent: ChildProcess | undefined;

  before(async () => {
    chownSync(place.stateDir, NOBODY, NOBODY);
    up = await RunningUp.start(place, NOBODY);
  });
  after(async () => {
    const ended = agent && new Promise((resolve) => agent?.once('exit', resolve));
    agent?.kill('SIGTERM');
    await ended;
    const left = await up?.interrupt();
    place.remove();
    assert.deepEqual(left, [], 'Ctrl-C ends it cleanly');
  });

  it('names the capability that is missing and the line that starts the agent', () => {
    assert.match(up.screen, /No agent: policies are judged and stored, nothing is loaded/);
    assert.match(up.screen, /CAP_BPF/);
    assert.match(up.screen, /sudo .*tracegate agent/);
    assert.deepEqual(up.agentPids(), []);
  });

  it('judges, stores and audits, and keeps its token to itself', () => {
    const policy = readFileSync(join(ROOT, 'test/fixtures/policies/tcp-connect.yaml'), 'utf8');
    const applied = up.cliWith(policy, 'policy', 'apply', '-f', '-');
    assert.equal(applied.status, 0, applied.out + applied.words);
    assert.equal(up.status('tcp-connect')?.state, 'pending');
    assert.equal(up.cli('audit', 'verify').status, 0);
    const token = statSync(join(place.stateDir, 'admin.token'));
    assert.equal(token.uid, NOBODY);
    assert.equal(token.mode & 0o777, 0o600);
  });

  it('takes an agent that root starts by that line', { skip: missingForAgent() ?? false }, async () => {
    const args = ['--disable-warning=ExperimentalWarning', join(ROOT, 'dist/main.mjs'), 'agent'];
    agent = spawn(process.execPath, args, { cwd: ROOT, env: place.env, stdio: 'ignore' });
    const host = () => up.status('tcp-connect')?.hosts[0];
    await until(
      'the agent has answered',
      () => host() !== undefined && host()?.state !== 'pending',
      20_000,
      () => up.logs(),
    );
    const { state, reason } = host() ?? {};
    if (state === 'refused') assert.match(reason ?? '', /has no fentry/);
    else assert.equal(state, 'loaded');
  });
});
