// SPDX-License-Identifier: Apache-2.0
/** The gate for loads of BPF programs on the host, and what it has learned. */
import {
  BASELINE_ACTIONS,
  BASELINE_SECONDS_MAX,
  type BaselineRequest,
  DIGEST_PATTERN,
  GATE_MODES,
  type GateRequest,
  PATH_CHARACTERS_MAX,
  type SuccessorRequest,
} from '../../model/bpf-gate.ts';
import { REASON_CHARACTERS_MAX } from '../../model/suspension.ts';
import { byOf } from '../access.ts';
import type { Route, Schema } from '../route.ts';

const reason: Schema = { type: 'string', minLength: 1, maxLength: REASON_CHARACTERS_MAX, pattern: '\\S' };
const STATUS: Schema = { type: 'object', required: ['host', 'mode', 'loaders', 'counts', 'baseline'] };
const BASELINE: Schema = { type: 'object', required: ['host', 'state', 'entries'] };

export const getBpfGuard: Route = {
  method: 'get',
  path: '/v1/bpf/guard',
  id: 'getBpfGuard',
  summary: 'The gate for loads of BPF programs: its mode, who may load, what it denied',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'as the host has it now', schema: STATUS } },
  handle: async ({ service }) => ({ status: 200, body: await service.bpfGuard.status() }),
};

export const putBpfGuard: Route = {
  method: 'put',
  path: '/v1/bpf/guard',
  id: 'putBpfGuard',
  summary: 'Let the gate for loads of BPF programs deny, only watch, or stand open',
  access: 'platform',
  query: {},
  body: {
    kind: 'json',
    schema: {
      type: 'object',
      required: ['mode', 'reason'],
      additionalProperties: false,
      properties: { mode: { enum: [...GATE_MODES] }, reason },
    },
  },
  answers: { 200: { description: 'it is in that mode', schema: STATUS } },
  async handle(context) {
    const asked = context.source.value as Omit<GateRequest, 'by'>;
    return { status: 200, body: await context.service.bpfGuard.set({ ...asked, by: byOf(context) }) };
  },
};

export const admitBpfSuccessor: Route = {
  method: 'post',
  path: '/v1/bpf/guard/successors',
  id: 'admitBpfSuccessor',
  summary: 'Let an executable take over as the next agent while the gate for BPF programs enforces',
  access: 'platform',
  query: {},
  body: {
    kind: 'json',
    schema: {
      type: 'object',
      required: ['path', 'digest', 'reason'],
      additionalProperties: false,
      properties: {
        path: { type: 'string', pattern: '^/', maxLength: PATH_CHARACTERS_MAX },
        digest: { type: 'string', pattern: DIGEST_PATTERN },
        reason,
      },
    },
  },
  answers: { 200: { description: 'it may, until it is changed', schema: STATUS } },
  async handle(context) {
    const asked = context.source.value as Omit<SuccessorRequest, 'by'>;
    return {
      status: 200,
      body: await context.service.bpfGuard.admitSuccessor({ ...asked, by: byOf(context) }),
    };
  },
};

export const getBpfBaseline: Route = {
  method: 'get',
  path: '/v1/bpf/baseline',
  id: 'getBpfBaseline',
  summary: 'What is usually loaded on the host, and what was new',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'all that was learned', schema: BASELINE } },
  handle: async ({ service }) => ({ status: 200, body: await service.bpfGuard.baseline() }),
};

export const changeBpfBaseline: Route = {
  method: 'post',
  path: '/v1/bpf/baseline',
  id: 'changeBpfBaseline',
  summary: 'Begin to learn what is loaded, end that, or accept what was learned',
  access: 'platform',
  query: {},
  body: {
    kind: 'json',
    schema: {
      type: 'object',
      required: ['action', 'reason'],
      additionalProperties: false,
      properties: {
        action: { enum: [...BASELINE_ACTIONS] },
        forSeconds: { type: 'integer', minimum: 1, maximum: BASELINE_SECONDS_MAX },
        digests: { type: 'array', items: { type: 'string', pattern: DIGEST_PATTERN } },
        reason,
      },
    },
  },
  answers: { 200: { description: 'what is learned now', schema: BASELINE } },
  async handle(context) {
    const asked = context.source.value as Omit<BaselineRequest, 'by'>;
    const body = await context.service.bpfGuard.changeBaseline({ ...asked, by: byOf(context) });
    return { status: 200, body };
  },
};
