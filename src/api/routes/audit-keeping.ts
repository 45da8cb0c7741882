// SPDX-License-Identifier: Apache-2.0
/** What changes how the gate's log is kept, done by its one writer while it writes. */
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
