// SPDX-License-Identifier: Apache-2.0
/** A log with sinks, and receivers that are processes of their own, written by others. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AuditLog, openAuditLog } from '../../../src/audit/index.ts';
import { loadConfig } from '../../../src/config/index.ts';
import type { AuditRecord } from '../../../src/model/audit-record.ts';
import { auditSinks, checkpointFeed, Sinks } from '../../../src/sinks/index.ts';

const RECEIVER = resolve(import.meta.dirname, '../../fixtures/sinks/receiver.py');

/** As a user would set them, relative to `cwd`. */
export function sinksConfig(keys: Record<string, string>, cwd: string) {
  const flags = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`sinks.${key}`, value]));
  return loadConfig({ flags: { ...flags, stateDir: cwd }, env: {}, cwd }).config;
}

export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'tracegate-sinks-'));
  readonly errors: (string | undefined)[] = [];
  log: AuditLog;
  sinks: Sinks | undefined;
  readonly #children: ChildProcess[] = [];

  constructor() {
    this.log = this.#openLog();
  }

  get logPath(): string {
    return join(this.folder, 'gate', 'audit.db');
  }

  #openLog(): AuditLog {
    return openAuditLog({ path: this.logPath, keyPath: join(this.folder, 'audit.key'), kind: 'gate' });
  }

  start(keys: Record<string, string>): Sinks {
    const { sinks } = sinksConfig(keys, this.folder);
    this.sinks = new Sinks({
      ...{ part: 'gate', version: '0.1.0', folder: join(this.folder, 'sinks') },
      feeds: [
        { name: 'gate-audit', path: this.logPath, sinks: auditSinks(sinks, 'gate-audit') },
        ...checkpointFeed(sinks, 'gate-checkpoints', this.logPath),
      ],
      sizeOf: () => this.log.head().size,
      onChange: (_name, error) => this.errors.push(error),
    });
    return this.sinks;
  }

  /** What a restart of the gate does to both. */
  async restart(keys: Record<string, string>): Promise<void> {
    await this.sinks?.close();
    this.log.close();
    this.log = this.#openLog();
    this.start(keys);
  }

  append(count: number, body: Record<string, unknown> = {}): AuditRecord[] {
    const actor = { user: 'älice', groups: ['tracegate:platform'], door: 'api' };
    const entry = { type: 'policy.applied', object: 'deny-symlink', actor };
    return this.log.append(Array.from({ length: count }, (_, n) => ({ ...entry, body: { n, ...body } })));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Whole ones: a writer may be in the middle of the last. */
  linesOf(name: string): string[] {
    const path = this.path(name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).filter(Boolean) : [];
  }

  /** Python's own servers; returns once it listens. */
  async receive(kind: 'http' | 'tcp' | 'udp' | 'unix', where: string | number, delaySeconds = 0) {
    const args = [RECEIVER, kind, String(where), this.path('received'), String(delaySeconds)];
    return this.spawn('/usr/bin/python3', args);
  }

  async spawn(command: string, args: string[]): Promise<ChildProcess> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: this.folder });
    this.#children.push(child);
    if (command.endsWith('python3')) await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child;
  }

  async stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.sinks?.close();
    this.log.close();
    for (const child of this.#children) await this.stop(child, 'SIGKILL');
    rmSync(this.folder, { recursive: true });
  }
}

export async function until(what: string, condition: () => boolean, limitMs = 60_000): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!condition()) {
    assert.ok(Date.now() < endMs, `it never came: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The numbers of the records in lines, of any kind that holds the record as JSON at its end. */
export function seqsIn(lines: readonly string[]): Set<number> {
  return new Set(lines.map((line) => Number((JSON.parse(line.slice(line.indexOf('{'))) as AuditRecord).seq)));
}

export function assertAll(seqs: Set<number>, size: number): void {
  const missing = Array.from({ length: size }, (_, seq) => seq).filter((seq) => !seqs.has(seq));
  assert.deepEqual(missing, [], 'records that never came');
}
