// SPDX-License-Identifier: Apache-2.0
/** What changes how a log is kept, done by its one writer while it writes. */
import { SEGMENT_NAME } from '../../model/audit-keeping.ts';
import type { LogName } from '../../service/index.ts';
import { byOf } from '../access.ts';
import type { Route, Schema } from '../route.ts';
import { ref } from '../schemas.ts';

const REASON_CHARACTERS_MAX = 600;
const POINTERS_MAX = 100;

const REDACTION: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['seq', 'reason'],
  properties: {
    seq: { type: 'integer', minimum: 0 },
    fields: {
      type: 'array',
      description: 'JSON Pointers of private values; all of the record’s without any',
      maxItems: POINTERS_MAX,
      items: { type: 'string', pattern: '^/', maxLength: 300 },
    },
    reason: { type: 'string', pattern: '\\S', maxLength: REASON_CHARACTERS_MAX },
  },
};

interface Wanted {
  seq: number;
  fields?: string[];
  reason: string;
}

export const redactAuditRecord: Route = {
  method: 'post',
  path: '/v1/audit/redactions',
  id: 'redactAuditRecord',
  summary: "Take personal values out of a record of the gate's log, for good; the chain stays whole",
  access: 'platform',
  query: {},
  body: { kind: 'json', schema: REDACTION },
  answers: { 201: { description: 'the record that says so', schema: ref('AuditRecord') } },
  handle(context) {
    const { seq, fields, reason } = context.source.value as Wanted;
    const body = context.service.audit.redact({ seq, fields, reason, actor: byOf(context) });
    return { status: 201, body };
  },
};

export const rotateAuditKey: Route = {
  method: 'post',
  path: '/v1/audit/key-rotations',
  id: 'rotateAuditKey',
  summary: "Hand the gate's log over to a new key, which the one before signs for",
  access: 'platform',
  query: {},
  answers: { 201: { description: 'the record that says so', schema: ref('AuditRecord') } },
  handle: (context) => ({ status: 201, body: context.service.audit.rotateKey(byOf(context)) }),
};

const LOG: Schema = { enum: ['gate', 'agent'], default: 'gate', description: 'which of the two logs' };
const SEGMENTS_MAX = 1000;

const SEALING: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    log: LOG,
    until: { type: 'string', format: 'date-time', description: 'only records from before that' },
  },
};

export const sealAuditLog: Route = {
  method: 'post',
  path: '/v1/audit/segments',
  id: 'sealAuditLog',
  summary: 'Write the next segment of a log to its folder: whole pages, at most 524288 records',
  access: 'platform',
  query: {},
  body: { kind: 'json', schema: SEALING },
  answers: { 201: { description: 'the record that names the file', schema: ref('AuditRecord') } },
  async handle(context) {
    const { log = 'gate', until } = context.source.value as { log?: LogName; until?: string };
    const request = { ...(until !== undefined && { until }), by: byOf(context) };
    return { status: 201, body: await context.service.auditKeeping.seal(log, request) };
  },
};

const PRUNING: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['segments', 'reason'],
  properties: {
    log: LOG,
    segments: {
      type: 'array',
      description: 'names of files in the folder of the log',
      minItems: 1,
      maxItems: SEGMENTS_MAX,
      items: { type: 'string', pattern: SEGMENT_NAME },
    },
    reason: { type: 'string', pattern: '\\S', maxLength: REASON_CHARACTERS_MAX },
  },
};

export const pruneAuditLog: Route = {
  method: 'post',
  path: '/v1/audit/prunings',
  id: 'pruneAuditLog',
  summary: 'Verify segments of a log, then take their records out of it, behind what else is written',
  access: 'platform',
  query: {},
  body: { kind: 'json', schema: PRUNING },
  answers: { 201: { description: 'the record that says so', schema: ref('AuditRecord') } },
  async handle(context) {
    const {
      log = 'gate',
      segments,
      reason,
    } = context.source.value as {
      log?: LogName;
      segments: string[];
      reason: string;
    };
    const request = { segments, reason, by: byOf(context) };
    return { status: 201, body: await context.service.auditKeeping.prune(log, request) };
  },
};
