// SPDX-License-Identifier: Apache-2.0
/** Tetragon's agent and its command line, in the guest. */
import { type ChildProcess, spawn as start } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLACE, run } from '../../kernel/runtime-fixture.ts';
import { cpuOf } from './situations.ts';

const SOCKET = 'unix:///run/tetragon.sock';
const LOG = join(PLACE, 'tetragon.log');
const EVENTS = join(PLACE, 'tetragon.json');
const READY_MS_MAX = 600_000;
/** In guest time; with the instruction clock an idle guest passes it at once. */
const SETTLE_MS = 3000;

export class Tetragon {
  readonly #dir: string;
  readonly #agent: ChildProcess;

  private constructor(dir: string) {
    this.#dir = dir;
    const log = openSync(LOG, 'w');
    const policies = join(PLACE, 'tetragon.tp.d');
    mkdirSync(policies, { recursive: true });
    const flags = {
      'bpf-lib': join(dir, 'bpf'),
      btf: '/sys/kernel/btf/vmlinux',
      'tracing-policy-dir': policies,
      'export-filename': EVENTS,
      'export-file-max-size-mb': '4000',
      'server-address': SOCKET,
      'gops-address': '',
      'health-server-address': '',
      'enable-k8s-api': 'false',
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.#agent = start(join(dir, 'tetragon'), args, { stdio: ['ignore', log, log] });
  }

  static async start(dir: string): Promise<Tetragon> {
    const tetragon = new Tetragon(dir);
    for (let ms = 0; ms < READY_MS_MAX; ms += 100) {
      if (readFileSync(LOG, 'utf8').includes('Listening for events...')) return tetragon;
      if (tetragon.#agent.exitCode !== null) break;
      await sleep(100);
    }
    throw new Error(`Tetragon is not up: ${readFileSync(LOG, 'utf8').slice(-1500)}`);
  }

  get instructions(): number {
    return cpuOf(this.#agent.pid ?? 0);
  }

  #tetra(...args: string[]): { status: number | null; out: string } {
    return run(join(this.#dir, 'tetra'), ['--server-address', SOCKET, '--timeout', '600s', ...args]);
  }

  /** undefined, or why it was refused */
  async add(name: string, text: string): Promise<string | undefined> {
    const file = join(PLACE, `${name}.yaml`);
    writeFileSync(file, text);
    const { status, out } = this.#tetra('tracingpolicy', 'add', file);
    await this.settle();
    return status === 0 ? undefined : (out.split('\n').find((line) => line.startsWith('Error')) ?? out);
  }

  async remove(name: string): Promise<void> {
    const { status, out } = this.#tetra('tracingpolicy', 'delete', name);
    if (status !== 0) throw new Error(`tetra did not remove ${name}: ${out}`);
    await this.settle();
  }

  /** Lets it write what it has read. */
  async settle(): Promise<void> {
    await sleep(SETTLE_MS);
  }

  eventsOf(policy: string): number {
    if (!existsSync(EVENTS)) return 0;
    return readFileSync(EVENTS, 'utf8').split(`"policy_name":"${policy}"`).length - 1;
  }

  async stop(): Promise<void> {
    this.#agent.kill('SIGTERM');
    if (this.#agent.exitCode === null) await once(this.#agent, 'exit');
  }
}
