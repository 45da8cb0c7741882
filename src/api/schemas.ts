// SPDX-License-Identifier: Apache-2.0
import { APPROVAL_SECONDS_MAX } from '../model/approval.ts';
import { REASON_CHARACTERS_MAX, SUSPENSION_SECONDS_MAX } from '../model/suspension.ts';
import type { Schema } from './route.ts';

const text: Schema = { type: 'string' };
const mode: Schema = { enum: ['enforce', 'monitor'] };
const groups: Schema = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 253 },
  maxItems: 100,
};

const names: Schema = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: { type: 'string', minLength: 1, maxLength: 600 },
};
const line = (maxLength: number): Schema => ({ type: 'string', pattern: '\\S', maxLength });

/** What the answers are made of; `#/components/schemas/…` in the OpenAPI document. */
export const COMPONENTS: Record<string, Schema> = {
  Finding: {
    type: 'object',
    required: ['rule', 'severity', 'path', 'message'],
    properties: {
      rule: text,
      severity: { enum: ['deny', 'warn', 'info'] },
      path: { type: 'string', description: 'JSON Pointer into the policy' },
      line: { type: 'integer' },
      message: text,
      fix: text,
      docs: text,
      exception: { type: 'string', description: 'the exception by which it is information and no more' },
    },
  },
  Decision: {
    type: 'object',
    required: [
      'id',
      'allowed',
      'operation',
      'door',
      'time',
      'subject',
      'policy',
      'findings',
      'rules',
      'effectiveMode',
      'durationUs',
    ],
    properties: {
      id: text,
      allowed: { type: 'boolean' },
      operation: { enum: ['create', 'update', 'delete'] },
      door: { enum: ['webhook', 'api', 'cli', 'agent'] },
      time: { type: 'string', format: 'date-time' },
      subject: { type: 'object', properties: { user: text, groups: { type: 'array', items: text } } },
      policy: {
        type: 'object',
        required: ['kind', 'name', 'digest'],
        properties: { kind: text, name: text, namespace: text, digest: text },
      },
      findings: { type: 'array', items: { $ref: '#/components/schemas/Finding' } },
      rules: {
        type: 'object',
        required: ['digest', 'revision', 'profile', 'total', 'evaluated', 'notApplicable'],
        properties: {
          digest: text,
          revision: text,
          profile: text,
          total: { type: 'integer' },
          evaluated: { type: 'integer' },
          notApplicable: { type: 'integer' },
        },
      },
      facts: { type: 'object', properties: { digest: text } },
      effectiveMode: mode,
      exceptions: {
        type: 'array',
        items: { type: 'object', required: ['id', 'rule', 'approver', 'expires'] },
      },
      effects: {},
      durationUs: { type: 'integer' },
    },
  },
  Policy: {
    type: 'object',
    required: ['kind', 'name', 'revision', 'mode', 'enabled', 'digest', 'created', 'updated'],
    properties: {
      kind: text,
      name: text,
      namespace: text,
      revision: { type: 'integer' },
      mode,
      enabled: { type: 'boolean' },
      digest: text,
      decisionId: text,
      created: text,
      updated: text,
      exceptions: {
        type: 'array',
        items: { type: 'object', required: ['id', 'rule', 'expires', 'state'] },
      },
      document: { type: 'object' },
    },
  },
  Status: {
    type: 'object',
    required: ['name', 'revision', 'mode', 'enabled', 'state', 'effectiveMode', 'hosts'],
    properties: {
      name: text,
      namespace: text,
      revision: { type: 'integer' },
      mode,
      enabled: { type: 'boolean' },
      state: { enum: ['loaded', 'partial', 'pending', 'refused', 'disabled', 'suspended', 'skipped'] },
      effectiveMode: mode,
      hosts: { type: 'array', items: { type: 'object', required: ['host', 'state', 'hooks'] } },
    },
  },
  AuditRecord: {
    type: 'object',
    required: ['logId', 'seq', 'prev', 'time', 'type', 'body'],
    properties: {
      logId: text,
      seq: { type: 'integer' },
      prev: text,
      time: text,
      type: text,
      actor: { type: 'object' },
      object: text,
      body: { type: 'object' },
    },
  },
  Token: {
    type: 'object',
    required: ['id', 'user', 'groups', 'created'],
    properties: {
      id: text,
      user: text,
      groups: { type: 'array', items: text },
      created: text,
      createdBy: text,
      expires: text,
      revoked: text,
    },
  },
  Suspension: {
    type: 'object',
    required: ['id', 'host', 'by', 'reason', 'since'],
    properties: {
      id: text,
      host: text,
      policy: { type: 'string', description: 'NAME or NAMESPACE/NAME; without one, everything on the host' },
      by: { type: 'object', properties: { user: text, groups: { type: 'array', items: text }, door: text } },
      reason: text,
      since: { type: 'string', format: 'date-time' },
      until: { type: 'string', format: 'date-time', description: 'it ends by itself then' },
      unloaded: { const: true, description: 'everything was taken out of the kernel as well' },
    },
  },
  Exception: {
    type: 'object',
    required: ['id', 'rule', 'scope', 'who', 'requester', 'ticket', 'reason', 'expires', 'created', 'state'],
    properties: {
      id: text,
      rule: text,
      scope: { type: 'object', properties: { policies: names, namespaces: names } },
      who: { type: 'object', properties: { users: names, groups: names } },
      requester: text,
      approver: text,
      ticket: text,
      reason: text,
      expires: { type: 'string', format: 'date-time' },
      created: text,
      approved: text,
      revoked: text,
      revokedBy: text,
      state: { enum: ['requested', 'in force', 'expired', 'revoked'] },
    },
  },
  Approval: {
    type: 'object',
    required: ['id', 'key', 'digest', 'approver', 'created', 'until'],
    properties: {
      ...{ id: text, key: text, digest: text, approver: text, reason: text },
      ...{ created: text, until: text },
      usedBy: { type: 'string', description: 'the decision it was used for: it counts for no other' },
    },
  },
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: text,
      title: text,
      status: { type: 'integer' },
      code: text,
      detail: text,
      decision: { $ref: '#/components/schemas/Decision' },
    },
  },
};

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export const NEW_TOKEN: Schema = {
  type: 'object',
  required: ['user'],
  additionalProperties: false,
  properties: {
    user: { type: 'string', minLength: 1, maxLength: 253 },
    groups: { ...groups, default: [] },
    expires: { type: 'string', format: 'date-time' },
  },
};

export const NEW_SUSPENSION: Schema = {
  type: 'object',
  required: ['reason'],
  additionalProperties: false,
  properties: {
    policy: { type: 'string', minLength: 1, maxLength: 253 },
    namespace: { type: 'string', minLength: 1, maxLength: 253 },
    forSeconds: { type: 'integer', minimum: 1, maximum: SUSPENSION_SECONDS_MAX },
    reason: { type: 'string', pattern: '\\S', maxLength: REASON_CHARACTERS_MAX },
  },
};

export const NEW_EXCEPTION: Schema = {
  type: 'object',
  required: ['rule', 'ticket', 'reason', 'expires'],
  additionalProperties: false,
  properties: {
    rule: { type: 'string', minLength: 1, maxLength: 60 },
    scope: {
      type: 'object',
      additionalProperties: false,
      properties: { policies: names, namespaces: names },
    },
    who: { type: 'object', additionalProperties: false, properties: { users: names, groups: names } },
    ticket: line(200),
    reason: line(REASON_CHARACTERS_MAX),
    expires: { type: 'string', format: 'date-time' },
    requester: { type: 'string', minLength: 1, maxLength: 253 },
  },
};

export const NEW_APPROVAL: Schema = {
  type: 'object',
  required: ['digest'],
  additionalProperties: false,
  properties: {
    digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
    forSeconds: { type: 'integer', minimum: 1, maximum: APPROVAL_SECONDS_MAX },
    reason: line(REASON_CHARACTERS_MAX),
  },
};

export const POLICY_PATCH: Schema = {
  type: 'object',
  additionalProperties: false,
  anyOf: [{ required: ['enabled'] }, { required: ['mode'] }],
  properties: { enabled: { type: 'boolean' }, mode, reason: { type: 'string', maxLength: 1000 } },
};

/** Described only: the reader of policies checks it, and says where and on which line it is wrong. */
export const POLICY: Schema = { type: 'object', description: 'a TracingPolicy or TracingPolicyNamespaced' };
export const REVIEW: Schema = {
  type: 'object',
  description: 'this, or a bare policy',
  properties: {
    policy: POLICY,
    operation: { enum: ['create', 'update', 'delete'] },
    oldPolicy: POLICY,
    reason: text,
  },
};
