// SPDX-License-Identifier: Apache-2.0
import type { NewException } from '../../service/index.ts';
import { type Context, listOf, PAGE_QUERY, type Route } from '../route.ts';
import { NEW_EXCEPTION, ref } from '../schemas.ts';

const STATES = ['requested', 'in force', 'expired', 'revoked'];

const byOf = ({ subject }: Context) => ({ subject, door: 'api' }) as const;

export const createException: Route = {
  method: 'post',
  path: '/v1/exceptions',
  id: 'createException',
  summary: 'Ask for an exception from a rule; a `requester` other than who asks is refused (403)',
  access: 'authenticated',
  query: {},
  body: { kind: 'json', schema: NEW_EXCEPTION },
  answers: { 201: { description: 'requested', schema: ref('Exception') } },
  handle(context) {
    const body = context.service.exceptions.add(context.source.value as NewException, byOf(context));
    return { status: 201, body };
  },
};

export const listExceptions: Route = {
  method: 'get',
  path: '/v1/exceptions',
  id: 'listExceptions',
  summary: 'The exceptions there are and were, oldest first',
  access: 'authenticated',
  query: { ...PAGE_QUERY, state: { enum: STATES }, rule: { type: 'string', minLength: 1, maxLength: 60 } },
  answers: { 200: { description: 'a page', schema: listOf(ref('Exception')) } },
  handle({ service, query }) {
    const { limit, after, state, rule } = query as {
      limit: number;
      after?: string;
      state?: string;
      rule?: string;
    };
    const all = service.exceptions
      .list()
      .filter(
        (one) => (state === undefined || one.state === state) && (rule === undefined || one.rule === rule),
      );
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(start, start + limit);
    const next = all.length > start + limit ? items.at(-1)?.id : undefined;
    return { status: 200, body: { items, ...(next === undefined ? {} : { next }) } };
  },
};

export const approveException: Route = {
  method: 'post',
  path: '/v1/exceptions/{id}/approval',
  id: 'approveException',
  summary: 'Let an exception into force that somebody else asked for; approvers and platform only',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'in force', schema: ref('Exception') } },
  handle: (context) => ({
    status: 200,
    body: context.service.exceptions.approve(context.params.id ?? '', byOf(context)),
  }),
};

export const revokeException: Route = {
  method: 'delete',
  path: '/v1/exceptions/{id}',
  id: 'revokeException',
  summary: 'End an exception at once; whoever asked for it, approvers and platform',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'it lets nothing pass any more', schema: ref('Exception') } },
  handle: (context) => ({
    status: 200,
    body: context.service.exceptions.revoke(context.params.id ?? '', byOf(context)),
  }),
};
