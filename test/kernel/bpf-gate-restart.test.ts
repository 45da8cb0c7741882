// SPDX-License-Identifier: Apache-2.0
/** The gate over the life of its agent: killed, started again, replaced by another version of itself. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropGatePins } from '../../src/runtime/bpf-gate/gate.ts';
import { placeWayOut } from '../../src/runtime/way-out.ts';
import { digestOf, SETTLED_MS } from './gate-fixture.ts';
import { labProgram, PLACE, ROOT, run } from './runtime-fixture.ts';

const DIR = join(PLACE, 'restart');
const [LISTED, OTHER] = [join(DIR, 'listed'), join(DIR, 'other')];
const [NEXT, NEWER] = [join(DIR, 'next'), join(DIR, 'newer')];
/**
 * What runs Node as an executable of its own: to the kernel it is the one, whose every byte counts. A copy of all of Node would be
 * translated anew by an emulated machine, which takes it ten times as long to start.
 */
const ANOTHER = '/lib64/ld-linux-x86-64.so.2';
const BPFFS = `/sys/fs/bpf/tracegate-restart-${process.pid}`;

/** An agent's stand-in; its lines of output in turn. */
class Holder {
  readonly child: ChildProcess;
  readonly #lines: string[] = [];
  #rest = '';

  constructor(executable: string, stateDir: string) {
    const script = join(import.meta.dirname, `gate-holder${extname(import.meta.filename)}`);
    const runs = executable === process.execPath ? [] : [process.execPath];
    const args = [...runs, '--disable-warning=ExperimentalWarning', script, stateDir, BPFFS, LISTED];
    this.child = spawn(executable, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      this.#lines.push(...lines);
    });
  }

  async line(): Promise<string> {
    while (this.#lines.length === 0) await sleep(50);
    return this.#lines.shift() ?? '';
  }

  /** A policy of its own is loaded. */
  async loads(): Promise<string> {
    this.child.stdin?.write('load\n');
    return await this.line();
  }

  /** A file is to be the next agent's. */
  async admits(file: string, digest: string): Promise<string> {
    this.child.stdin?.write(`admit ${file} ${digest}\n`);
    return await this.line();
  }

  /** It begins once more, where it could not. */
  async again(): Promise<string> {
    this.child.stdin?.write('again\n');
    return await this.line();
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** Loads on and on until it is told to end; how many came through. */
function stranger(): () => Promise<string> {
  const child = spawn(OTHER, ['until', join(DIR, 'end')]);
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  return async () => {
    appendFileSync(join(DIR, 'end'), '');
    await ended;
    rmSync(join(DIR, 'end'));
    return out;
  };
}

describe('the gate, whose agent', () => {
  let stateDir: string;
  let holder: Holder;
  let wayOut: string;
  before(() => {
    rmSync(DIR, { recursive: true, force: true });
    mkdirSync(DIR, { recursive: true });
    copyFileSync(labProgram('bpf_loads'), LISTED);
    copyFileSync(LISTED, OTHER);
    appendFileSync(OTHER, '!');
    stateDir = mkdtempSync(join(DIR, 'state-'));
    wayOut = String(placeWayOut(ROOT, stateDir));
  });
  after(async () => {
    execFileSync(wayOut, ['--pins', BPFFS]);
    await holder?.kill();
    dropGatePins(BPFFS);
  });

  it('is killed and started again lets no stranger in meanwhile, and the agent load what is its own', async () => {
    await sleep(SETTLED_MS);
    holder = new Holder(process.execPath, stateDir);
    assert.equal(await holder.line(), 'enforces');
    const end = stranger();
    await holder.kill();
    assert.match(run(LISTED, ['load']).out, /^id \d+$/, 'who was known is known while no agent runs');
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
    holder = new Holder(process.execPath, stateDir);
    assert.equal(await holder.line(), 'enforces');
    assert.equal(await holder.loads(), 'loaded');
    assert.match(run(LISTED, ['load']).out, /^id \d+$/);
    const rounds = (await end()).trim().split('\n');
    assert.ok(rounds.length > 1, `${rounds.length} rounds`);
    assert.deepEqual([...new Set(rounds)], ['loaded 0']);
  });

  it('is another executable is kept out, unless it was admitted; as soon as it is changed it is a stranger again', async () => {
    copyFileSync(ANOTHER, NEWER);
    chmodSync(NEWER, 0o755);
    copyFileSync(OTHER, NEXT);
    await sleep(SETTLED_MS);
    assert.match(await holder.admits(NEXT, digestOf(LISTED)), /has the digest sha256:/);
    assert.equal(run(NEXT, ['load']).out, 'errno 1');
    assert.equal(await holder.admits(NEXT, digestOf(NEXT)), 'admitted');
    assert.match(run(NEXT, ['load']).out, /^id \d+$/);
    assert.equal(run(NEXT, ['user', '1000']).out, 'errno 1');
    assert.equal(run(NEXT, ['userns']).out, 'errno 1');
    appendFileSync(NEXT, '!');
    assert.equal(run(NEXT, ['load']).out, 'errno 1');
    assert.equal(await holder.admits(NEWER, digestOf(NEWER)), 'admitted');
    await holder.kill();
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
    holder = new Holder(NEWER, stateDir);
    assert.equal(await holder.line(), 'enforces');
    assert.equal(await holder.loads(), 'loaded');
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
  });

  it('is another executable that nobody admitted is kept out, and let in while the gate is suspended', async () => {
    await holder.kill();
    rmSync(NEWER);
    copyFileSync(ANOTHER, NEWER);
    chmodSync(NEWER, 0o755);
    holder = new Holder(NEWER, stateDir);
    assert.match(await holder.line(), /^failed: .*(not permitted|EPERM)/i);
    assert.equal(run(OTHER, ['load']).out, 'errno 1');
    execFileSync(wayOut, ['--pins', BPFFS]);
    assert.equal(await holder.again(), 'enforces');
    assert.equal(await holder.loads(), 'loaded');
  });
});
