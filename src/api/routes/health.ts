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
    // the rules in force go on judging, so a gate that could not get newer ones stays in service
    const warnings = service.warnings().map(({ name }) => name);
    const also = warnings.length === 0 ? {} : { warnings };
    return missing.length === 0
      ? { status: 200, body: { status: 'ok', ...also } }
      : { status: 503, body: { status: 'not ready', missing, ...also } };
  },
};
