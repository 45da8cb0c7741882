// SPDX-License-Identifier: Apache-2.0
/** The agent's door: HTTP on a Unix socket, for the gate. What changes anything needs a receipt all the same. */
import { chmodSync, chownSync, existsSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { asFault, CATALOGUE, Fault } from '../errors.ts';
import type { AgentPort, PolicyOrder } from '../model/agent-port.ts';
import { pruneRequest, sealRequest } from '../model/audit-keeping.ts';
import type { AuditFilter, SignedHead } from '../model/audit-record.ts';
import {
  BPF_GATE_ROUTES,
  type BpfGatePort,
  baselineRequest,
  gateRequest,
  successorRequest,
} from '../model/bpf-gate.ts';
import type { FactsQuery, PlaceQuery } from '../model/facts.ts';
import { isPlaceWanted } from '../model/program-place.ts';
import type { Receipt } from '../model/receipt.ts';
import { type ResumeRequest, type SuspendRequest, suspensionRequestProblem } from '../model/suspension.ts';
import { eventLine } from '../watch/event-line.ts';

const BODY_MAX_BYTES = 16 << 20;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES)
      throw new Fault('too-large', `the body is larger than ${BODY_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new Fault('unreadable', 'the body is not JSON', { cause });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function streamEvents(
  agent: AgentPort,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  for await (const event of agent.events(gone.signal)) {
    if (!response.write(`${eventLine(event)}\n`))
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
  }
  request.socket.destroy();
}

function keyIn(path: string): string {
  const written = path.slice('/v1/policies/'.length);
  try {
    return decodeURIComponent(written);
  } catch (cause) {
    throw new Fault('bad-request', `the path names no policy that can be read: ${written}`, { cause });
  }
}

const QUERY_LISTS = ['functions', 'tracepoints', 'rawTracepoints', 'syscalls'] as const;

function factsQuery(body: unknown): FactsQuery {
  const query = body as Partial<FactsQuery> | null;
  const isList = (list: unknown) => Array.isArray(list) && list.every((name) => typeof name === 'string');
  const isPlace = (place: unknown) => {
    const { path, at } = (place ?? {}) as Partial<PlaceQuery>;
    return typeof path === 'string' && path.startsWith('/') && isPlaceWanted(at);
  };
  const { places } = query ?? {};
  const known = QUERY_LISTS.every((name) => isList(query?.[name])) && Array.isArray(places);
  if (known && places.every(isPlace)) return query as FactsQuery;
  throw new Fault(
    'bad-request',
    `a query for facts has lists of names (${QUERY_LISTS.join(', ')}) and of places in programs (places)`,
  );
}

const FILTER_TEXTS = [
  ...['type', 'object', 'actor', 'decision', 'host', 'rule', 'outcome', 'since', 'until', 'order'],
];
const OUTCOMES: readonly string[] = ['allowed', 'denied', 'failed'];
const FILTER_NUMBERS = ['after', 'limit'];

function auditFilter(body: unknown): AuditFilter {
  const right = ([key, value]: [string, unknown]) =>
    (key === 'outcome'
      ? OUTCOMES.includes(String(value))
      : FILTER_TEXTS.includes(key) && typeof value === 'string') ||
    (FILTER_NUMBERS.includes(key) && Number.isSafeInteger(value));
  if (typeof body === 'object' && body !== null && Object.entries(body).every(right))
    return body as AuditFilter;
  throw new Fault('bad-request', `a filter has texts (${FILTER_TEXTS}) and numbers (${FILTER_NUMBERS})`);
}

function suspensionRequest<T extends SuspendRequest | ResumeRequest>(body: unknown, ends: boolean): T {
  const problem = suspensionRequestProblem(body, ends);
  if (problem === undefined) return body as T;
  throw new Fault('bad-request', `this is no request to ${ends ? 'resume' : 'suspend'}: ${problem}`);
}

interface Doors {
  agent: AgentPort;
  gate: BpfGatePort | undefined;
}

async function dispatch(doors: Doors, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { agent } = doors;
  const path = new URL(request.url ?? '/', 'http://agent').pathname;
  const route = `${request.method} ${path.replace(/^\/v1\/policies\/.+$/, '/v1/policies/:key')}`;
  const key = keyIn(path);
  switch (route) {
    case 'PUT /v1/policies/:key': {
      const order = (await bodyOf(request)) as PolicyOrder;
      if (order?.key !== key)
        throw new Fault('bad-request', `the order is for ${String(order?.key)}, the path names ${key}`);
      return answer(response, 200, await agent.apply(order));
    }
    case 'DELETE /v1/policies/:key':
      await agent.retire(key, (await bodyOf(request)) as Receipt);
      return answer(response, 204, undefined);
    case 'GET /v1/status':
      return answer(response, 200, await agent.status());
    case 'POST /v1/facts':
      return answer(response, 200, await agent.facts(factsQuery(await bodyOf(request))));
    case 'GET /v1/events':
      return streamEvents(agent, request, response);
    case 'GET /v1/audit/head':
      return answer(response, 200, await agent.auditHead());
    case 'POST /v1/audit/witness':
      return answer(response, 200, await agent.witness((await bodyOf(request)) as SignedHead));
    case 'POST /v1/audit/records':
      return answer(response, 200, await agent.auditRecords(auditFilter(await bodyOf(request))));
    case 'POST /v1/audit/segments':
      return answer(response, 201, await agent.sealAudit(sealRequest(await bodyOf(request))));
    case 'POST /v1/audit/prunings':
      return answer(response, 201, await agent.pruneAudit(pruneRequest(await bodyOf(request))));
    case 'GET /v1/bpf/inventory':
      return answer(response, 200, await agent.bpfInventory());
    case 'GET /v1/suspensions':
      return answer(response, 200, await agent.listSuspensions());
    case 'POST /v1/suspensions':
      return answer(
        response,
        201,
        await agent.suspend(suspensionRequest<SuspendRequest>(await bodyOf(request), false)),
      );
    case 'POST /v1/suspensions/end':
      return answer(
        response,
        200,
        await agent.resume(suspensionRequest<ResumeRequest>(await bodyOf(request), true)),
      );
    default:
      return dispatchToGate(doors, route, request, response);
  }
}

async function dispatchToGate(
  { gate }: Doors,
  route: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (gate && route) {
    case BPF_GATE_ROUTES.gateStatus:
      return answer(response, 200, await gate?.gateStatus());
    case BPF_GATE_ROUTES.setGate:
      return answer(response, 200, await gate?.setGate(gateRequest(await bodyOf(request))));
    case BPF_GATE_ROUTES.admitSuccessor:
      return answer(response, 200, await gate?.admitSuccessor(successorRequest(await bodyOf(request))));
    case BPF_GATE_ROUTES.baseline:
      return answer(response, 200, await gate?.baseline());
    case BPF_GATE_ROUTES.changeBaseline:
      return answer(response, 200, await gate?.changeBaseline(baselineRequest(await bodyOf(request))));
    default:
      throw new Fault('not-found', `the agent has no ${route}`);
  }
}

/** Serves the agent on a socket that only its owner and group may open. */
export async function serveAgent(agent: AgentPort, socketPath: string, gate?: BpfGatePort): Promise<Server> {
  const doors: Doors = { agent, gate };
  if (existsSync(socketPath)) rmSync(socketPath);
  const server = createServer((request, response) => {
    dispatch(doors, request, response).catch((thrown) => {
      const fault = asFault(thrown);
      const { http, title } = CATALOGUE[fault.code];
      if (response.headersSent) response.destroy();
      else
        answer(response, http, {
          type: 'about:blank',
          title,
          status: http,
          code: fault.code,
          detail: fault.message,
        });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chownSync(socketPath, process.getuid?.() ?? -1, statSync(dirname(socketPath)).gid); // the gate is of the folder's group
  chmodSync(socketPath, 0o660);
  return server;
}
