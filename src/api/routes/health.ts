// SPDX-License-Identifier: Apache-2.0
import type { Route } from '../route.ts';

export const getHealth: Route = {
  method: 'get',
  path: '/healthz',
  id: 'getHealth',
  summary: 'The process is alive',
  access: 'anyone',
  answers: { 200: { description: 'it is', schema: { type: 'object' } } },
  handle: () => ({ status: 200, body: { status: 'ok' } }),
};

export const getReadiness: Route = {
  method: 'get',
  path: '/readyz',
  id: 'getReadiness',
  summary: 'Rules are loaded and the audit log takes records',
  access: 'anyone',
  answers: {
    200: { description: 'ready', schema: { type: 'object' } },
    503: { description: 'not ready, and what is missing', schema: { type: 'object' } },
  },
  handle({ service }) {
    // anybody may ask: what is missing is named, the details are for the log
    const missing = service.troubles().map(({ name }) => name);
    return {
      status: missing.length === 0 ? 200 : 503,
      body: missing.length === 0 ? { status: 'ok' } : { status: 'not ready', missing },
    };
  },
};
