// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { RESTRICT_SYMLINK, TCP_CONNECT } from '../fixtures/policies.ts';
import { type Answers, problem, type RecordedGate, recordedGate } from '../fixtures/recorded-gate.ts';
import { type CliRun, type CliSetting, runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-client-'));
after(() => rmSync(root, { recursive: true }));
let gates = 0;

/** Runs commands against a gate whose socket lies in a state directory, where the CLI finds it by itself. */
async function against(
  answers: Answers,
  use: (cli: (argv: string[], setting?: CliSetting) => Promise<CliRun>, gate: RecordedGate) => Promise<void>,
): Promise<void> {
  gates++;
  const state = join(root, `state${gates}`);
  mkdirSync(state);
  const gate = await recordedGate(join(state, 'gate.sock'), answers);
  try {
    await use(
      (argv, setting = {}) =>
        runInProcess(argv, { env: { TRACEGATE_STATE_DIR: state }, cwd: root, ...setting }),
      gate,
    );
  } finally {
    await gate.close();
  }
}

const decision = (allowed: boolean, name: string, findings: object[] = []) => ({
  id: '1',
  allowed,
  operation: 'create',
  door: 'api',
  time: '2026-01-01T00:00:00Z',
  subject: { user: 'a', groups: [] },
  policy: { kind: 'TracingPolicy', name, digest: 'sha256:0' },
  findings,
  rules: { digest: 'sha256:1', revision: 'r', profile: 'baseline', total: 1, evaluated: 1, notApplicable: 0 },
  effectiveMode: 'enforce',
  durationUs: 1,
});

function file(name: string, text: string): string {
  writeFileSync(join(root, name), text);
  return name;
}

describe('policy apply', () => {
  it('sends each policy as a document and prints what was decided', async () => {
    const put = () => ({ decision: decision(true, 'tcp-connect') });
    await against({ 'PUT /v1/policies/tcp-connect': put }, async (cli, gate) => {
      const run = await cli([
        'policy',
        'apply',
        '-f',
        file('one.yaml', TCP_CONNECT),
        '--reason',
        'because & so',
        '--dry-run',
      ]);
      assert.equal(run.code, 0, run.stderr);
      assert.match(run.stdout, /TracingPolicy tcp-connect: allowed/);
      const [asked] = gate.asked;
      assert.equal(asked?.url, '/v1/policies/tcp-connect?dryRun=true&reason=because+%26+so');
      assert.match(JSON.stringify(asked?.body), /"kind":"TracingPolicy"/);
      assert.equal(asked?.headers['content-type'], 'application/json');
      assert.equal(asked?.headers.authorization, undefined, 'the socket is the credential');
    });
  });

  it('exits 1 with the findings, at the lines of the file, when the gate denies', async () => {
    const findings = [
      { rule: 'TPG-201', severity: 'deny', path: '/spec/kprobes/0/selectors/0', message: 'no\u001b[31m' },
    ];
    const put: Answers[string] = (_, response) =>
      problem(response, 403, 'forbidden', 'denied', {
        decision: decision(false, 'restrict-symlink', findings),
      });
    await against({ 'PUT /v1/policies/restrict-symlink': put }, async (cli) => {
      const run = await cli(['policy', 'apply', '-f', file('denied.yaml', RESTRICT_SYMLINK)]);
      assert.equal(run.code, 1);
      assert.match(run.stdout, /denied\n {2}deny TPG-201 line 17 .*\n {7}no\ufffd\[31m/);
    });
  });

  it('puts a namespaced policy where it belongs, and refuses two namespaces', async () => {
    const text = TCP_CONNECT.replace('TracingPolicy', 'TracingPolicyNamespaced').replace(
      'metadata:',
      'metadata:\n  namespace: shop',
    );
    const put = () => ({ decision: decision(true, 'tcp-connect') });
    await against({ 'PUT /v1/namespaces/shop/policies/tcp-connect': put }, async (cli) => {
      assert.equal((await cli(['policy', 'apply', '-f', file('ns.yaml', text)])).code, 0);
      const run = await cli(['policy', 'apply', '-n', 'other', '-f', 'ns.yaml']);
      assert.equal(run.code, 2);
      assert.match(run.stdout + run.stderr, /namespace shop and -n says other/);
    });
  });

  it('with --wait exits 1 where every host refuses it', async () => {
    let polls = 0;
    const status = () => {
      polls++;
      const state = polls < 3 ? 'pending' : 'refused';
      return {
        name: 'tcp-connect',
        revision: 1,
        mode: 'enforce',
        enabled: true,
        state,
        effectiveMode: 'enforce',
        hosts: [{ host: 'a', state, reason: 'no BTF', hooks: [] }],
      };
    };
    const answers = {
      'PUT /v1/policies/tcp-connect': () => ({ decision: decision(true, 'tcp-connect') }),
      'GET /v1/policies/tcp-connect/status': status,
    };
    await against(answers, async (cli) => {
      const run = await cli(['policy', 'apply', '--wait', '-f', file('one.yaml', TCP_CONNECT)]);
      assert.equal(run.code, 1);
      assert.match(run.stderr, /tcp-connect: refused: no BTF/);
      assert.equal(polls, 3);
    });
  });

  it('of something that cannot be read sends nothing and exits 3', async () => {
    await against({}, async (cli, gate) => {
      assert.equal((await cli(['policy', 'apply', '-f', file('broken.yaml', 'a: [')])).code, 3);
      assert.deepEqual(gate.asked, []);
    });
  });
});

describe('listings', () => {
  it('follow the pages to the end', async () => {
    const page: Answers[string] = ({ url }) => {
      const after = new URL(url, 'http://x').searchParams.get('after');
      const policy = (name: string) => ({
        kind: 'TracingPolicy',
        name,
        revision: 1,
        mode: 'enforce',
        enabled: true,
        updated: 'now',
      });
      return after === null ? { items: [policy('a'), policy('b')], next: 'b' } : { items: [policy('c')] };
    };
    await against({ 'GET /v1/policies': page }, async (cli) => {
      const { code, json } = await cli(['policy', 'list', '-o', 'json']);
      assert.equal(code, 0);
      assert.deepEqual(
        json.map(({ name }) => name),
        ['a', 'b', 'c'],
      );
      assert.match(
        (await cli(['policy', 'list'])).stdout,
        /^NAME +REVISION +MODE +ENABLED +CHANGED\na +1 +enforce +yes +now\n/,
      );
    });
  });

  it('end when a gate repeats itself with nothing', async () => {
    await against({ 'GET /v1/policies': () => ({ items: [], next: 'x' }) }, async (cli) => {
      assert.equal((await cli(['policy', 'list'])).code, 0);
    });
  });
});

describe('changes', () => {
  it('send what is asked, with the reason', async () => {
    const patch = () => ({});
    await against({ 'PATCH /v1/policies/a': patch, 'DELETE /v1/policies/a': patch }, async (cli, gate) => {
      for (const argv of [
        ['enable', 'a'],
        ['disable', 'a'],
        ['mode', 'a', 'monitor'],
        ['delete', 'a'],
      ]) {
        assert.equal((await cli(['policy', ...argv, '--reason', 'r'])).code, 0, argv.join(' '));
      }
      assert.deepEqual(
        gate.asked.map(({ method, url, body }) => [method, url, body]),
        [
          ['PATCH', '/v1/policies/a', { enabled: true, reason: 'r' }],
          ['PATCH', '/v1/policies/a', { enabled: false, reason: 'r' }],
          ['PATCH', '/v1/policies/a', { mode: 'monitor', reason: 'r' }],
          ['DELETE', '/v1/policies/a?reason=r', undefined],
        ],
      );
    });
  });
});

describe('what the gate refuses', () => {
  const codes: [number, string, number][] = [
    [401, 'unauthenticated', 3],
    [403, 'forbidden', 1],
    [404, 'not-found', 3],
    [409, 'conflict', 3],
    [412, 'stale', 3],
    [429, 'too-many', 3],
    [503, 'could-not-judge', 3],
  ];
  for (const [status, code, exit] of codes) {
    it(`is told in its words, and exits ${exit}: ${code}`, async () => {
      const refuse: Answers[string] = (_, response) => problem(response, status, code, `because of ${code}`);
      await against({ 'GET /v1/policies/a': refuse }, async (cli) => {
        const run = await cli(['policy', 'get', 'a']);
        assert.equal(run.code, exit);
        assert.match(run.stderr, new RegExp(`because of ${code}`));
        assert.equal(run.stdout, '');
      });
    });
  }

  it('is not believed when it is no gate that answers', async () => {
    const html: Answers[string] = (_, response) =>
      void response.writeHead(502).end('<html>Bad gateway</html>');
    const text: Answers[string] = (_, response) => void response.writeHead(200).end('hello');
    await against({ 'GET /v1/policies/a': html, 'GET /v1/policies/b': text }, async (cli) => {
      for (const name of ['a', 'b']) {
        const run = await cli(['policy', 'get', name]);
        assert.equal(run.code, 3);
        assert.match(run.stderr, /is it a gate\?/);
      }
    });
  });
});

describe('review --server', () => {
  it('asks the gate, and keeps the lines of the file', async () => {
    const findings = [{ rule: 'TPG-401', severity: 'warn', path: '/spec/kprobes/2', message: 'hot' }];
    await against(
      { 'POST /v1/reviews': () => decision(true, 'tcp-connect', findings) },
      async (cli, gate) => {
        const server = ['--server', `unix:${join(root, `state${gates}`, 'gate.sock')}`];
        const run = await cli(['review', ...server, '-o', 'json', file('one.yaml', TCP_CONNECT)]);
        assert.equal(run.code, 0, run.stderr);
        assert.match(run.stdout, /"line":17/);
        assert.deepEqual(Object.keys(gate.asked[0]?.body as object), ['policy', 'operation']);
        const local = await cli(['review', ...server, '--as', 'pat', 'one.yaml']);
        assert.equal(local.code, 2);
      },
    );
  });
});

describe('events', () => {
  const event = (policy: string) => ({
    process_kprobe: {
      process: { exec_id: 'x', pid: 7, binary: '/bin/ln\u001b' },
      function_name: 'sys_symlinkat',
      args: [{ string_arg: '/etc/passwd' }, { int_arg: -100 }],
      action: 'KPROBE_ACTION_OVERRIDE',
      policy_name: policy,
    },
    node_name: 'n',
    time: 't',
  });

  it('are printed as they come, until they end, with the filters in the query', async () => {
    const stream: Answers[string] = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      const text = `${JSON.stringify(event('a'))}\n${JSON.stringify(event('b'))}\n`;
      response.write(text.slice(0, 50));
      response.end(text.slice(50));
    };
    await against({ 'GET /v1/events': stream }, async (cli, gate) => {
      const run = await cli(['events', '--policy-names', 'a,b', '--host']);
      assert.equal(run.code, 0, run.stderr);
      assert.equal(
        run.stdout.split('\n')[0],
        'kprobe /bin/ln\ufffd[7] sys_symlinkat(/etc/passwd, -100) override policy a',
      );
      assert.equal(gate.asked[0]?.url, '/v1/events?policy-names=a%2Cb&host=true');
      assert.equal(gate.asked[0]?.headers.accept, 'application/x-ndjson');
    });
  });

  it('end with 130 when the user interrupts', async () => {
    const interrupt = new AbortController();
    const stream: Answers[string] = (_, response) => {
      response.writeHead(200);
      response.write(`${JSON.stringify(event('a'))}\n`);
      setTimeout(() => interrupt.abort(), 50);
    };
    await against({ 'GET /v1/events': stream }, async (cli) => {
      const run = await cli(['events', '-o', 'json'], { signal: interrupt.signal });
      assert.equal(run.code, 130);
      assert.equal(run.json.length, 1);
    });
  });

  it('of a file are filtered here', async () => {
    await against({}, async (cli) => {
      const text = `${JSON.stringify(event('a'))}\n${JSON.stringify(event('b'))}\n`;
      const run = await cli(
        ['events', '-o', 'json', '-f', '-', '--policy-names', 'b', '--event-types', 'PROCESS_KPROBE'],
        { stdin: text },
      );
      assert.equal(run.json.length, 1);
      const broken = await cli(['events', '-f', file('events.json', `${text}{`)]);
      assert.equal(broken.code, 3);
      assert.match(broken.stderr, /events\.json, line 3/);
    });
  });
});

describe('tokens', () => {
  it('are printed once, alone on stdout', async () => {
    await against({ 'POST /v1/tokens': () => ({ id: 'ab', token: 'tg_secret' }) }, async (cli, gate) => {
      const run = await cli(['token', 'create', '--user', 'pat', '--groups', 'a, b']);
      assert.equal(run.stdout, 'tg_secret\n');
      assert.deepEqual(gate.asked[0]?.body, { user: 'pat', groups: ['a', 'b'] });
    });
  });

  it('are sent from a file, and never to a gate that was not asked to be told', async () => {
    await against({ 'GET /v1/policies': () => ({ items: [] }) }, async (cli, gate) => {
      const path = file('token', 'tg_mine\n');
      chmodSync(join(root, path), 0o600);
      await cli(['policy', 'list', '--token-file', path]);
      assert.equal(gate.asked[0]?.headers.authorization, 'Bearer tg_mine');
      const broken = await cli(['policy', 'list', '--token-file', file('two', 'a\nb')]);
      assert.equal(broken.code, 2);
    });
  });
});
