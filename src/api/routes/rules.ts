// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import { listOf, type Route } from '../route.ts';

const RULE = { type: 'object', required: ['id', 'title'] };

export const listRules: Route = {
  method: 'get',
  path: '/v1/rules',
  id: 'listRules',
  summary: 'The guardrails in force, with the mode each has here',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'all of them', schema: listOf(RULE) } },
  handle: ({ service }) => ({ status: 200, body: { items: service.rules() } }),
};

export const getRuleBundle: Route = {
  method: 'get',
  path: '/v1/rules/bundle',
  id: 'getRuleBundle',
  summary: 'Which rule set judges',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'its digest, revision and profile', schema: { type: 'object' } } },
  handle: ({ service }) => ({ status: 200, body: service.ruleset() }),
};

export const getRule: Route = {
  method: 'get',
  path: '/v1/rules/{id}',
  id: 'getRule',
  summary: 'One guardrail: what it is for, and what to do about a finding',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'its metadata', schema: RULE } },
  handle({ service, params }) {
    const rule = service.rules().find(({ id }) => id === params.id);
    if (rule !== undefined) return { status: 200, body: rule };
    throw new Fault('not-found', `there is no rule ${params.id}: list them at /v1/rules`);
  },
};
