// SPDX-License-Identifier: Apache-2.0
import type { Mode } from '../../model/decision.ts';
import type { Changed, PolicyRecord, Service } from '../../service/index.ts';
import { keyOfPlace, placeOf, policyAt } from '../policy-body.ts';
import { etagOf, expectedRevision } from '../preconditions.ts';
import { type Answer, type Context, listOf, PAGE_QUERY, type Route, type Schema } from '../route.ts';
import { POLICY, POLICY_PATCH, ref } from '../schemas.ts';

const CLUSTER = '/v1/policies';
const NAMESPACED = '/v1/namespaces/{namespace}/policies';
const reason: Schema = { type: 'string', minLength: 1, maxLength: 1000 };
const CHANGE_QUERY = { reason, dryRun: { type: 'boolean', default: false } };
const CHANGED: Schema = {
  type: 'object',
  required: ['decision', 'policy'],
  properties: { decision: ref('Decision'), policy: ref('Policy') },
};

/** What a listing shows; the document comes with the policy itself. */
function summary({
  key: _,
  document: __,
  rulesDigest: ___,
  operation: ____,
  judged: _____,
  ...shown
}: PolicyRecord): Omit<PolicyRecord, 'document' | 'key' | 'rulesDigest' | 'operation' | 'judged'> {
  return shown;
}

function keyIn({ params }: Context): string {
  return keyOfPlace(placeOf(params));
}

function changeIn(context: Context): {
  door: 'api';
  subject: Context['subject'];
  reason?: string;
  dryRun: boolean;
  ifRevision?: number;
} {
  const { subject, query, headers, service } = context;
  const ifRevision = expectedRevision(headers, service.find(keyIn(context))?.revision);
  return {
    ...{ door: 'api', subject, dryRun: query.dryRun === true },
    ...(query.reason === undefined ? {} : { reason: String(query.reason) }),
    ...(ifRevision === undefined ? {} : { ifRevision }),
  };
}

function changed({ decision, record, created }: Changed): Answer {
  const body = { decision, policy: summary(record) };
  return {
    status: created && record.operation === 'create' ? 201 : 200,
    body,
    headers: { etag: etagOf(record.revision) },
  };
}

function listIn(service: Service, query: Record<string, unknown>, namespace: string | undefined): Answer {
  const limit = Number(query.limit);
  const after = query.after === undefined ? {} : { after: String(query.after) };
  const found = service.list({
    limit: limit + 1,
    ...after,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const page = found.slice(0, limit);
  const next = found.length > limit ? page.at(-1)?.key : undefined;
  return { status: 200, body: { items: page.map(summary), ...(next === undefined ? {} : { next }) } };
}

export const listPolicies: Route = {
  method: 'get',
  path: CLUSTER,
  id: 'listPolicies',
  summary: 'The stored policies, by name',
  access: 'authenticated',
  query: { ...PAGE_QUERY, namespace: { type: 'string', minLength: 1, maxLength: 253 } },
  answers: { 200: { description: 'a page', schema: listOf(ref('Policy')) } },
  handle: ({ service, query }) =>
    listIn(service, query, query.namespace === undefined ? undefined : String(query.namespace)),
};

export const listNamespacePolicies: Route = {
  ...listPolicies,
  path: NAMESPACED,
  id: 'listNamespacePolicies',
  summary: 'The stored policies of a namespace',
  query: PAGE_QUERY,
  handle: ({ service, query, params }) => listIn(service, query, params.namespace),
};

const put: Omit<Route, 'path' | 'id'> = {
  method: 'put',
  summary: 'Submit a policy: judged, stored and, where allowed, loaded',
  access: 'authenticated',
  query: CHANGE_QUERY,
  body: { kind: 'policy', schema: POLICY },
  answers: {
    200: { description: 'stored', schema: CHANGED },
    201: { description: 'stored, and new', schema: CHANGED },
  },
  async handle(context) {
    const intake = policyAt(context.source, placeOf(context.params));
    return changed(await context.service.apply({ ...changeIn(context), intake }));
  },
};

const get: Omit<Route, 'path' | 'id'> = {
  method: 'get',
  summary: 'One stored policy',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'the policy', schema: ref('Policy') } },
  handle(context) {
    const { service } = context;
    const record = service.get(keyIn(context));
    const exceptions = service.exceptions.behind(record);
    return {
      status: 200,
      body: {
        ...summary(record),
        ...(exceptions.length > 0 && { exceptions }),
        document: record.document,
      },
      headers: { etag: etagOf(record.revision) },
    };
  },
};

const patch: Omit<Route, 'path' | 'id'> = {
  method: 'patch',
  summary: 'Enable, disable, or change the mode',
  access: 'authenticated',
  query: CHANGE_QUERY,
  body: { kind: 'json', schema: POLICY_PATCH },
  answers: { 200: { description: 'changed', schema: CHANGED } },
  async handle(context) {
    const {
      enabled,
      mode,
      reason: said,
    } = context.source.value as { enabled?: boolean; mode?: Mode; reason?: string };
    const wanted = { ...(enabled === undefined ? {} : { enabled }), ...(mode === undefined ? {} : { mode }) };
    const why = said === undefined ? {} : { reason: said };
    return changed(
      await context.service.alter({ ...changeIn(context), ...why, key: keyIn(context), ...wanted }),
    );
  },
};

const remove: Omit<Route, 'path' | 'id'> = {
  method: 'delete',
  summary: 'Remove a policy from the gate and from every host',
  access: 'authenticated',
  query: CHANGE_QUERY,
  answers: { 200: { description: 'removed', schema: CHANGED } },
  async handle(context) {
    return changed(await context.service.retire({ ...changeIn(context), key: keyIn(context) }));
  },
};

const status: Omit<Route, 'path' | 'id'> = {
  method: 'get',
  summary: 'What the kernels show of a policy',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'by host', schema: ref('Status') } },
  handle: (context) => ({ status: 200, body: context.service.status(keyIn(context)) }),
};

const revisions: Omit<Route, 'path' | 'id'> = {
  method: 'get',
  summary: 'Every revision of a policy: when, who, why',
  access: 'authenticated',
  query: PAGE_QUERY,
  answers: { 200: { description: 'a page, oldest first', schema: listOf({ type: 'object' }) } },
  handle(context) {
    const { limit, after = '0' } = context.query as { limit: number; after?: string };
    const all = context.service.history(keyIn(context)).filter(({ revision }) => revision > Number(after));
    const items = all.slice(0, limit);
    const next = all.length > limit ? String(items.at(-1)?.revision) : undefined;
    return { status: 200, body: { items, ...(next === undefined ? {} : { next }) } };
  },
};

const history: Omit<Route, 'path' | 'id'> = {
  method: 'get',
  summary:
    'Every revision with what it changed, who decided by which rules, whose approval and exceptions counted, and where it was loaded',
  access: 'auditor',
  query: PAGE_QUERY,
  answers: { 200: { description: 'a page, oldest first', schema: listOf({ type: 'object' }) } },
  handle(context) {
    const { limit, after = '0' } = context.query as { limit: number; after?: string };
    const { items, more } = context.service.told(keyIn(context), { after: Number(after), limit });
    return { status: 200, body: { items, ...(more && { next: String(items.at(-1)?.revision) }) } };
  },
};

/** The same resource in both places a policy can have. */
function both(route: Omit<Route, 'path' | 'id'>, suffix: string, id: string): Route[] {
  return [
    { ...route, path: `${CLUSTER}/{name}${suffix}`, id: `${id}Policy` },
    { ...route, path: `${NAMESPACED}/{name}${suffix}`, id: `${id}NamespacePolicy` },
  ];
}

export const POLICY_ROUTES: readonly Route[] = [
  listPolicies,
  listNamespacePolicies,
  ...both(put, '', 'put'),
  ...both(get, '', 'get'),
  ...both(patch, '', 'patch'),
  ...both(remove, '', 'delete'),
  ...both(status, '/status', 'statusOf'),
  ...both(revisions, '/revisions', 'revisionsOf'),
  ...both(history, '/history', 'historyOf'),
];
