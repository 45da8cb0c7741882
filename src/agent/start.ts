// SPDX-License-Identifier: Apache-2.0
/** Puts an agent together and brings it up: adopt, watch, serve. */
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type AuditLog, configEntries, openAuditLog } from '../audit/index.ts';
import type { GateMode } from '../model/bpf-gate.ts';
import type { TraceEvent } from '../model/event.ts';
import type { Ruleset } from '../model/judge.ts';
import type { EventRate } from '../model/normal-policy.ts';
import { loadNative } from '../runtime/native.ts';
import { Runtime } from '../runtime/runtime.ts';
import { placeWayOut } from '../runtime/way-out.ts';
import { type FeedSpec, Sinks } from '../sinks/index.ts';
import { ExeDigests } from '../watch/bpf/exe-digests.ts';
import type { LineSink } from '../watch/watcher.ts';
import { Agent } from './agent.ts';
import { GateKeeper } from './bpf-gate/bpf-gate.ts';
import { EnforcementAudit } from './enforcement-audit.ts';
import { EventFile, type EventFileOptions } from './exporters/event-file.ts';
import type { AtEnd } from './lapses.ts';
import { NodePods } from './pods/node-pods.ts';
import { ReceiptCheck } from './receipt-check.ts';
import { rehearse } from './rehearsal.ts';
import { serveAgent } from './server.ts';
import type { ClusterConnection } from './sources/cluster-connection.ts';
import { watchBpf } from './watch-bpf.ts';
import { type Watch, watchRuntime } from './watch-runtime.ts';

/** How soon what was taken out of the kernel past the agent is found, and loaded anew. */
const DRIFT_INTERVAL_MS = 3000;
/** How soon the end of a suspension, or one made past the agent, is written down; and a cgroup that tells too much told. */
const LOOK_INTERVAL_MS = 1000;
const BPFFS_DIR = '/sys/fs/bpf/tracegate';
const EVENT_FEED = 'agent-events';
/** The gate's ring wakes the reader by itself; this is for what it has not read to the end. */
const GATE_READ_INTERVAL_MS = 250;

export interface AgentOptions {
  /** the installation: build/ lies there */
  root: string;
  /** the agent's own folder, root's only */
  stateDir: string;
  socketPath: string;
  /** the gate's receipt key, PEM (SPKI) */
  gateKeyFile: string;
  ruleset: Ruleset;
  killPerMinute: number;
  /** what a cgroup may tell of all policies together, and of its processes; absent: any number */
  cgroupRate?: EventRate;
  /** where programs and maps are pinned */
  bpffsDir?: string;
  /** whether others' use of eBPF is written down; it is unless told otherwise */
  bpfAudit?: boolean;
  /** `node_name` of events; the host's name unless told otherwise */
  nodeName?: string;
  /** where events are written as lines of JSON */
  eventFile?: Omit<EventFileOptions, 'onFault'>;
  /** the node of a cluster that this host is, and how the cluster is reached */
  cluster?: { node: string; connection: ClusterConnection };
  /** of the gate for loads of BPF programs, where nobody has chosen another on this host; off unless told otherwise */
  gateMode?: GateMode;
  /** what becomes of a policy when an exception that it stood on ends; it watches unless told otherwise */
  atExceptionEnd?: AtEnd;
  /** what it goes by, as it may be shown: what changed of it since the last start is a record */
  configured?: Record<string, string | number>;
  /** where copies of the log, and events, go; nowhere unless told otherwise */
  sinks?: { version: string; feeds: FeedSpec[]; onChange(name: string, error: string | undefined): void };
  onFault: (thrown: unknown) => void;
}

export interface RunningAgent {
  agent: Agent;
  runtime: Runtime;
  audit: AuditLog;
  close(): Promise<void>;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  mkdirSync(options.stateDir, { recursive: true, mode: 0o700 });
  const audit = openAuditLog({
    path: join(options.stateDir, 'audit.db'),
    keyPath: join(options.stateDir, 'audit.key'),
    kind: 'agent',
  });
  const runtime = Runtime.open({
    native: loadNative(options.root),
    root: options.root,
    stateDir: options.stateDir,
    bpffsDir: options.bpffsDir ?? BPFFS_DIR,
    killPerMinute: options.killPerMinute,
    ...(options.cgroupRate && { cgroupRate: options.cgroupRate }),
    ...(options.cluster && { clusterNode: options.cluster.node }),
  });
  const { cluster } = options;
  const pods =
    cluster &&
    new NodePods({
      ...{ name: cluster.node, connection: cluster.connection, cgroups: runtime.cgroups },
      onChange: () => agent.nodeChanged(),
      onPods: () => watched.watcher.processes.podsChanged(),
      onFault: options.onFault,
    });
  const receipts = new ReceiptCheck(options.gateKeyFile, hostname());
  const agent: Agent = new Agent({
    ...{ runtime, audit, ruleset: options.ruleset, receipts },
    ordersFile: join(options.stateDir, 'orders-by-exception.json'),
    ...(options.atExceptionEnd && { atExceptionEnd: options.atExceptionEnd }),
    ...(pods && { node: pods }),
    ...(options.bpfAudit !== false && { bpf: () => bpf.inventory() }),
  });
  const enforcement = new EnforcementAudit(audit, options.onFault);
  const adopted = runtime
    .policies()
    .map((p) => ({ key: p.key, revision: p.revision, digest: p.digest, mode: p.mode }));
  audit.append([
    {
      type: 'agent.started',
      body: { host: agent.host, features: runtime.features, adopted, rehearsal: rehearse(runtime) },
    },
    ...(options.configured ? configEntries(audit, options.configured) : []),
  ]);
  const { onFault } = options;
  const eventFile = options.eventFile && new EventFile({ ...options.eventFile, onFault });
  const onEvent = (event: TraceEvent, acted: boolean) => {
    if (acted) enforcement.note(event);
    eventFile?.write(event);
    agent.bus.publish(event);
  };
  const wayOut = placeWayOut(options.root, options.stateDir);
  const lines: LineSink | undefined = eventFile && {
    buffer: () => (agent.bus.hasListeners ? undefined : eventFile.buffer()),
    ended: () => eventFile.ended(),
  };
  const nodeName = options.nodeName ?? hostname();
  const watched: Watch = watchRuntime(runtime, {
    ...{ nodeName, onEvent, wayOut, ...(lines && { lines }) },
    onActedAgain: (acted) => enforcement.again(acted),
    ...(pods && { onCgroup: () => pods.soon(), podOf: (id: string) => pods.podOf(id) }),
  });
  pods?.start();
  const digests = new ExeDigests();
  const bpf = watchBpf(runtime, {
    ...{
      audit,
      digests,
      bpffsDir: options.bpffsDir ?? BPFFS_DIR,
      onFault,
      processes: watched.watcher.processes,
    },
    ...{ ruleset: options.ruleset, stateDir: options.stateDir },
    ...{ on: options.bpfAudit !== false, ...(pods && { podOf: (id: string) => pods.podOf(id) }) },
  });
  const gate = await GateKeeper.open({
    ...{ runtime, audit, digests, ruleset: options.ruleset, host: agent.host },
    ...{ stateDir: options.stateDir, onFault },
    configured: options.gateMode ?? 'off',
  });
  const every = (intervalMs: number, look: () => void) =>
    setInterval(() => {
      try {
        look();
      } catch (thrown) {
        options.onFault(thrown);
      }
    }, intervalMs);
  const looks = [
    every(LOOK_INTERVAL_MS, () => agent.suspensions.look()),
    every(LOOK_INTERVAL_MS, () => agent.lookForLapses()),
    every(LOOK_INTERVAL_MS, () => watched.throttles.look()),
    every(LOOK_INTERVAL_MS, () => watched.aggregates.look()),
    every(LOOK_INTERVAL_MS, () => bpf.look()),
    every(DRIFT_INTERVAL_MS, () => agent.lookForDrift()),
    every(LOOK_INTERVAL_MS, () => gate.look()),
    every(GATE_READ_INTERVAL_MS, () => gate.drain()),
  ];
  const sinks = sinksOf(options, audit);
  const server = await serveAgent(agent, options.socketPath, gate);
  return {
    agent,
    runtime,
    audit,
    close: async () => {
      for (const timer of looks) clearInterval(timer);
      await pods?.stop();
      await closeServer(server);
      runtime.drain();
      await bpf.close();
      watched.aggregates.look(true);
      eventFile?.close();
      enforcement.close();
      await gate.close();
      runtime.close();
      audit.append([{ type: 'agent.stopped', body: { inForce: runtime.policies().map((p) => p.key) } }]);
      await sinks.close();
      audit.close();
    },
  };
}

function sinksOf({ sinks, stateDir }: AgentOptions, audit: AuditLog): Sinks {
  const { version, feeds, onChange } = sinks ?? { version: '', feeds: [], onChange: () => undefined };
  return new Sinks({
    ...{ part: 'agent', version, feeds, onChange, folder: join(stateDir, 'sinks') },
    sizeOf: (feed) => (feed === EVENT_FEED ? undefined : audit.head().size),
  });
}
