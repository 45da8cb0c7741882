// SPDX-License-Identifier: Apache-2.0
/** The sockets: limits that hold before any of our code reads a byte, and the fork between webhook and API. */
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { PROBLEM_TYPE, problemOf } from '../api/index.ts';
import { asFault, Fault } from '../errors.ts';

export interface ListenerOptions {
  clientTimeoutMs: number;
  handler: RequestListener;
}

export interface TlsOptions {
  cert: Buffer;
  key: Buffer;
  /** ask for a client certificate of this authority, and leave it to the handler what to do without one */
  clientCa?: Buffer;
}

/** API servers keep idle connections for 90 s: a server that gives up earlier makes them fail now and then. */
const KEEP_ALIVE_MS = 95_000;

export function httpsListener({ cert, key, clientCa }: TlsOptions, options: ListenerOptions): Server {
  const client = clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: clientCa };
  const tls: ServerOptions = { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000, ...client };
  return limited(createHttps({ ...tls, ...limits(options) }, guarded(options.handler)), options);
}

export function socketListener(options: ListenerOptions): Server {
  return limited(createHttp(limits(options), guarded(options.handler)), options);
}

function limits({ clientTimeoutMs }: ListenerOptions) {
  return {
    requestTimeout: clientTimeoutMs,
    headersTimeout: Math.min(10_000, clientTimeoutMs),
    connectionsCheckingInterval: Math.min(1_000, clientTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: 16 * 1024,
    requireHostHeader: true,
    insecureHTTPParser: false,
  };
}

function limited<S extends Server>(server: S, _options: ListenerOptions): S {
  server.maxHeadersCount = 100;
  server.maxRequestsPerSocket = 10_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuseFraming(error, socket));
  return server;
}

/** What one request must not say twice; a proxy before us and we could read two requests differently. */
function guarded(handler: RequestListener): RequestListener {
  return (request, response) => {
    const hosts = request.rawHeaders.filter(
      (name, index) => index % 2 === 0 && name.toLowerCase() === 'host',
    );
    if (hosts.length <= 1) return handler(request, response);
    response.setHeader('connection', 'close');
    return refuse(response, new Fault('bad-request', 'the request names two hosts: send one Host header'));
  };
}

export function refuse(response: ServerResponse, thrown: unknown): void {
  const problem = problemOf(asFault(thrown));
  response.writeHead(problem.status, { 'content-type': PROBLEM_TYPE });
  response.end(JSON.stringify(problem));
}

function refuseFraming(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const [status, words] = late
    ? [408, 'Request Timeout']
    : large
      ? [431, 'Request Header Fields Too Large']
      : [400, 'Bad Request'];
  const detail = late
    ? 'the request took too long to arrive'
    : large
      ? 'the headers are too large'
      : 'this is not well-formed HTTP/1.1';
  const body = JSON.stringify({ ...problemOf(new Fault('bad-request', detail)), status });
  const head = [
    `HTTP/1.1 ${status} ${words}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;
