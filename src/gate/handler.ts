// SPDX-License-Identifier: Apache-2.0
/** The webhook is answered before Express: it is the path that API servers wait on. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { validate, WEBHOOK_PATH } from '../../webhooks/tracing-policies.ts';
import { readBody } from '../api/index.ts';
import { asFault, Fault } from '../errors.ts';
import { formatOf } from '../model/read-document.ts';
import type { Service } from '../service/index.ts';
import type { Logger } from '../telemetry/log.ts';
import { refuse } from './listener.ts';

export interface HandlerDeps {
  app: RequestListener;
  service: Service;
  log: Logger;
  bodyLimitBytes: number;
  demandsCertificate: boolean;
  takeTurn: (from: string) => void;
}

export function gateHandler(deps: HandlerDeps): RequestListener {
  return (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    if (path !== WEBHOOK_PATH) return deps.app(request, response);
    return void answerReview(request, query, deps)
      .then((text) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      })
      .catch((thrown) => refuseReview(thrown, { request, response, deps }));
  };
}

async function answerReview(request: IncomingMessage, query: string, deps: HandlerDeps): Promise<string> {
  if (request.method !== 'POST') throw new Fault('bad-request', `${WEBHOOK_PATH} takes POST`);
  const verified = deps.demandsCertificate && (request.socket as TLSSocket).authorized;
  if (deps.demandsCertificate && !verified) {
    throw new Fault(
      'unauthenticated',
      'the caller showed no certificate of the authority in webhook.clientCa',
    );
  }
  if (formatOf(request.headers['content-type']) !== 'json')
    throw new Fault('unsupported-media', 'an AdmissionReview is sent as application/json');
  const body = await readBody(request, deps.bodyLimitBytes);
  const from = request.socket.remoteAddress ?? 'unknown';
  return validate({ body, verified, from, timeoutMs: timeoutIn(query) }, deps);
}

/** The API server says how long it waits, as Go prints it; other query keys are none of our business. */
function timeoutIn(query: string): number | undefined {
  const seconds = /(?:^|&)timeout=(\d{1,4})s(?:&|$)/.exec(query)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function refuseReview(
  thrown: unknown,
  { request, response, deps }: { request: IncomingMessage; response: ServerResponse; deps: HandlerDeps },
): void {
  const fault = asFault(thrown);
  if (fault.code === 'internal') deps.log.error({ err: thrown }, 'an admission review failed inside');
  if (!request.complete) response.setHeader('connection', 'close');
  refuse(response, fault);
}
