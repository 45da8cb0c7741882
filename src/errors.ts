// SPDX-License-Identifier: Apache-2.0
/**
 * The error catalogue: every fault Tracegate reports has a stable code here, with the HTTP status and the exit
 * code it maps to. Problems *of a policy* are findings (values), never faults.
 */
export const CATALOGUE = {
  unreadable: { http: 400, exit: 3, title: 'The document cannot be read' },
  'bad-request': { http: 400, exit: 2, title: 'The request is malformed' },
  unauthenticated: { http: 401, exit: 3, title: 'Who asks is not known' },
  forbidden: { http: 403, exit: 1, title: 'Not allowed' },
  'not-found': { http: 404, exit: 3, title: 'Not found' },
  conflict: { http: 409, exit: 3, title: 'Conflict' },
  stale: { http: 412, exit: 3, title: 'The stored revision is another one' },
  'too-large': { http: 413, exit: 3, title: 'Too large' },
  'unsupported-media': { http: 415, exit: 3, title: 'Media type not supported' },
  invalid: { http: 422, exit: 1, title: 'Not a valid TracingPolicy' },
  'too-many': { http: 429, exit: 3, title: 'Too many requests' },
  'could-not-judge': { http: 503, exit: 3, title: 'Could not judge' },
  'gate-away': { http: 503, exit: 3, title: 'The gate cannot be reached' },
  'agent-away': { http: 503, exit: 3, title: 'The agent cannot be reached' },
  'audit-unavailable': { http: 503, exit: 3, title: 'The audit log cannot take a record' },
  tampered: { http: 500, exit: 1, title: 'The audit log has been tampered with' },
  kernel: { http: 500, exit: 3, title: 'The kernel refused' },
  usage: { http: 400, exit: 2, title: 'Wrong usage' },
  config: { http: 500, exit: 2, title: 'The configuration is wrong' },
  internal: { http: 500, exit: 3, title: 'Internal error' },
} as const;

export type FaultCode = keyof typeof CATALOGUE;

/** A fault: `message` says what, where and what to do; `details` carries what a machine may want. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: Record<string, unknown>;

  constructor(
    code: FaultCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The fault behind anything thrown: a string, a plain object or an Error becomes `internal`. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const message =
    thrown instanceof Error ? thrown.message : typeof thrown === 'string' ? thrown : JSON.stringify(thrown);
  return new Fault('internal', message, { cause: thrown });
}
