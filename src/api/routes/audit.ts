// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import type { LogName } from '../../service/index.ts';
import { listOf, type Route, type Schema } from '../route.ts';
import { ref } from '../schemas.ts';

const text: Schema = { type: 'string', minLength: 1, maxLength: 600 };
const time: Schema = { type: 'string', format: 'date-time' };
const log: Schema = { enum: ['gate', 'agent'], default: 'gate', description: "the agent's: on its host" };
const outcome: Schema = { enum: ['allowed', 'denied', 'failed'] };
const count: Schema = { type: 'integer', minimum: 0 };

export const listAuditRecords: Route = {
  method: 'get',
  path: '/v1/audit/records',
  id: 'listAuditRecords',
  summary: "Records of an audit log, the gate's or the agent's",
  access: 'auditor',
  query: {
    ...{ type: text, object: text, actor: text, host: text, rule: text, outcome },
    ...{ decision: text, since: time, until: time, after: count },
    ...{ log, limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 } },
    order: { enum: ['ascending', 'descending'], default: 'ascending' },
  },
  answers: { 200: { description: 'a page', schema: listOf(ref('AuditRecord')) } },
  async handle({ service, query: { log: name, ...filter } }) {
    const limit = Number(filter.limit);
    const found = await service.auditRecords(name as LogName, { ...filter, limit: limit + 1 });
    const items = found.slice(0, limit);
    const next = found.length > limit ? String(items.at(-1)?.seq) : undefined;
    return { status: 200, body: { items, ...(next === undefined ? {} : { next }) } };
  },
};

export const getAuditRecord: Route = {
  method: 'get',
  path: '/v1/audit/records/{seq}',
  id: 'getAuditRecord',
  summary: 'One record',
  access: 'auditor',
  query: { log },
  answers: { 200: { description: 'the record', schema: ref('AuditRecord') } },
  async handle({ service, params, query }) {
    const seq = seqOf(params.seq);
    const name = query.log as LogName;
    const [record] = await service.auditRecords(name, { after: seq - 1, limit: 1 });
    if (record?.seq === seq) return { status: 200, body: record };
    const { size } = await service.auditHead(name);
    throw new Fault('not-found', `there is no record ${seq} in the ${name}'s log: the last is ${size - 1}`);
  },
};

export const getAuditHead: Route = {
  method: 'get',
  path: '/v1/audit/head',
  id: 'getAuditHead',
  summary: 'The signed head of the log: keep it elsewhere to find a log that was set back',
  access: 'auditor',
  query: { log },
  answers: { 200: { description: 'the head', schema: { type: 'object' } } },
  handle: async ({ service, query }) => ({
    status: 200,
    body: await service.auditHead(query.log as LogName),
  }),
};

export const getAuditProof: Route = {
  method: 'get',
  path: '/v1/audit/proofs/{seq}',
  id: 'getAuditProof',
  summary:
    'That a record is in the tree the head signs; with `from`, that the tree goes on from its first records (RFC 9162)',
  access: 'auditor',
  query: { from: { ...count, description: 'the size of a head known before' } },
  answers: { 200: { description: 'the proof', schema: { type: 'object' } } },
  handle: ({ service, params, query }) => {
    const from = query.from === undefined ? undefined : Number(query.from);
    return { status: 200, body: service.audit.prove(seqOf(params.seq), from) };
  },
};

function seqOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new Fault('bad-request', 'a record is named by its number, from 0');
}
