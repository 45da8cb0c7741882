// SPDX-License-Identifier: Apache-2.0
/**
 * The JSON API. Order for every request: framing (here), route, who asks, role, rate, query, media type, body,
 * handler. Nothing that costs is done for somebody who is not known.
 */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { asFault, Fault } from '../errors.ts';
import { formatOf, readDocument } from '../model/read-document.ts';
import { parsedDocument, type SourceDocument } from '../model/source-document.ts';
import type { Subject } from '../model/subject.ts';
import type { Service } from '../service/index.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { checkAccess } from './access.ts';
import { type Check, type Checks, openChecks } from './check.ts';
import { openApi } from './openapi.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { type RateLimiter, rateLimiter } from './rate-limiter.ts';
import { readBody } from './read-body.ts';
import { type Answer, ARCHIVE_TYPES, type Route } from './route.ts';
import { ROUTES } from './routes/index.ts';

export interface AppDeps {
  service: Service;
  /** who is behind a connection that needs no token: the host's own administrator on the Unix socket */
  peerOf: (request: Request) => Subject | undefined;
  log: Logger;
  metrics: Metrics;
  version: string;
  bodyLimitBytes: number;
  /** per subject and minute */
  ratePerMinute?: number;
}

const NOBODY: Subject = { user: 'anonymous', groups: [] };

export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  const limiter = rateLimiter(deps.ratePerMinute ?? 3000);
  const serving = { deps, limiter, checks: openChecks() };
  for (const route of ROUTES) app[route.method](expressPath(route.path), served(route, serving));
  const document = openApi(ROUTES, deps.version);
  app.get('/v1/openapi.json', (_, response) => void response.json(document));
  app.get('/metrics', (request, response, next) => {
    metricsText(request, deps).then((text) => response.type('text/plain').send(text), next);
  });
  app.use((request: Request) => {
    const known = ROUTES.filter(({ path }) => pathFits(path, request.path)).map(({ method }) =>
      method.toUpperCase(),
    );
    const hint =
      known.length > 0 ? `this path takes ${known.join(', ')}` : 'the paths are listed at /v1/openapi.json';
    throw new Fault('not-found', `there is no ${request.method} ${request.path.slice(0, 200)}: ${hint}`);
  });
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    refuse(thrown, { request, response, deps, route: 'unknown' });
  });
  return app;
}

interface Serving {
  deps: AppDeps;
  limiter: RateLimiter;
  checks: Checks;
}

function served(route: Route, serving: Serving): (request: Request, response: Response) => Promise<void> {
  const { deps, checks } = serving;
  const query = route.query === undefined ? undefined : checks.query(route.query);
  const body = route.body?.kind === 'json' ? checks.body(route.body.schema) : undefined;
  return async (request, response) => {
    const started = performance.now();
    response.once('close', () => {
      const seconds = (performance.now() - started) / 1000;
      deps.metrics.request({
        method: request.method,
        route: route.path,
        status: response.statusCode,
        seconds,
      });
    });
    try {
      send(response, await handle(route, { request, response, query, body, serving }));
    } catch (thrown) {
      refuse(thrown, { request, response, deps, route: route.path });
    }
  };
}

interface Handling {
  request: Request;
  response: Response;
  query: Check | undefined;
  body: Check | undefined;
  serving: Serving;
}

async function handle(route: Route, { request, response, query, body, serving }: Handling): Promise<Answer> {
  const { deps, limiter } = serving;
  const subject = route.access === 'anyone' ? NOBODY : authenticated(request, deps);
  checkAccess(route.access, subject);
  if (route.access !== 'anyone') limiter.take(subject.user);
  const context = {
    ...{ service: deps.service, subject, response },
    params: request.params as Record<string, string>,
    query: query?.(request.query) ?? {},
    headers: request.headers as Record<string, string | undefined>,
  };
  if (route.body?.kind === 'archive') {
    const bytes = await archiveOf(request, deps);
    return route.handle({ ...context, source: parsedDocument(undefined), bytes });
  }
  const source = await sourceOf(route, { request, body, subject, deps });
  return route.handle({ ...context, source, bytes: Buffer.alloc(0) });
}

interface Reading {
  request: Request;
  body: Check | undefined;
  subject: Subject;
  deps: AppDeps;
}

/** What was sent and cannot be read belongs in the log too: somebody tried something. */
async function sourceOf(route: Route, { request, body, subject, deps }: Reading): Promise<SourceDocument> {
  if (route.body === undefined) {
    refuseBody(request);
    return parsedDocument(undefined);
  }
  try {
    const format = formatOf(request.headers['content-type']);
    if (route.body.kind === 'json' && format !== 'json')
      throw new Fault('unsupported-media', 'this takes application/json');
    const source = readDocument(await readBody(request, deps.bodyLimitBytes), format);
    body?.(source.value);
    return source;
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    const actor = { user: subject.user, groups: subject.groups, door: 'api' };
    deps.service.noteRefusal({
      type: 'submission.unreadable',
      actor,
      body: { route: route.path, code, message },
    });
    throw thrown;
  }
}

function archiveOf(request: Request, { bodyLimitBytes }: AppDeps): Promise<Buffer> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (ARCHIVE_TYPES.includes(type)) return readBody(request, bodyLimitBytes);
  throw new Fault('unsupported-media', `this takes a .tar.gz, sent as ${ARCHIVE_TYPES[0]}`);
}

function refuseBody(request: Request): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length !== '0' || encoding !== undefined)
    throw new Fault('bad-request', `${request.method} takes no body here`);
}

function authenticated(request: Request, { service, peerOf }: AppDeps): Subject {
  const header = request.headers.authorization;
  const peer = header === undefined ? peerOf(request) : undefined;
  if (peer !== undefined) return peer;
  const token = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1];
  const subject = token === undefined ? undefined : service.tokens.authenticate(token);
  if (subject !== undefined) return subject;
  const why = header === undefined ? 'no token was sent' : 'the token is not one in force';
  const from = request.socket.remoteAddress ?? 'unix socket';
  service.noteRefusal({
    type: 'auth.refused',
    body: { from, method: request.method, path: request.path.slice(0, 200), why },
  });
  throw new Fault(
    'unauthenticated',
    `${why}: send Authorization: Bearer TOKEN, from admin.token or \`tracegate token create\``,
  );
}

async function metricsText(request: Request, deps: AppDeps): Promise<string> {
  checkAccess('auditor', authenticated(request, deps));
  return deps.metrics.registry.metrics();
}

function send(response: Response, { status, body, headers = {}, streamed }: Answer): void {
  if (streamed === true) return;
  response.status(status).set({ 'x-content-type-options': 'nosniff', ...headers });
  if (body === undefined) response.end();
  else response.json(body);
}

interface Refusing {
  request: Request;
  response: Response;
  deps: AppDeps;
  route: string;
}

function refuse(thrown: unknown, { request, response, deps, route }: Refusing): void {
  const fault = faultOf(thrown);
  if (fault.code === 'internal') deps.log.error({ err: thrown, route }, 'a request failed inside');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = problemOf(fault);
  if (fault.code === 'unauthenticated') response.set('www-authenticate', 'Bearer realm="tracegate"');
  if (fault.code === 'too-many') response.set('retry-after', String(fault.details.retryAfterSeconds ?? 1));
  if (!request.complete) response.set('connection', 'close');
  response.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** What Express itself refuses, such as a path that cannot be decoded, is the client's mistake. */
function faultOf(thrown: unknown): Fault {
  const status = (thrown as { status?: unknown } | undefined)?.status;
  if (!(thrown instanceof Fault) && typeof status === 'number' && status >= 400 && status < 500) {
    return new Fault('bad-request', 'the path or the query cannot be decoded: check its percent signs', {
      cause: thrown,
    });
  }
  return asFault(thrown);
}

function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function pathFits(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(path);
}
