// SPDX-License-Identifier: Apache-2.0
import type { NewToken } from '../../service/index.ts';
import { listOf, PAGE_QUERY, type Route } from '../route.ts';
import { NEW_TOKEN, ref } from '../schemas.ts';

export const createToken: Route = {
  method: 'post',
  path: '/v1/tokens',
  id: 'createToken',
  summary: 'A bearer token for somebody; shown this once',
  access: 'platform',
  query: {},
  body: { kind: 'json', schema: NEW_TOKEN },
  answers: { 201: { description: 'the token', schema: { type: 'object', required: ['id', 'token'] } } },
  handle({ service, subject, source }) {
    const { token, view } = service.tokens.create(source.value as NewToken, { subject, door: 'api' });
    return { status: 201, body: { ...view, token }, headers: { 'cache-control': 'no-store' } };
  },
};

export const listTokens: Route = {
  method: 'get',
  path: '/v1/tokens',
  id: 'listTokens',
  summary: 'The tokens there are; never the secrets',
  access: 'platform',
  query: PAGE_QUERY,
  answers: { 200: { description: 'a page', schema: listOf(ref('Token')) } },
  handle({ service, query }) {
    const { limit, after } = query as { limit: number; after?: string };
    const all = service.tokens.list();
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(start, start + limit);
    const next = all.length > start + limit ? items.at(-1)?.id : undefined;
    return { status: 200, body: { items, ...(next === undefined ? {} : { next }) } };
  },
};

export const revokeToken: Route = {
  method: 'delete',
  path: '/v1/tokens/{id}',
  id: 'revokeToken',
  summary: 'Take a token out of force',
  access: 'platform',
  query: {},
  answers: { 204: { description: 'it stands for nobody any more' } },
  handle({ service, subject, params }) {
    service.tokens.revoke(params.id ?? '', { subject, door: 'api' });
    return { status: 204 };
  },
};
