// SPDX-License-Identifier: Apache-2.0
/** A real gate on a real HTTPS port, with the shipped rules, in a state directory of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import supertest from 'supertest';
import { type AuditLog, openAuditLog, readPublicKey } from '../../src/audit/index.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';
import { type GateDeps, type RunningGate, startGate } from '../../src/gate/index.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { RecordingAgent } from '../unit/service/recording-agent.ts';

export interface Running {
  gate: RunningGate;
  agent: RecordingAgent;
  /** of that agent */
  agentLog: AuditLog;
  stateDir: string;
  adminToken: string;
  ca: string;
  /** requests as the administrator, or as whoever a token stands for; `''`: without one */
  as(token?: string): ReturnType<typeof supertest.agent>;
  tokenFor(user: string, ...groups: string[]): string;
}

export async function runningGate(
  flags: Record<string, string> = {},
  deps: Partial<GateDeps> = {},
): Promise<Running> {
  const stateDir = mkdtempSync(join(tmpdir(), 'tracegate-gate-'));
  const config = configFor(stateDir, flags);
  const log = openAuditLog({
    path: join(stateDir, 'agent.db'),
    keyPath: join(stateDir, 'agent.key'),
    kind: 'agent',
  });
  const agent = new RecordingAgent(() => readPublicKey(join(stateDir, 'keys', 'receipt.key.pub')), log);
  const gate = await startGate(config, {
    agent,
    log: silentLog,
    version: '0.0.0-test',
    reconcileIntervalMs: 20,
    ...deps,
  });
  const adminToken = readFileSync(gate.adminTokenFile, 'utf8').trim();
  const ca = gate.caFile === undefined ? '' : readFileSync(gate.caFile, 'utf8');
  after(async () => {
    await gate.close();
    log.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const as = (token = adminToken) => {
    const client = supertest.agent(gate.url, { ca });
    return token === '' ? client : client.set('authorization', `Bearer ${token}`);
  };
  const by = { subject: { user: 'test', groups: [] } };
  const tokenFor = (user: string, ...groups: string[]) =>
    gate.service.tokens.create({ user, groups }, by).token;
  return { gate, agent, agentLog: log, stateDir, adminToken, ca, as, tokenFor };
}

export function configFor(stateDir: string, flags: Record<string, string> = {}): Config {
  const all = { listen: 'https://127.0.0.1:0', stateDir, ...flags };
  return loadConfig({ flags: all, env: {}, cwd: stateDir }).config;
}
