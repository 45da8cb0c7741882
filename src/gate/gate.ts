// SPDX-License-Identifier: Apache-2.0
/**
 * Puts a gate together. Order at start: state directory, audit log (nothing happens unwritten), store, rules, keys,
 * sockets, and last the file that says where it listens: whoever finds that file finds a gate that answers.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, rateLimiter } from '../api/index.ts';
import { type AuditLog, openAuditLog, publicKeyPath } from '../audit/index.ts';
import { type Config, packageRoot, shownConfig } from '../config/index.ts';
import { Fault } from '../errors.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { BpfGatePort } from '../model/bpf-gate.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import {
  createService,
  ensureAdminToken,
  type Planned,
  type RulesPort,
  type Service,
} from '../service/index.ts';
import type { Sinks } from '../sinks/index.ts';
import { openStore, type Store } from '../store/index.ts';
import type { Logger } from '../telemetry/log.ts';
import { closer } from './closer.ts';
import { gateMetrics } from './gate-metrics.ts';
import { gatePaths } from './gate-paths.ts';
import { gateSinks } from './gate-sinks.ts';
import { gateHandler } from './handler.ts';
import { httpsListener, socketListener } from './listener.ts';
import { listening } from './listening.ts';
import { type PeerCheck, peerCheck } from './peer-credentials.ts';
import { gateRules } from './rules/index.ts';
import type { LiveRules } from './rules/live-rules.ts';
import { tlsFiles } from './tls.ts';

export interface GateDeps {
  agent?: AgentPort;
  bpfGate?: BpfGatePort;
  planFor?: (policy: NormalPolicy) => Promise<Planned>;
  log: Logger;
  version: string;
  /** names the certificate is to hold for, beside this host's */
  names?: readonly string[];
  now?: () => Date;
  reconcileIntervalMs?: number;
}

export interface RunningGate {
  url: string;
  socketPath: string;
  caFile: string | undefined;
  adminTokenFile: string;
  /** what the agent must trust */
  receiptPublicKeyFile: string;
  /** the kernel says who is at the socket; else its mode alone keeps others out */
  peersByKernel: boolean;
  service: Service;
  close(): Promise<void>;
}

export async function startGate(config: Config, deps: GateDeps): Promise<RunningGate> {
  const paths = gatePaths(config.stateDir);
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const opened: { close(): void }[] = [];
  try {
    const audit = openAuditLog({
      path: paths.gateAudit,
      keyPath: paths.auditKey,
      kind: 'gate',
      ...clockOf(deps),
    });
    opened.push(audit);
    const store = openStore(paths.store);
    opened.push(store);
    const sinks = gateSinks(config, { audit, paths, log: deps.log, version: deps.version });
    opened.push({ close: () => void sinks.close() });
    return await serve(config, { deps, paths, audit, store, sinks, config });
  } catch (thrown) {
    for (const part of opened.reverse()) part.close();
    throw thrown;
  }
}

interface Parts {
  deps: GateDeps;
  paths: ReturnType<typeof gatePaths>;
  audit: AuditLog;
  store: Store;
  sinks: Sinks;
  config: Config;
}

async function serve(config: Config, parts: Parts): Promise<RunningGate> {
  const { deps, paths, audit, store, sinks } = parts;
  const { rules, port: bundle } = gateRules(config, { audit, log: deps.log, ...clockOf(deps) });
  await rules.start();
  const service = serviceOf(parts, rules, bundle);
  const adminTokenFile = ensureAdminToken(service.tokens, config.stateDir);
  const address = new URL(config.listen);
  const host = address.hostname.replace(/^\[|\]$/g, '');
  const tls = await tlsFiles(
    paths.tls,
    config.tls,
    [host, ...(deps.names ?? [])].filter((name) => name !== '0.0.0.0' && name !== '::'),
  );
  const peers = peerCheck(packageRoot());
  const servers = serversOf(config, { parts, service, tls, peers });
  await listenOnBoth(servers, { port: Number(address.port || 443), host, socket: paths.gateSocket });
  const { port } = servers.https.address() as AddressInfo;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  service.start();
  rules.follow(config.bundle.pollSeconds * 1000);
  writeFileSync(paths.listenFile, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o644 });
  return {
    ...{ url, adminTokenFile, service, socketPath: paths.gateSocket, caFile: tls.caFile },
    receiptPublicKeyFile: publicKeyPath(paths.receiptKey),
    peersByKernel: peers.byKernel,
    close: closer({
      servers: [servers.https, servers.unix],
      service,
      rules,
      sinks,
      databases: [store, audit],
      files: [paths.listenFile, paths.gateSocket],
    }),
  };
}

function serviceOf(
  { deps, paths, audit, store, sinks, config }: Parts,
  live: LiveRules,
  rules: RulesPort,
): Service {
  const { agent, bpfGate, planFor, now, reconcileIntervalMs, log } = deps;
  return createService({
    ...{ store, audit, ruleset: live.current, rules, receiptKeyPath: paths.receiptKey },
    sinks: () => sinks.status(),
    config: shownConfig(config),
    ...(agent === undefined ? {} : { agent }),
    ...(bpfGate === undefined ? {} : { bpfGate }),
    ...(planFor === undefined ? {} : { planFor }),
    ...(now === undefined ? {} : { now }),
    ...(reconcileIntervalMs === undefined ? {} : { reconcileIntervalMs }),
    onTrouble: (fault: Fault) => log.warn({ code: fault.code }, fault.message),
  });
}

interface Serving {
  parts: Parts;
  service: Service;
  tls: { cert: Buffer; key: Buffer };
  peers: PeerCheck;
}

function serversOf(config: Config, { parts, service, tls, peers }: Serving): { https: Server; unix: Server } {
  const { deps, audit } = parts;
  const metrics = gateMetrics(service, audit);
  const local = new WeakSet<object>();
  const app = createApp({
    ...{ service, metrics, log: deps.log, version: deps.version, bodyLimitBytes: config.bodyLimitBytes },
    peerOf: (request) => (local.has(request.socket) ? peers.subjectOf(request.socket) : undefined),
  });
  const limiter = rateLimiter(config.webhook.ratePerMinute);
  const clientCa = clientCaIn(config);
  const handler = gateHandler({
    ...{ app, service, log: deps.log, bodyLimitBytes: config.bodyLimitBytes },
    demandsCertificate: clientCa !== undefined,
    takeTurn: (from: string) => limiter.take(from),
  });
  const { clientTimeoutMs } = config;
  const https = httpsListener(
    { ...tls, ...(clientCa === undefined ? {} : { clientCa }) },
    { clientTimeoutMs, handler },
  );
  const unix = socketListener({ clientTimeoutMs, handler: app });
  unix.on('connection', (socket) => local.add(socket));
  return { https, unix };
}

function clientCaIn({ webhook: { clientCa } }: Config): Buffer | undefined {
  if (clientCa === undefined) return undefined;
  try {
    return readFileSync(clientCa);
  } catch (cause) {
    throw new Fault('config', `webhook.clientCa ${clientCa} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function clockOf({ now }: GateDeps): { now?: () => Date } {
  return now === undefined ? {} : { now };
}

/** Both or none: a gate that got only one of its doors must not stay behind on it. */
async function listenOnBoth(
  { https, unix }: { https: Server; unix: Server },
  at: { port: number; host: string; socket: string },
): Promise<void> {
  await listening(https, { port: at.port, host: at.host });
  try {
    await listenOnSocket(unix, at.socket);
  } catch (thrown) {
    https.close();
    throw thrown;
  }
}

/** 0600 in a 0700 directory: even before the kernel is asked who connects, nobody else can. */
async function listenOnSocket(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await listening(server, { path });
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
}
