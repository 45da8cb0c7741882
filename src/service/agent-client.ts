// SPDX-License-Identifier: Apache-2.0
/** The agent over its Unix socket: HTTP with JSON bodies, NDJSON for events, problem+json for what it refuses. */
import { statSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { CATALOGUE, Fault, type FaultCode } from '../errors.ts';
import { AGENT_ROUTES, type AgentPort, type PolicyOrder } from '../model/agent-port.ts';
import type { PruneRequest, SealRequest } from '../model/audit-keeping.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { BpfInventory } from '../model/bpf.ts';
import {
  type Baseline,
  type BaselineRequest,
  BPF_GATE_ROUTES,
  type BpfGatePort,
  type GateRequest,
  type GateStatus,
  type SuccessorRequest,
} from '../model/bpf-gate.ts';
import type { TraceEvent } from '../model/event.ts';
import type { FactsQuery, HostFacts } from '../model/facts.ts';
import type { Receipt } from '../model/receipt.ts';
import type { HostPolicyStatus } from '../model/status.ts';
import type { ResumeRequest, SuspendRequest, Suspension } from '../model/suspension.ts';

export interface AgentClientOptions {
  socketPath: string;
  /** for an answer; loading a policy goes through the kernel's verifier and may take a while */
  timeoutMs?: number;
}

/** To read or verify what a log's segments hold takes as long as they are. */
const KEEPING_TIMEOUT_MS = 15 * 60_000;
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;
const EVENT_LIMIT_CHARACTERS = 1024 * 1024;

export function agentClient(options: AgentClientOptions): AgentPort {
  const call = <T>(route: string, body?: unknown, key?: string) => exchange<T>(options, { route, body, key });
  const keep = <T>(route: string, body: unknown) =>
    exchange<T>({ ...options, timeoutMs: KEEPING_TIMEOUT_MS }, { route, body });
  return {
    apply: (order: PolicyOrder) => call<HostPolicyStatus>(AGENT_ROUTES.apply, order, order.key),
    retire: (key: string, receipt: Receipt) => call<void>(AGENT_ROUTES.retire, receipt, key),
    status: () => call<HostPolicyStatus[]>(AGENT_ROUTES.status),
    facts: (query: FactsQuery) => call<HostFacts>(AGENT_ROUTES.facts, query),
    events: (signal: AbortSignal) => events(options, signal),
    auditHead: () => call<SignedHead>(AGENT_ROUTES.auditHead),
    witness: (head: SignedHead) => call<SignedHead>(AGENT_ROUTES.witness, head),
    auditRecords: (filter: AuditFilter) => call<AuditRecord[]>(AGENT_ROUTES.auditRecords, filter),
    sealAudit: (request: SealRequest) => keep<AuditRecord>(AGENT_ROUTES.sealAudit, request),
    pruneAudit: (request: PruneRequest) => keep<AuditRecord>(AGENT_ROUTES.pruneAudit, request),
    bpfInventory: () => call<BpfInventory>(AGENT_ROUTES.bpfInventory),
    listSuspensions: () => call<Suspension[]>(AGENT_ROUTES.listSuspensions),
    suspend: (request: SuspendRequest) => call<Suspension>(AGENT_ROUTES.suspend, request),
    resume: (request: ResumeRequest) => call<Suspension>(AGENT_ROUTES.resume, request),
  };
}

/** The part of that door that is about the gate for loads. */
export function bpfGateClient(options: AgentClientOptions): BpfGatePort {
  const call = <T>(route: string, body?: unknown) => exchange<T>(options, { route, body });
  return {
    gateStatus: () => call<GateStatus>(BPF_GATE_ROUTES.gateStatus),
    setGate: (request: GateRequest) => call<GateStatus>(BPF_GATE_ROUTES.setGate, request),
    admitSuccessor: (request: SuccessorRequest) => call<GateStatus>(BPF_GATE_ROUTES.admitSuccessor, request),
    baseline: () => call<Baseline>(BPF_GATE_ROUTES.baseline),
    changeBaseline: (request: BaselineRequest) => call<Baseline>(BPF_GATE_ROUTES.changeBaseline, request),
  };
}

interface Call {
  route: string;
  body?: unknown;
  key?: string | undefined;
}

async function exchange<T>(options: AgentClientOptions, call: Call): Promise<T> {
  // where nobody ever listened, to try costs a third of a review
  if (!isThere(options.socketPath)) throw away(options, new Error('there is no such socket'));
  const signal = AbortSignal.timeout(options.timeoutMs ?? 30_000);
  const response = await send(options, call, signal);
  const text = await readAll(response, options);
  if (isFailure(response)) throw faultOf(response, text);
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Fault('agent-away', `the agent answered ${call.route} with something that is no JSON`, {
      cause,
    });
  }
}

function send(
  options: AgentClientOptions,
  { route, body, key }: Call,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replace(':key', encodeURIComponent(key ?? ''));
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  return new Promise((resolve, reject) => {
    const target = {
      socketPath: options.socketPath,
      method,
      path,
      headers: { host: 'agent', ...headers },
      signal,
    };
    const request: ClientRequest = httpRequest(target, resolve);
    request.on('error', (cause) => reject(away(options, cause)));
    request.end(payload);
  });
}

async function readAll(response: IncomingMessage, options: AgentClientOptions): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > ANSWER_LIMIT_BYTES)
        throw new Error(`its answer is larger than ${ANSWER_LIMIT_BYTES} bytes`);
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    response.destroy();
    throw away(options, cause as Error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** How long a stream that has begun outlives its agent: long enough for a restart or an upgrade. */
const RECONNECT_MS = 30_000;
const RETRY_MS = 250;

/** An agent that is away at the beginning is told at once; one that goes away later may come back. */
async function* events(options: AgentClientOptions, signal: AbortSignal): AsyncIterable<TraceEvent> {
  let giveUpAt: number | undefined;
  while (!signal.aborted) {
    try {
      for await (const event of oneStream(options, signal)) {
        giveUpAt = undefined;
        yield event;
      }
    } catch (thrown) {
      if (giveUpAt === undefined || Date.now() > giveUpAt) throw thrown;
    }
    giveUpAt ??= Date.now() + RECONNECT_MS;
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function* oneStream(options: AgentClientOptions, signal: AbortSignal): AsyncIterable<TraceEvent> {
  const response = await send(options, { route: AGENT_ROUTES.events }, signal);
  if (isFailure(response)) throw faultOf(response, await readAll(response, options));
  let rest = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > EVENT_LIMIT_CHARACTERS) throw new Error('it sent a line without an end');
      for (const line of lines) if (line !== '') yield JSON.parse(line) as TraceEvent;
    }
  } catch (cause) {
    // cut off in the middle of a stream: its agent ended, and the next one may come
    const cut = (cause as NodeJS.ErrnoException).code;
    if (!signal.aborted && cut !== 'ECONNRESET') throw away(options, cause as Error);
  } finally {
    response.destroy();
  }
}

function isFailure(response: IncomingMessage): boolean {
  const status = response.statusCode ?? 0;
  return status < 200 || status > 299;
}

/** What the agent refused, in its own words; what is no problem+json of the catalogue counts as a broken agent. */
function faultOf(response: IncomingMessage, text: string): Fault {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && Object.hasOwn(CATALOGUE, code))
      return new Fault(code as FaultCode, String(detail));
  } catch {
    // falls through: the status is all there is
  }
  return new Fault('agent-away', `the agent answered with status ${response.statusCode} and no reason`);
}

function isThere(socketPath: string): boolean {
  try {
    return statSync(socketPath, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true; // who may not look there is told so by trying
  }
}

function away(options: AgentClientOptions, cause: Error): Fault {
  const why = cause.name === 'TimeoutError' ? 'it did not answer in time' : cause.message;
  const what = `the agent at ${options.socketPath} cannot be reached: ${why}`;
  return new Fault(
    'agent-away',
    `${what}. Start it with \`tracegate agent\`; what it loaded stays in force`,
    { cause },
  );
}
