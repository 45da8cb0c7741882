// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { runInProcess } from '../fixtures/run-cli.ts';

const state = mkdtempSync(join(tmpdir(), 'tracegate-cli-'));
after(() => rmSync(state, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: state };

describe('wrong usage exits 2 and says what is right', () => {
  const cases: [string[], RegExp][] = [
    [[], /Usage: tracegate/],
    [['reviw', 'x'], /Did you mean review/],
    [['review'], /missing required argument/],
    [['review', 'x', '--rule', 'y'], /unknown option '--rule'/],
    [['review', 'x', '-o', 'xml'], /Allowed choices are text, json, sarif, junit, github/],
    [['policy'], /Usage: tracegate policy/],
    [['policy', 'get', 'a', 'b'], /too many arguments/],
    [['policy', 'get', '../x'], /DNS-1123/],
    [['policy', 'get', 'a', '-n', 'b/c'], /DNS-1123 label/],
    [['policy', 'mode', 'a', 'observe'], /use monitor or enforce/],
    [['policy', 'list', '--server', 'gate'], /write https:\/\/HOST:PORT/],
    [['policy', 'list', '--server', 'http://example.com'], /in the clear/],
    [
      ['policy', 'list', '--server', 'https://127.0.0.1:1', '--token-file', 'nowhere'],
      /nowhere cannot be read/,
    ],
    [['audit', 'show', 'first'], /not the number of a record/],
    [['audit', 'list', '--limit', '-1'], /whole number/],
    [['bpf', 'guard', 'admit', 'node'], /by its whole path/],
    [['bpf', 'guard', 'admit', '/usr/bin/node', '--reason', 'x'], /--digest sha256:/],
    [['config', 'show', '--profile', 'lax'], /profile \(flag --profile\) is "lax"/],
  ];
  for (const [argv, says] of cases) {
    it(argv.join(' ') || '(nothing)', async () => {
      const { code, stdout, stderr } = await runInProcess(argv, { env });
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.equal(stdout, '', 'no words on stdout');
    });
  }
});

describe('the command line', () => {
  it('helps with every command, on stdout, and exits 0', async () => {
    for (const { words } of COMMANDS) {
      const { code, stdout } = await runInProcess([...words, '--help'], { env });
      assert.equal(code, 0, words.join(' '));
      assert.match(stdout, new RegExp(`Usage: tracegate ${words.join(' ')}`));
    }
  });

  it('exits 3 where no gate is to be found, and says how to get one', async () => {
    const { code, stderr } = await runInProcess(['policy', 'list'], { env });
    assert.equal(code, 3);
    assert.match(stderr, /no gate was found in .*tracegate up/);
  });

  it('exits 3 where the gate named does not answer', async () => {
    const { code, stderr } = await runInProcess(
      ['policy', 'list', '--server', `unix:${join(state, 'no.sock')}`],
      { env },
    );
    assert.equal(code, 3);
    assert.match(stderr, /cannot be reached/);
  });

  it('shows the configuration and where it comes from', async () => {
    const { code, json } = await runInProcess(['config', 'show', '-o', 'json', '--profile', 'strict'], {
      env,
    });
    assert.equal(code, 0);
    assert.deepEqual(
      json.find(({ key }) => key === 'profile'),
      { key: 'profile', value: 'strict', origin: 'flag --profile' },
    );
    assert.deepEqual(
      json.find(({ key }) => key === 'stateDir'),
      { key: 'stateDir', value: state, origin: 'env TRACEGATE_STATE_DIR' },
    );
  });

  it('explains rules without a gate, and knows near ones', async () => {
    const list = await runInProcess(['rules', 'list', '-o', 'json'], { env });
    assert.ok(list.json.length >= 15);
    const explained = await runInProcess(['rules', 'explain', 'tpg-201'], { env });
    assert.match(explained.stdout, /^TPG-201 .*\nWhy: .*\nFix: /s);
    const unknown = await runInProcess(['rules', 'explain', 'TPG-2011'], { env });
    assert.equal(unknown.code, 3);
    assert.match(unknown.stderr, /did you mean "TPG-2/);
  });
});
