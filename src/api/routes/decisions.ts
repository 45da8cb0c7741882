// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import { mayAudit } from '../access.ts';
import { listOf, PAGE_QUERY, type Route, type Schema } from '../route.ts';
import { ref } from '../schemas.ts';

const name: Schema = { type: 'string', minLength: 1, maxLength: 600 };

export const listDecisions: Route = {
  method: 'get',
  path: '/v1/decisions',
  id: 'listDecisions',
  summary: 'Decisions, newest first; your own, or with the right to audit everybody’s',
  access: 'authenticated',
  query: { ...PAGE_QUERY, after: { type: 'integer', minimum: 0 }, policy: name, user: name },
  answers: { 200: { description: 'a page', schema: listOf(ref('Decision')) } },
  handle({ service, query, subject }) {
    const { limit, after, policy, user } = query as {
      limit: number;
      after?: number;
      policy?: string;
      user?: string;
    };
    const who = mayAudit(subject) ? user : subject.user;
    const page = service.decisions({
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
      ...(policy === undefined ? {} : { policy }),
      ...(who === undefined ? {} : { user: who }),
    });
    const shown = page.slice(0, limit);
    const next = page.length > limit ? String(shown.at(-1)?.seq) : undefined;
    return {
      status: 200,
      body: { items: shown.map(({ decision }) => decision), ...(next === undefined ? {} : { next }) },
    };
  },
};

export const getDecision: Route = {
  method: 'get',
  path: '/v1/decisions/{id}',
  id: 'getDecision',
  summary: 'One decision',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'the Decision', schema: ref('Decision') } },
  handle({ service, params, subject }) {
    const decision = service.decision(params.id ?? '');
    if (mayAudit(subject) || decision.subject.user === subject.user) return { status: 200, body: decision };
    throw new Fault('not-found', `there is no decision ${params.id}`);
  },
};
