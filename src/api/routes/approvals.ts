// SPDX-License-Identifier: Apache-2.0
import { keyOfPlace, placeOf } from '../policy-body.ts';
import { listOf, PAGE_QUERY, type Route } from '../route.ts';
import { NEW_APPROVAL, ref } from '../schemas.ts';

const give: Omit<Route, 'path' | 'id'> = {
  method: 'post',
  summary:
    'Say as a second person that this very document may be enforced, once; approvers and platform only',
  access: 'authenticated',
  query: {},
  body: { kind: 'json', schema: NEW_APPROVAL },
  answers: { 201: { description: 'it counts for one change', schema: ref('Approval') } },
  handle({ service, subject, params, source }) {
    const wanted = source.value as { digest: string; forSeconds?: number; reason?: string };
    const by = { subject, door: 'api' } as const;
    return { status: 201, body: service.approvals.give({ ...wanted, key: keyOfPlace(placeOf(params)) }, by) };
  },
};

const list: Omit<Route, 'path' | 'id'> = {
  method: 'get',
  summary: 'The approvals of a policy, newest first, used and expired ones too',
  access: 'authenticated',
  query: PAGE_QUERY,
  answers: { 200: { description: 'a page', schema: listOf(ref('Approval')) } },
  handle({ service, params, query }) {
    const { limit, after } = query as { limit: number; after?: string };
    const all = service.approvals.list(keyOfPlace(placeOf(params)));
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(start, start + limit);
    const next = all.length > start + limit ? items.at(-1)?.id : undefined;
    return { status: 200, body: { items, ...(next === undefined ? {} : { next }) } };
  },
};

const CLUSTER = '/v1/policies/{name}/approvals';
const NAMESPACED = '/v1/namespaces/{namespace}/policies/{name}/approvals';

export const APPROVAL_ROUTES: readonly Route[] = [
  { ...give, path: CLUSTER, id: 'approvePolicy' },
  { ...give, path: NAMESPACED, id: 'approveNamespacePolicy' },
  { ...list, path: CLUSTER, id: 'approvalsOfPolicy' },
  { ...list, path: NAMESPACED, id: 'approvalsOfNamespacePolicy' },
];
