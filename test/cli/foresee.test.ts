// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { HookForesight } from '../../src/foresight/index.ts';
import { RESTRICT_SYMLINK, TCP_CONNECT } from '../fixtures/policies.ts';
import { type CliSetting, runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-foresee-'));
after(() => rmSync(root, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: join(root, 'state') };
const file = (name: string, text: string) => {
  writeFileSync(join(root, name), text);
  return name;
};
const foresee = (argv: string[], setting: CliSetting = {}) =>
  runInProcess(['foresee', ...argv], { env, cwd: root, ...setting });
const POLICY = file('policy.yaml', RESTRICT_SYMLINK);

function call(target: string, policy = 'restrict-symlink', pid = 77): string {
  const args = [{ string_arg: target }, { int_arg: -100 }, { string_arg: '/tmp/x' }];
  const process_kprobe = {
    process: { pid, binary: '/usr/bin/ln' },
    function_name: '__x64_sys_symlinkat',
    args,
    policy_name: policy,
  };
  return JSON.stringify({ process_kprobe, node_name: 'n', time: '2026-01-01T00:00:00Z' });
}
const EVENTS = file(
  'events.json',
  `${['/etc/passwd', '/etc/hosts', '/etc/passwd'].map((to) => call(to)).join('\n')}\n\n`,
);

type Foreseen = { hooks: HookForesight[]; seen: { processes: number } };
const foreseenIn = (json: Record<string, unknown>[]) => json as unknown as [Foreseen, ...Foreseen[]];

describe('foresee', () => {
  it('names what recorded events show would have been hit', async () => {
    const { code, stdout, stderr } = await foresee([POLICY, '--no-processes', '--events', EVENTS]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^restrict-symlink: 3 events and 0 running processes were run through it\./);
    assert.match(stdout, /\nsys_symlinkat: 3 recorded calls, 2 of them would have been acted on\n/);
    assert.match(stdout, /gets EPERM \(operation not permitted\) instead +\/usr\/bin\/ln +- +2 +77/);
  });

  it('prints one JSON object a policy', async () => {
    const two = file('two.yaml', `${RESTRICT_SYMLINK}---\n${TCP_CONNECT}`);
    const { json } = await foresee([two, '--no-processes', '--events', EVENTS, '-o', 'json']);
    assert.deepEqual(
      json.map(({ policy }) => (policy as { name: string }).name),
      ['restrict-symlink', 'tcp-connect'],
    );
    const hooks = json.map(({ hooks: of }) => of as HookForesight[]);
    assert.deepEqual(
      hooks.map((of) => of.map(({ calls }) => calls)),
      [[3], [0, 0, 0]],
    );
    assert.deepEqual(json[0]?.seen, { events: 3, calls: 3, processes: 0, hidden: 0 });
  });

  it('reads events from standard input, and from the file that the agent keeps, oldest first', async () => {
    const piped = await foresee([POLICY, '--no-processes', '--events', '-'], {
      stdin: `${call('/etc/passwd')}\n`,
    });
    assert.match(piped.stdout, /1 of them would have been acted on/);
    const kept = join(root, 'kept.log');
    writeFileSync(kept, `${call('/etc/passwd')}\n`);
    writeFileSync(`${kept}.1`, `${call('/etc/passwd')}\n${call('/x')}\n`);
    const own = await foresee([POLICY, '--no-processes', '--events-file', kept]);
    assert.match(own.stdout, /3 recorded calls, 2 of them/, own.stderr);
  });

  it('says what could not be run through, until it is told who recorded it', async () => {
    const events = file('others.json', `${call('/etc/passwd', 'watch-links')}\n`);
    const blind = await foresee([POLICY, '--no-processes', '--events', events]);
    assert.match(
      blind.stdout,
      /0 of them would have been acted on\n {2}not run through \(selector 1\), 1 times: watch-links, which recorded it, is not known/,
    );
    const recorder = file('watch.yaml', RESTRICT_SYMLINK.replace('restrict-symlink', 'watch-links'));
    const told = await foresee([POLICY, '--no-processes', '--events', events, '--recorded', recorder]);
    assert.match(told.stdout, /1 of them would have been acted on/);
  });

  it('runs the processes of this host through it', async () => {
    const { stdout, json } = await foresee([POLICY, '-o', 'json']);
    const [{ hooks, seen }] = foreseenIn(json);
    const [hook] = hooks;
    const own = readFileSync('/proc/self/stat', 'utf8').split(' ')[0];
    assert.ok(seen.processes > 1, stdout);
    const mine = hook?.reach.find(({ binary }) => binary === process.execPath);
    assert.ok(mine && mine.times >= 1, `this process (${own}) is among them: ${JSON.stringify(hook?.reach)}`);
    const nobody = file(
      'nobody.yaml',
      RESTRICT_SYMLINK.replace(
        /( +)matchActions:/,
        '$1matchBinaries: [{operator: In, values: [/no/such]}]\n$1matchActions:',
      ),
    );
    const none = await foresee([nobody, '-o', 'json']);
    assert.deepEqual(foreseenIn(none.json)[0].hooks[0]?.reach, []);
  });

  for (const { what, argv, setting, code, says } of [
    {
      what: 'nothing to run through',
      argv: [POLICY, '--no-processes'],
      code: 2,
      says: /nothing to run through/,
    },
    {
      what: 'an invalid policy',
      argv: [file('bad.yaml', TCP_CONNECT.replace('args:', 'arg:'))],
      code: 1,
      says: /not a valid TracingPolicy/,
    },
    { what: 'a policy that is not there', argv: ['nowhere.yaml'], code: 3, says: /nowhere\.yaml/ },
    {
      what: 'events that are not there',
      argv: [POLICY, '--events', 'nowhere.json'],
      code: 3,
      says: /nowhere\.json cannot be read/,
    },
    {
      what: 'events that are none',
      argv: [POLICY, '--events', file('none.json', `${call('/x')}\nhello\n`)],
      code: 3,
      says: /none\.json, line 2/,
    },
    {
      what: 'both from standard input',
      argv: ['-', '--events', '-'],
      setting: { stdin: '' },
      code: 2,
      says: /cannot both/,
    },
  ] as { what: string; argv: string[]; setting?: CliSetting; code: number; says: RegExp }[])
    it(`exits ${code} for ${what}`, async () => {
      const run = await foresee(argv, setting);
      assert.equal(run.code, code, run.stderr);
      assert.match(run.stderr, says);
      assert.equal(run.stdout, '');
    });
});
