// SPDX-License-Identifier: Apache-2.0
/** A whole service over real files, the shipped rules and a recording agent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditLog, openAuditLog, readPublicKey } from '../../../src/audit/index.ts';
import { openRuleset } from '../../../src/guardrails/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import type { Ruleset } from '../../../src/model/judge.ts';
import { createService, type Service, type ServiceDeps } from '../../../src/service/index.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { RecordingAgent } from './recording-agent.ts';

export interface UnderTest {
  directory: string;
  service: Service;
  store: Store;
  audit: AuditLog;
  agent: RecordingAgent;
  close(): Promise<void>;
}

const rules = openRuleset();

export function serviceUnderTest(change: Partial<ServiceDeps> = {}, directory = freshDirectory()): UnderTest {
  const receiptKeyPath = join(directory, 'receipt.key');
  const audit = openAuditLog({
    path: join(directory, 'audit.db'),
    keyPath: join(directory, 'audit.key'),
    kind: 'gate',
  });
  const log = openAuditLog({
    path: join(directory, 'agent.db'),
    keyPath: join(directory, 'agent.key'),
    kind: 'agent',
  });
  const agent = new RecordingAgent(() => readPublicKey(`${receiptKeyPath}.pub`), log);
  const store = openStore(join(directory, 'store.db'));
  const service = createService({
    ...{ store, audit, agent, receiptKeyPath },
    ruleset: (): Ruleset => rules,
    reconcileIntervalMs: 20,
    ...change,
  });
  const close = async () => {
    await service.stop();
    for (const part of [store, audit, log]) part.close();
  };
  return { directory, service, store, audit, agent, close };
}

export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tracegate-service-'));
  directories.push(directory);
  return directory;
}

const directories: string[] = [];
process.on('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

export const platform = { user: 'ada', groups: ['tracegate:platform'] };
export const nobody = { user: 'bob', groups: ['developers'] };

/** The symlink policy, with one action and one name to tell it by. */
export function policy(
  name: string,
  action: object = { action: 'Post' },
  path = '/etc/passwd',
): Record<string, unknown> {
  const matchArgs = [{ index: 0, operator: 'Equal', values: [path] }];
  const hook = {
    call: 'sys_symlinkat',
    syscall: true,
    args: [
      { index: 0, type: 'string' },
      { index: 1, type: 'int' },
      { index: 2, type: 'string' },
    ],
    selectors: [{ matchArgs, matchActions: [action] }],
  };
  return {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name },
    spec: { kprobes: [hook] },
  };
}

export const taken = (document: unknown) => intakeObject(document);

/** Waits for what a background loop brings about. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUpAtMs = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > giveUpAtMs) throw new Error(`never came about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
