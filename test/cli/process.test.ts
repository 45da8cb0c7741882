// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../fixtures/cli-process.ts', import.meta.url));
const start = (argv: string[]) =>
  spawn(process.execPath, [PROGRAM, ...argv], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, TRACEGATE_STATE_DIR: '/nonexistent' },
  });
const event = `${JSON.stringify({ process_exec: { process: { exec_id: 'x', pid: 1, binary: '/bin/sh' } }, node_name: 'n', time: 't' })}\n`;

describe('the command line as a process', () => {
  it('exits 0 when whoever reads it goes away', async () => {
    const child = start(['events', '-f', '-']);
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.stdin.on('error', () => undefined);
    const feeding = setInterval(() => child.stdin.write(event.repeat(100)), 1);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'exit')) as [number];
    clearInterval(feeding);
    assert.equal(code, 0, complaint);
    assert.equal(complaint, '');
  });

  it('exits with the code of the command', async () => {
    const child = start(['policy', 'list']);
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 3);
  });
});
