// SPDX-License-Identifier: Apache-2.0
/** The gate over HTTPS or its Unix socket: JSON in, JSON or NDJSON out, problem+json as faults. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CATALOGUE, Fault, type FaultCode } from '../../errors.ts';
import type { Endpoint } from './endpoint.ts';

export interface GateCall {
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** for an answer that takes longer than one that is looked up */
  timeoutMs?: number;
}

export interface GateAnswer<T> {
  status: number;
  headers: IncomingMessage['headers'];
  body: T;
}

export interface GateClient {
  readonly name: string;
  call<T>(call: GateCall): Promise<GateAnswer<T>>;
  /** lines of NDJSON, until the gate ends them or `signal` aborts */
  lines(call: GateCall, signal?: AbortSignal): AsyncIterable<unknown>;
}

const ANSWER_TIMEOUT_MS = 60_000;
const ANSWER_LIMIT_CHARACTERS = 64 * 1024 * 1024;
const LINE_LIMIT_CHARACTERS = 1024 * 1024;

/** The endpoint is looked for at the first call: wrong usage is told before a missing gate. */
export function gateClient(find: () => Endpoint): GateClient {
  let found: Endpoint | undefined;
  const endpoint = () => {
    found ??= find();
    return found;
  };
  return {
    get name() {
      return endpoint().name;
    },
    call: async (call) => answer(endpoint(), call),
    lines: (call, signal) => lines(endpoint(), call, signal),
  };
}

async function answer<T>(endpoint: Endpoint, call: GateCall): Promise<GateAnswer<T>> {
  const response = await send(endpoint, call, AbortSignal.timeout(call.timeoutMs ?? ANSWER_TIMEOUT_MS));
  const text = await textOf(endpoint, response);
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) throw problem(endpoint, status, text);
  return { status, headers: response.headers, body: parsed<T>(endpoint, text) };
}

async function* lines(
  endpoint: Endpoint,
  call: GateCall,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  const response = await send(endpoint, { ...call, headers: { accept: 'application/x-ndjson' } }, signal);
  const status = response.statusCode ?? 0;
  if (status !== 200) throw problem(endpoint, status, await textOf(endpoint, response));
  let rest = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const complete = (rest + chunk).split('\n');
      rest = complete.pop() ?? '';
      if (rest.length > LINE_LIMIT_CHARACTERS)
        throw new Fault('gate-away', `${endpoint.name} sends a line without an end`);
      for (const line of complete) if (line.trim() !== '') yield parsed(endpoint, line);
    }
  } catch (thrown) {
    if (signal?.aborted) return;
    throw thrown instanceof Fault ? thrown : away(endpoint, thrown as Error);
  } finally {
    response.destroy();
  }
}

function send(endpoint: Endpoint, call: GateCall, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const { url, socketPath, token, ca, cert, key } = endpoint;
  const target = new URL(call.path, url);
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) target.searchParams.set(name, value);
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers: Record<string, string | number> = { accept: 'application/json', ...call.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (body) Object.assign(headers, { 'content-type': 'application/json', 'content-length': body.byteLength });
  const options: RequestOptions & { ca?: string; cert?: string; key?: string } = {
    method: call.method,
    headers,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(signal === undefined ? {} : { signal }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return new Promise((resolve, reject) => {
    const start = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(target, options, resolve);
    request.on('error', (cause) => reject(away(endpoint, cause)));
    request.end(body);
  });
}

async function textOf(endpoint: Endpoint, response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk;
      if (text.length > ANSWER_LIMIT_CHARACTERS) throw new Error('its answer has no end');
    }
  } catch (cause) {
    throw away(endpoint, cause as Error);
  }
  return text;
}

function parsed<T>(endpoint: Endpoint, text: string): T {
  try {
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch (cause) {
    throw new Fault('gate-away', `${endpoint.name} answers with something that is no JSON: is it a gate?`, {
      cause,
    });
  }
}

/** The gate's own words and code; whatever it sent beside them is in `details`. */
function problem(endpoint: Endpoint, status: number, text: string): Fault {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const { code, detail, title } = body;
    if (typeof code === 'string' && Object.hasOwn(CATALOGUE, code)) {
      return new Fault(code as FaultCode, String(detail ?? title ?? code), { details: body });
    }
  } catch {
    // what is no problem+json has only its status to tell
  }
  return new Fault(
    'gate-away',
    `${endpoint.name} answers with status ${status} and no reason: is it a gate?`,
  );
}

function away({ name }: Endpoint, cause: Error): Fault {
  const why = cause.name === 'TimeoutError' ? 'it does not answer in time' : cause.message;
  return new Fault(
    'gate-away',
    `the gate at ${name} cannot be reached: ${why}. Start it with \`tracegate up\`, or name another with --server`,
    { cause },
  );
}
