// SPDX-License-Identifier: Apache-2.0
/** `tracegate new`: every template gives policies that the rules take without a word that could be avoided, and that load. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { TEMPLATES, templateNames, templateOf } from '../../src/cli/templates/template.ts';
import type { Decision } from '../../src/model/decision.ts';
import { intakeAll } from '../../src/model/intake.ts';
import { runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-new-'));
after(() => rmSync(root, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: join(root, 'state') };
const PLATFORM = ['--as', 'pat', '--groups', 'tracegate:platform'];
/** what the kernels of the lab said when they were asked about these policies */
const FACTS = join(import.meta.dirname, '../fixtures/facts');
const KERNELS = readdirSync(FACTS).map((file) => join(FACTS, file));
/** said of paths in text, which the target of a symbolic link is */
const UNAVOIDABLE = ['TPG-713'];

const create = (argv: string[]) => runInProcess(['new', ...argv], { env, cwd: root });
const params = (values: Record<string, string[]>) =>
  Object.entries(values).flatMap(([name, list]) => ['--param', `${name}=${list.join(',')}`]);

interface Line {
  policy: { metadata: { name: string } };
  effects: { mode: string };
  decision: Decision;
}

describe('new', () => {
  it('lists the templates that are there', async () => {
    const { code, stdout } = await create([]);
    assert.equal(code, 0);
    for (const name of templateNames()) assert.match(stdout, new RegExp(`^${name} `, 'm'));
    assert.equal(templateNames().length, readdirSync(TEMPLATES).length);
    const { json } = await create(['-o', 'json']);
    assert.deepEqual(
      json.map(({ name }) => name),
      templateNames(),
    );
  });

  for (const name of templateNames()) {
    const { example, parameters, required } = templateOf(name);

    it(`writes ${name}, which says by --help what it takes`, async () => {
      const { code, stdout } = await create([name, '--help']);
      assert.equal(code, 0);
      for (const [key, { description }] of Object.entries(parameters)) {
        assert.match(stdout, new RegExp(`^  ${key} \\(.*\\): `, 'm'));
        assert.ok(stdout.includes(description));
      }
    });

    for (const facts of KERNELS)
      it(`${name} is allowed in monitor mode without a warning, and denies before the effect: ${facts.slice(FACTS.length + 1)}`, async () => {
        for (const values of [example, only(example, required)]) {
          const { code, json, stderr } = await create([
            ...[name, ...params(values), ...PLATFORM],
            ...['--facts', facts, '-o', 'json'],
          ]);
          assert.equal(code, 0, stderr);
          for (const { policy, effects, decision } of json as unknown as Line[]) {
            assert.equal(effects.mode, 'monitor');
            assert.equal(decision.effectiveMode, 'monitor');
            const warned = decision.findings.filter(({ severity }) => severity !== 'info');
            assert.deepEqual(warned, [], policy.metadata.name);
          }
          assert.doesNotMatch(stderr, /refused|racy|after-effect|before-return/);
          if (!name.startsWith('watch-')) assert.match(stderr, / on .*: denied-before-effect/);
        }
      });

    it(`${name} on the host alone has nothing said against it`, async () => {
      if (!('where' in parameters)) return;
      const { json } = await create([
        ...[
          name,
          ...params({ ...example, where: ['host'] }),
          ...PLATFORM,
          '-o',
          'json',
          '--facts',
          KERNELS[0] as string,
        ],
      ]);
      for (const { decision } of json as unknown as Line[])
        assert.deepEqual(
          decision.findings.filter(({ rule }) => !UNAVOIDABLE.includes(rule)),
          [],
        );
    });

    it(`${name} is still allowed when it is turned to enforce`, async () => {
      const { stdout } = await create([name, ...params(example), ...PLATFORM]);
      const enforcing = stdout.replaceAll('value: monitor', 'value: enforce');
      const count = (text: string, what: RegExp) => text.match(what)?.length ?? 0;
      assert.equal(count(enforcing, /value: enforce/g), count(stdout, /^kind:/gm));
      const run = await runInProcess(['review', '-', ...PLATFORM, '-o', 'json'], {
        env,
        cwd: root,
        stdin: enforcing,
      });
      for (const { allowed, findings } of run.json as unknown as Decision[])
        assert.ok(allowed, JSON.stringify(findings));
    });
  }

  it('writes what review takes, whatever is in a value', async () => {
    const path = ['/tmp/a\'b"c: #if x $', '{name} {[&!|>%@`é'].join('');
    const { code, stdout, stderr } = await create(['block-links', '--param', `paths=${path}`, ...PLATFORM]);
    assert.equal(code, 0, stderr);
    const [taken] = intakeAll(stdout, 'yaml');
    assert.ok(taken?.valid);
    assert.deepEqual(taken.normal.hooks[0]?.selectors[0]?.matchArgs[0]?.values, [path]);
  });

  it('exits 1 where the rules deny what it wrote, and writes it all the same', async () => {
    const { code, stdout, stderr } = await create(['block-ptrace', '--as', 'sam', '--groups', 'dev']);
    assert.equal(code, 1);
    assert.match(stdout, /kind: TracingPolicy/);
    assert.match(stderr, /deny TPG-102/);
  });

  for (const { argv, says } of [
    { argv: ['protect-file'], says: /there is no template "protect-file": did you mean "protect-files"\?/ },
    { argv: ['xyz'], says: /there is no template "xyz": `tracegate new` lists/ },
    { argv: ['../templates/watch-sudo'], says: /there is no template/ },
    { argv: ['protect-files'], says: /paths is missing \(.*\): give --param paths=\/etc\/shadow/ },
    {
      argv: ['protect-files', '--param', 'path=/x'],
      says: /has no parameter "path": did you mean "paths"\?/,
    },
    { argv: ['protect-files', '--param', '__proto__=/x'], says: /has no parameter/ },
    { argv: ['protect-files', '--param', 'paths'], says: /--param is written NAME=VALUE/ },
    {
      argv: ['protect-files', '--param', 'paths=etc/shadow'],
      says: /"etc\/shadow" in paths is not a whole path/,
    },
    { argv: ['protect-files', '--param', 'paths=/etc/../x'], says: /is not a whole path/ },
    { argv: ['block-ptrace', '--param', 'except=/usr/bin/'], says: /is not the whole path of a program/ },
    {
      argv: ['restrict-egress', '--param', 'networks=10.0.0.0/64', '--param', 'programs=/a'],
      says: /is not an address or a network/,
    },
    {
      argv: [
        'restrict-egress',
        '--param',
        'networks=10.0.0.0/8',
        '--param',
        'programs=/a',
        '--param',
        'ports=70000',
      ],
      says: /is not a port/,
    },
    { argv: ['block-ptrace', '--param', 'name=Not A Name'], says: /"Not A Name" is no value of name/ },
    {
      argv: ['block-ptrace', '--param', 'where=hots'],
      says: /"hots" is no value of where: did you mean "host"\?/,
    },
    { argv: ['--param', 'a=b'], says: /--param is of a template/ },
  ])
    it(`says what is wrong with ${argv.join(' ')}`, async () => {
      const { code, stdout, stderr } = await create(argv);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, says);
    });

  it('says which of the files and programs are not there', async () => {
    const { stderr } = await create([
      ...[
        'protect-files',
        '--param',
        'paths=/etc/hosts,/no/such',
        '--param',
        'except=/no/program',
        ...PLATFORM,
      ],
    ]);
    assert.match(stderr, /\/no\/such is not there on this host/);
    assert.match(stderr, /\/no\/program is not there on this host/);
    assert.doesNotMatch(stderr, /\/etc\/hosts is not there/);
  });

  it('has a file of each template under the licence', () => {
    for (const name of templateNames())
      assert.match(
        readFileSync(join(TEMPLATES, `${name}.yaml`), 'utf8'),
        /^# SPDX-License-Identifier: Apache-2\.0\n/,
      );
  });
});

function only(values: Record<string, string[]>, names: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
