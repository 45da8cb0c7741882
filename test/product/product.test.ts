// SPDX-License-Identifier: Apache-2.0
/** The whole product in the guest, as a user meets it: `up`, the command line, the API; kernel effects at the end. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TraceEvent } from '../../src/model/event.ts';
import { PLACE, policyText, ROOT, run } from '../kernel/runtime-fixture.ts';

const MAIN = join(ROOT, 'dist/main.mjs');
const STATE = mkdtempSync(join(PLACE, 'product-'));
const LINK = join(PLACE, 'product-link');
const PINS = '/sys/fs/bpf/tracegate-product';
const ENV = {
  ...process.env,
  TRACEGATE_STATE_DIR: STATE,
  TRACEGATE_LISTEN: 'https://127.0.0.1:0',
  TRACEGATE_AGENT_PIN_DIR: PINS,
};
const NODE_ARGS = ['--disable-warning=ExperimentalWarning', MAIN];

let up: ChildProcess;
let screen = '';

async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 180_000,
): Promise<void> {
  for (const deadline = Date.now() + limitMs; !(await condition()); ) {
    if (Date.now() > deadline || up.exitCode !== null) {
      const logs = ['gate.log', 'agent.log']
        .map((f) => join(STATE, f))
        .filter((f) => existsSync(f))
        .map((f) => readFileSync(f, 'utf8'));
      throw new Error(`${what}: not within ${limitMs} ms\n${screen}\n${logs.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function cli(...args: string[]): { status: number | null; out: string; words: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...NODE_ARGS, ...args], {
    env: ENV,
    encoding: 'utf8',
  });
  return { status, out: stdout, words: stderr };
}

function policyFile(name: string, text: string): string {
  const file = join(STATE, `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

function api(
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; json: Record<string, unknown> }> {
  const { url } = JSON.parse(readFileSync(join(STATE, 'listen.json'), 'utf8')) as { url: string };
  const token = readFileSync(join(STATE, 'admin.token'), 'utf8').trim();
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/yaml' }),
    };
    const asked = request(
      new URL(path, url),
      { method, headers, ca: readFileSync(join(STATE, 'tls/ca.crt')) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, json: text ? JSON.parse(text) : {} }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

interface StatusLine {
  name: string;
  state: string;
  revision: number;
  hosts: { state: string; reason?: string; hooks: { guarantee: string; mechanism: string }[] }[];
}

/** By the API: a command line costs seconds in the guest, and its own test asks once. */
async function status(name: string): Promise<StatusLine | undefined> {
  const { status: code, json } = await api('GET', `/v1/policies/${name}/status`);
  return code === 200 ? (json as unknown as StatusLine) : undefined;
}

/** The events that `tracegate events` shows while something is done. */
async function eventsDuring(action: () => void): Promise<TraceEvent[]> {
  const child = spawn(process.execPath, [...NODE_ARGS, 'events', '-o', 'json'], {
    env: ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  // exec events tell when the stream has begun
  await until('the event stream begins', () => {
    run('true', []);
    return text.includes('process_exec');
  });
  action();
  const mark = `mark-${Date.now()}`;
  run('true', [mark]);
  await until('the event stream catches up', () => text.includes(mark));
  child.kill('SIGINT');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TraceEvent);
}

const ofPolicy = (events: TraceEvent[], name: string) =>
  events.filter((e) => e.process_kprobe?.policy_name === name);

function agentPids(): number[] {
  const isAgent = (pid: string) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`).startsWith(join(STATE, 'agent/bin'));
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((p) => /^\d+$/.test(p) && isAgent(p))
    .map(Number);
}

describe('the product on this kernel', () => {
  before(async () => {
    up = spawn(process.execPath, [...NODE_ARGS, 'up'], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    up.stdout?.setEncoding('utf8').on('data', (chunk) => {
      screen += chunk;
    });
    up.stderr?.setEncoding('utf8').on('data', (chunk) => {
      screen += chunk;
      process.stderr.write(`up: ${chunk}`); // a gate or agent that ended, where a failure is read
    });
    await until('up prints its screen', () => screen.includes('Ctrl-C'), 240_000);
  });
  after(async () => {
    if (up.exitCode !== null || up.signalCode !== null) return;
    up.kill('SIGTERM');
    await new Promise((resolve) => up.once('exit', resolve));
  });

  it('says on one screen where it is and what this kernel can do', () => {
    assert.match(screen, /Tracegate is up\. {2}https:\/\/127\.0\.0\.1:\d+/);
    assert.match(screen, /can {4}deny before the effect \(BPF LSM\)/);
    assert.match(screen, /gate runs as (nobody|tracegate|root without capabilities)/);
  });

  it('takes the symlink policy by the command line and enforces it', async () => {
    const applied = cli('policy', 'apply', '-f', policyFile('symlink', policyText('restrict-symlink')));
    assert.equal(applied.status, 0, applied.out + applied.words);
    await until('loaded', async () => (await status('restrict-symlink'))?.state === 'loaded');
    const shown = JSON.parse(cli('policy', 'status', 'restrict-symlink', '-o', 'json').out) as StatusLine;
    assert.equal(shown.hosts[0]?.hooks[0]?.guarantee, 'denied-before-effect');
    const events = await eventsDuring(() => {
      assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 1);
    });
    assert.equal(readdirSync(PLACE).includes('product-link'), false);
    const [event, ...more] = ofPolicy(events, 'restrict-symlink');
    assert.equal(more.length, 0);
    assert.equal(event?.tracegate?.denied, true);
    assert.ok(event?.tracegate?.decision_id);
  });

  it('takes the observing policies by the API', async () => {
    for (const name of ['tcp-connect', 'file-monitoring']) {
      const put = await api('PUT', `/v1/policies/${name}?reason=field%20test`, policyText(name));
      assert.equal(put.status, 201, JSON.stringify(put.json));
      await until(
        `${name} loaded`,
        async () => (await api('GET', `/v1/policies/${name}/status`)).json.state === 'loaded',
      );
    }
    mkdirSync('/data', { recursive: true });
    if (!readFileSync('/proc/self/mounts', 'utf8').includes(' /data tmpfs'))
      run('mount', ['-t', 'tmpfs', 'data', '/data']);
    writeFileSync('/data/seen', 'x');
    const events = await eventsDuring(() => {
      run('cat', ['/data/seen']);
    });
    const [read] = ofPolicy(events, 'file-monitoring');
    assert.deepEqual(read?.process_kprobe?.args?.[0], {
      file_arg: { path: '/data/seen', permission: '-rw-r--r--' },
    });
    assert.deepEqual(read?.process_kprobe?.return, { int_arg: 0 });
  });

  it('refuses an outsider what only enforcers may, and loads nothing', async () => {
    const made = cli('token', 'create', '--user', 'alice', '--groups', 'dev');
    assert.equal(made.status, 0, made.words);
    const reviewed = cli(
      'review',
      policyFile('twin', policyText('restrict-symlink-sigkill')),
      '--as',
      'alice',
      '--groups',
      'dev',
      '-o',
      'json',
    );
    assert.equal(reviewed.status, 1);
    const decision = JSON.parse(reviewed.out) as {
      allowed: boolean;
      findings: { rule: string; message: string; fix?: string }[];
    };
    assert.equal(decision.allowed, false);
    assert.ok(decision.findings.some((f) => f.rule === 'TPG-102' && f.fix));
    assert.equal(await status('restrict-symlink-sigkill'), undefined);
  });

  it('kills with the Sigkill twin, and no link is left', async () => {
    assert.equal(cli('policy', 'delete', 'restrict-symlink', '--reason', 'its twin takes over').status, 0);
    await until('the Override is gone', () => {
      rmSync(LINK, { force: true });
      return run('ln', ['-s', '/etc/passwd', LINK]).status === 0;
    });
    rmSync(LINK, { force: true });
    assert.equal(
      cli('policy', 'apply', '-f', policyFile('twin', policyText('restrict-symlink-sigkill'))).status,
      0,
    );
    await until('loaded', async () => (await status('restrict-symlink-sigkill'))?.state === 'loaded');
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).signal, 'SIGKILL');
    assert.equal(readdirSync(PLACE).includes('product-link'), false);
  });

  it('says what the kernel would not take, and keeps the predecessor in force', async () => {
    const hook = '  - call: security_path_mkdir\n    syscall: false\n';
    const text = (more = '') =>
      `apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: crowd\nspec:\n  kprobes:\n${hook.repeat(2)}${more}`;
    assert.equal(cli('policy', 'apply', '-f', policyFile('crowd', text())).status, 0);
    await until('loaded', async () => (await status('crowd'))?.state === 'loaded');
    // in the kernel's BTF, but no tracer gets at it: only the attempt tells
    const more = '  - call: ct_idle_enter\n    syscall: false\n';
    assert.equal(cli('policy', 'apply', '-f', policyFile('crowd', text(more))).status, 0, 'accepted');
    await until('refused by the kernel', async () => (await status('crowd'))?.hosts[0]?.state === 'refused');
    const refused = await status('crowd');
    assert.match(refused?.hosts[0]?.reason ?? '', /Device or resource busy.*revision 1 stays in force/);
    const events = await eventsDuring(() => {
      run('mkdir', [LINK]);
      rmSync(LINK, { recursive: true });
    });
    assert.equal(ofPolicy(events, 'crowd').length, 2, 'the two hooks of revision 1 still post');
  });

  it('goes on enforcing while the agent is dead, and adopts instead of doubling', async () => {
    const [pid] = agentPids();
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).signal, 'SIGKILL', 'pinned programs hold');
    await until(
      'a new agent',
      async () =>
        agentPids().some((p) => p !== pid) &&
        (await api('GET', `/v1/hosts/${hostname()}/facts`)).status === 200,
    );
    await until(
      'adopted',
      async () => (await status('restrict-symlink-sigkill'))?.hosts[0]?.state === 'loaded',
    );
    const events = await eventsDuring(() => {
      assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).signal, 'SIGKILL');
    });
    assert.equal(ofPolicy(events, 'restrict-symlink-sigkill').length, 1);
  });

  it('lets everything pass while it is suspended, says what it would have done, and acts again', async () => {
    const policy = 'restrict-symlink-sigkill';
    const made = cli('suspend', '--for', '20m', '--reason', 'nobody can log in');
    assert.equal(made.status, 0, made.words);
    await until('suspended', async () => (await status(policy))?.state === 'suspended');
    assert.match(
      (await status(policy))?.hosts[0]?.reason ?? '',
      /suspended by root until .*nobody can log in/,
    );
    const events = await eventsDuring(() => {
      assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 0);
    });
    rmSync(LINK);
    const [event] = ofPolicy(events, policy);
    assert.deepEqual([event?.tracegate?.spared, event?.tracegate?.would_have], ['suspended', true]);
    const ended = await api('DELETE', '/v1/suspensions?reason=mended');
    assert.equal(ended.status, 200, JSON.stringify(ended.json));
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).signal, 'SIGKILL');
    await until('loaded', async () => (await status(policy))?.state === 'loaded');
  });

  it('acts again by itself when the time is over, which both logs tell', async () => {
    assert.equal(cli('suspend', '--for', '5s', '--reason', 'a blink').status, 0);
    const ends = async (log: string) => {
      const { json } = await api('GET', `/v1/audit/records?log=${log}&type=suspension.ended&limit=500`);
      return (json.items as { body: { how: string } }[]).filter(
        ({ body }) => body.how === 'its time is over',
      );
    };
    await until("the end in the agent's log", async () => (await ends('agent')).length === 1);
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).signal, 'SIGKILL');
    await until("the end in the gate's log", async () => (await ends('gate')).length === 1);
  });

  it('is out of the kernel after tracegate-off with the agent dead, and stays out until resumed', async () => {
    const policy = 'restrict-symlink-sigkill';
    const ours = () => readFileSync('/proc/kallsyms', 'utf8').match(/ bpf_prog_\w+_tg_\w+/g) ?? [];
    assert.ok(ours().length > 0, 'the kernel names our programs');
    const [pid] = agentPids();
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    const done = run(join(STATE, 'agent/bin/tracegate-off'), ['--unload', '--pins', PINS]);
    assert.equal(done.status, 0, done.out);
    assert.deepEqual(
      readdirSync(PINS).filter((name) => name.startsWith('link-')),
      [],
    );
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 0);
    rmSync(LINK);
    if (agentPids().length === 0) {
      await until('nothing of ours in the kernel', () => ours().length === 0 || agentPids().length > 0);
    }
    await until('a new agent that says so', async () => (await status(policy))?.state === 'suspended');
    assert.match((await status(policy))?.hosts[0]?.reason ?? '', /taken out of the kernel.*tracegate-off/);
    assert.match(
      readFileSync(join(STATE, 'agent.log'), 'utf8'),
      /everything on this host is suspended by root/,
    );
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).status, 0, 'and it loaded nothing');
    rmSync(LINK);
    assert.equal(cli('resume', '--reason', 'the drill is over').status, 0);
    await until('loaded again', async () => (await status(policy))?.state === 'loaded');
    assert.equal(run('ln', ['-s', '/etc/passwd', LINK]).signal, 'SIGKILL');
  });

  it('has all of it in two logs that vouch for each other', () => {
    const verified = cli('audit', 'verify');
    assert.equal(verified.status, 0, verified.out + verified.words);
    const records = cli('audit', 'list', '-o', 'json', '--limit', '5000')
      .out.trim()
      .split('\n')
      .map((l) => JSON.parse(l) as { log: string; type: string; body: { rehearsal?: { done: boolean } } });
    const started = records.filter(({ log, type }) => log === 'agent' && type === 'agent.started');
    assert.ok(
      started.some(({ body }) => body.rehearsal?.done),
      JSON.stringify(started),
    );
    const types = new Set(records.map((r) => `${r.log} ${r.type}`));
    const gate = ['decision', 'policy.applied', 'policy.retired', 'token.created', 'suspension.begun'];
    const agent = ['load.intent', 'load.done', 'load.refused', 'enforcement', 'retire.done', 'agent.started'];
    for (const type of [...gate, 'suspension.found', 'suspension.ended'])
      assert.ok(types.has(`gate ${type}`), `${type} in ${[...types]}`);
    for (const type of [...agent, 'suspension.begun', 'suspension.found', 'suspension.ended'])
      assert.ok(types.has(`agent ${type}`), `${type} in ${[...types]}`);
  });
});
