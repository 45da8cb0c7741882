// SPDX-License-Identifier: Apache-2.0
/** The watch and the gate for BPF programs as people meet them: a gate and an agent that run, over HTTPS and on the command line. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningAgent, startAgent } from '../../src/agent/start.ts';
import { loadConfig } from '../../src/config/index.ts';
import { type RunningGate, startGate } from '../../src/gate/index.ts';
import { openRuleset } from '../../src/guardrails/index.ts';
import type { AuditRecord } from '../../src/model/audit-record.ts';
import type { GateMode } from '../../src/model/bpf-gate.ts';
import { agentClient, bpfGateClient } from '../../src/service/index.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { idIn, loader } from './bpf-fixture.ts';
import { digestOf, SETTLED_MS } from './gate-fixture.ts';
import { labProgram, PLACE, ROOT, run } from './runtime-fixture.ts';

const STATE = mkdtempSync(join(PLACE, 'doors-'));
const BIN = join(PLACE, 'doors-bin');
const [LISTED, OTHER] = [join(BIN, 'listed'), join(BIN, 'other')];
const PINS = '/sys/fs/bpf/tracegate-doors';
const SOCKET = join(STATE, 'agent.sock');
const USER_TOKEN = join(STATE, 'user.token');
const NOBODY = `sha256:${'0'.repeat(64)}`;

let gate: RunningGate;
let agent: RunningAgent;
let gateRuns = false;
const tokens = { platform: '', user: '', auditor: '' };

interface Answer {
  status: number;
  body: Record<string, unknown> & { code?: string; items?: unknown[] };
}

function ask(who: keyof typeof tokens, method: string, path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const ca = readFileSync(join(STATE, 'tls/ca.crt'));
    const asked = request(new URL(path, gate.url), { method, headers, ca }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text || '{}') }));
    });
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

const cli = (...argv: string[]) =>
  runInProcess(argv, {
    env: { TRACEGATE_STATE_DIR: STATE, TRACEGATE_AGENT_SOCKET: SOCKET },
    user: { name: 'root', uid: 0 },
  });
const asUser = (...argv: string[]) => cli(...argv, '--token-file', USER_TOKEN);

async function set(mode: GateMode): Promise<void> {
  const { status, body } = await ask('platform', 'PUT', '/v1/bpf/guard', { mode, reason: 'a test' });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.mode, mode);
}

/** Of the agent's log, the newest first. */
async function records(type: string): Promise<AuditRecord[]> {
  const { body } = await ask(
    'auditor',
    'GET',
    `/v1/audit/records?log=agent&type=${type}&order=descending&limit=50`,
  );
  return body.items as AuditRecord[];
}

async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  for (const began = performance.now(); performance.now() - began < 120_000; await sleep(100)) {
    const found = await find();
    if (found !== undefined) return found;
  }
  throw new Error(`${what}: not within two minutes`);
}

describe('the doors of the watch and the gate for BPF programs', () => {
  before(async () => {
    mkdirSync(BIN, { recursive: true });
    copyFileSync(labProgram('bpf_loads'), LISTED);
    copyFileSync(LISTED, OTHER);
    appendFileSync(OTHER, '!');
    await sleep(SETTLED_MS);
    const flags = { listen: 'https://127.0.0.1:0', stateDir: STATE };
    const { config } = loadConfig({ flags, env: {}, cwd: STATE });
    const [port, bpfGate] = [agentClient({ socketPath: SOCKET }), bpfGateClient({ socketPath: SOCKET })];
    gate = await startGate(config, { agent: port, bpfGate, log: silentLog, version: '0.0.0-test' });
    gateRuns = true;
    const loaders = [{ path: LISTED, sha256: [digestOf(LISTED)], types: ['socket_filter', 'lsm'] }];
    agent = await startAgent({
      ...{
        root: ROOT,
        stateDir: join(STATE, 'agent'),
        socketPath: SOCKET,
        bpffsDir: PINS,
        killPerMinute: 60,
      },
      gateKeyFile: gate.receiptPublicKeyFile,
      ruleset: openRuleset({ data: { bpf: { loaders } } }),
      onFault: (thrown) => assert.fail(String(thrown)),
    });
    const by = { subject: { user: 'test', groups: [] } };
    const made = (user: string, ...groups: string[]) =>
      gate.service.tokens.create({ user, groups }, by).token;
    tokens.platform = readFileSync(gate.adminTokenFile, 'utf8').trim();
    tokens.user = made('sam', 'dev');
    tokens.auditor = made('eve', 'tracegate:auditors');
    writeFileSync(USER_TOKEN, tokens.user, { mode: 0o600 });
  });
  after(async () => {
    if (gateRuns) await gate.close();
    await agent?.close();
    agent?.runtime.dropGate();
    rmSync(PINS, { recursive: true, force: true });
  });

  it('let a user see how the gate stands, and change nothing of it', async () => {
    const stands = await ask('user', 'GET', '/v1/bpf/guard');
    assert.deepEqual([stands.status, stands.body.mode], [200, 'off']);
    assert.equal((await ask('user', 'GET', '/v1/bpf/baseline')).status, 200);
    for (const [method, path, body] of [
      ['PUT', '/v1/bpf/guard', { mode: 'enforce', reason: 'mine' }],
      ['POST', '/v1/bpf/baseline', { action: 'start', reason: 'mine' }],
      ['POST', '/v1/bpf/guard/successors', { path: OTHER, digest: digestOf(OTHER), reason: 'mine' }],
    ] as const) {
      const refused = await ask('user', method, path, body);
      assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden'], path);
    }
    for (const path of ['programs', 'maps', 'links', 'pins', 'loads'])
      assert.equal((await ask('user', 'GET', `/v1/bpf/${path}`)).status, 403, path);
    for (const words of [
      ['bpf', 'guard', 'enforce', '--reason', 'mine'],
      ['bpf', 'baseline', 'start', '--reason', 'mine'],
      ['bpf', 'list'],
      ['bpf', 'loads'],
    ])
      assert.equal((await asUser(...words)).code, 1, words.join(' '));
    assert.match((await asUser('bpf', 'guard')).stdout, /: off, every loader may load/);
    assert.equal((await ask('user', 'GET', '/v1/bpf/guard')).body.mode, 'off');
  });

  it('say what is wrong with what was asked', async () => {
    for (const body of [
      { mode: 'on', reason: 'x' },
      { mode: 'enforce' },
      { mode: 'enforce', reason: ' ' },
      {},
    ])
      assert.equal((await ask('platform', 'PUT', '/v1/bpf/guard', body)).status, 400, JSON.stringify(body));
    const ended = await ask('platform', 'POST', '/v1/bpf/baseline', { action: 'end', reason: 'x' });
    assert.deepEqual([ended.status, ended.body.code], [409, 'conflict']);
    const off = { path: OTHER, digest: digestOf(OTHER), reason: 'x' };
    const admitted = await ask('platform', 'POST', '/v1/bpf/guard/successors', off);
    assert.deepEqual([admitted.status, /the gate is off/.test(JSON.stringify(admitted.body))], [400, true]);
    assert.equal((await ask('platform', 'DELETE', '/v1/bpf/guard')).status, 404);
    for (const [words, code, says] of [
      [['guard', 'on', '--reason', 'x'], 2, /on is no mode/],
      [['guard', 'enforce'], 2, /say why/],
      [['baseline', 'end', '--reason', 'x'], 3, /nothing to end/],
      [['baseline', 'start', '--for', '91d', '--reason', 'x'], 2, /longer than 90d/],
      [['guard', 'admit', OTHER, '--digest', NOBODY, '--reason', 'x'], 2, /the gate is off/],
    ] as const) {
      const found = await cli('bpf', ...words);
      assert.equal(found.code, code, `${words.join(' ')}: ${found.stderr}`);
      assert.match(found.stderr, says);
    }
  });

  it('watch as the platform asks, and tell whom they would deny', async () => {
    const shown = await cli('bpf', 'guard', 'monitor', '--reason', 'a first look');
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /: monitor, .*\n(.*\n)*.*listed {2}known {2}sha256:/);
    assert.match(run(OTHER, ['load']).out, /^id/);
    const would = await until('the record', async () => (await records('bpf_gate_would_deny'))[0]);
    assert.deepEqual([would.object, would.body.rule], [OTHER, 'BPG-901']);
    const status = await ask('user', 'GET', '/v1/bpf/guard');
    assert.equal((status.body.counts as { wouldHave: number }).wouldHave, 1);
    // Node's own file comes first, which takes an emulated machine a while
    await until('the digest of the stranger', async () => {
      run(OTHER, ['load']);
      const [newest] = await records('bpf_gate_would_deny');
      return newest && ((newest.body.loader as { digest: string }).digest || undefined);
    });
  });

  it('keep a stranger out once the gate enforces, and say who did what', async () => {
    await set('enforce');
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
    assert.match(run(LISTED, ['load']).out, /^id \d+$/);
    const denied = await until('the record', async () => (await records('bpf_gate_denied'))[0]);
    assert.equal((denied.body.loader as { digest: string }).digest, digestOf(OTHER));
    const text = await cli('bpf', 'guard');
    assert.match(text.stdout, /: enforce, only known loaders may load\nasked \d+, denied \d+, /);
    const asked = await ask(
      'auditor',
      'GET',
      '/v1/audit/records?log=gate&type=bpf_gate_asked&order=ascending',
    );
    assert.deepEqual(
      (asked.body.items as AuditRecord[]).map(({ body }) => [body.mode, body.reason]),
      [
        ['monitor', 'a first look'],
        ['enforce', 'a test'],
      ],
    );
    const changed = await cli('audit', 'list', '--log', 'agent', '--type', 'bpf_gate_mode', '-o', 'json');
    assert.ok(
      changed.json.some(({ body }) => (body as { reason: string }).reason === 'a first look'),
      changed.stderr,
    );
  });

  it('list what is there, who loaded it, and what was refused', async () => {
    await set('monitor');
    const one = await loader(['attach', 'raw_tracepoint', 0, 'sched_process_exit'], 2);
    const id = idIn(one.lines, 'program');
    const listed = await cli('bpf', 'list');
    assert.match(
      listed.stdout,
      new RegExp(`^${id} +raw_tracepoint +a_raw .*/loads\\[${one.pid}\\] uid 0`, 'm'),
    );
    const links = await ask('auditor', 'GET', '/v1/bpf/links');
    assert.ok((links.body.items as { programId: number }[]).some(({ programId }) => programId === id));
    await one.end();
    const loads = await cli('bpf', 'loads', '-o', 'json');
    assert.ok(
      loads.json.some(({ object }) => object === `program ${id}`),
      loads.stdout,
    );
    const gone = await cli('bpf', 'list', '--gone');
    assert.match(gone.stdout, new RegExp(`^${id} +raw_tracepoint +a_raw `, 'm'));
    await set('enforce');
    assert.equal(run(OTHER, ['load', '6']).out, 'errno 1');
    const refused = await until('the refusal', async () =>
      (await records('bpf.load.failed')).find(
        ({ body }) => (body.program as { type: string }).type === 'xdp',
      ),
    );
    assert.equal(refused.body.error, 'EPERM');
  });

  it('learn what is usual, and let it in once it is accepted', async () => {
    const start = await cli('bpf', 'baseline', 'start', '--for', '1h', '--reason', 'what is usual');
    assert.match(start.stdout, /: learning until /);
    await set('monitor');
    assert.match(run(OTHER, ['load', '1']).out, /^id/);
    const learned = await until('what was learned', async () => {
      const { stdout } = await cli('bpf', 'baseline');
      return stdout.includes(OTHER) ? stdout : undefined;
    });
    assert.match(learned, new RegExp(`learned {2}socket_filter {2}loads {2}${OTHER} {2}${digestOf(OTHER)}`));
    assert.equal((await cli('bpf', 'baseline', 'end', '--reason', 'enough')).code, 0);
    const none = await cli('bpf', 'baseline', 'accept', NOBODY, '--reason', 'nobody');
    assert.doesNotMatch(none.stdout, /^accepted/m);
    const accepted = await cli('bpf', 'baseline', 'accept', digestOf(OTHER), '--reason', 'known good');
    assert.match(accepted.stdout, new RegExp(`^accepted {2}socket_filter {2}loads {2}${OTHER}`, 'm'));
    await set('enforce');
    await until('it is read', async () => (run(OTHER, ['load']).out.startsWith('id') ? true : undefined));
    assert.equal(run(OTHER, ['load', '6']).out, 'errno 1', 'another type was not learned');
  });

  it('show what rules find in what was done', async () => {
    await set('off');
    const xdp = await loader(['attach', 'xdp', 1, ''], 2);
    await xdp.end();
    assert.equal(xdp.lines.filter((line) => / done /.test(line)).length, 2, xdp.lines.join());
    const found = await until('a finding', async () => {
      const { stdout } = await cli('bpf', 'loads', '--findings');
      return stdout.includes(`program ${idIn(xdp.lines, 'program')} BPG-910 alert:`) ? stdout : undefined;
    });
    assert.match(found, /\/loads had a_xdp \(xdp\) in force for 0(\.\d+)? seconds only/);
    const page = await ask('auditor', 'GET', '/v1/bpf/loads?what=findings');
    assert.equal((page.body.items as AuditRecord[])[0]?.type, 'bpf.finding');
  });

  it('go on without the gate, for root on the host', async () => {
    await gate.close();
    gateRuns = false;
    const shown = await cli('bpf', 'guard', 'monitor', '--reason', 'the gate is down');
    assert.match(shown.stderr, /the agent on this host is asked itself/);
    assert.match(shown.stdout, /: monitor, /);
    assert.equal((await cli('bpf', 'list')).code, 3, 'the inventory is the gate’s to show');
    const [last] = agent.audit.read({ type: 'bpf_gate_mode', order: 'descending', limit: 1 });
    assert.deepEqual([last?.actor?.user, last?.body.reason], ['root', 'the gate is down']);
  });
});
