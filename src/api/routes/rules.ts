// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import { DIGEST_PATTERN } from '../../model/bpf-gate.ts';
import { REASON_CHARACTERS_MAX } from '../../model/suspension.ts';
import { bundleTag, checkBundleTag } from '../preconditions.ts';
import { listOf, type Route } from '../route.ts';

const STATE = { type: 'object', required: ['digest', 'revision', 'profile', 'total'] };
const RULE = { type: 'object', required: ['id', 'title'] };

export const listRules: Route = {
  method: 'get',
  path: '/v1/rules',
  id: 'listRules',
  summary: 'The guardrails in force, with the mode each has here',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'all of them', schema: listOf(RULE) } },
  handle: ({ service }) => ({ status: 200, body: { items: service.rules() } }),
};

export const getRuleBundle: Route = {
  method: 'get',
  path: '/v1/rules/bundle',
  id: 'getRuleBundle',
  summary:
    'Which rule set judges, and what keeps a newer one from its place; the bundle itself for `Accept: application/gzip`',
  access: 'authenticated',
  query: {},
  answers: {
    200: { description: 'its digest, revision, profile and source; ETag: the digest', schema: STATE },
  },
  handle({ service, headers, response }) {
    const state = service.ruleset();
    const etag = bundleTag(state.bundleDigest ?? state.digest);
    if (!/\bapplication\/gzip\b/i.test(headers.accept ?? ''))
      return { status: 200, body: state, headers: { etag } };
    const archive = service.bundle().archive();
    response.writeHead(200, {
      ...{ 'content-type': 'application/gzip', 'content-length': archive.byteLength, etag },
      'x-content-type-options': 'nosniff',
    });
    response.end(archive);
    return { status: 200, streamed: true };
  },
};

export const putRuleBundle: Route = {
  method: 'put',
  path: '/v1/rules/bundle',
  id: 'putRuleBundle',
  summary:
    'Judge by another rule set from now on: opened, tried and written down first; a bad one changes nothing',
  access: 'platform',
  query: {},
  body: { kind: 'archive', schema: { type: 'string', format: 'binary' } },
  answers: { 200: { description: 'what judges now', schema: STATE } },
  async handle({ service, subject, headers, bytes }) {
    const actor = { user: subject.user, groups: subject.groups, door: 'api' };
    const check = (inForce: string | undefined): void => checkBundleTag(headers, inForce);
    const state = await service.bundle().put(bytes, { actor, check });
    return { status: 200, body: state, headers: { etag: bundleTag(state.bundleDigest) } };
  },
};

export const allowOlderRules: Route = {
  method: 'post',
  path: '/v1/rules/bundle/allowances',
  id: 'allowOlderRules',
  summary: 'Let one signed bundle come into force that is older than the one that was taken in last',
  access: 'platform',
  query: {},
  body: {
    kind: 'json',
    schema: {
      type: 'object',
      required: ['digest', 'reason'],
      additionalProperties: false,
      properties: {
        digest: { type: 'string', pattern: DIGEST_PATTERN },
        reason: { type: 'string', minLength: 1, maxLength: REASON_CHARACTERS_MAX, pattern: '\\S' },
      },
    },
  },
  answers: {
    200: { description: 'what judges now; that bundle at once where it was found already', schema: STATE },
  },
  async handle({ service, subject, source }) {
    const { digest, reason } = source.value as { digest: string; reason: string };
    const actor = { user: subject.user, groups: subject.groups, door: 'api' };
    return { status: 200, body: await service.bundle().allowOlder({ digest, reason, actor }) };
  },
};

export const getRule: Route = {
  method: 'get',
  path: '/v1/rules/{id}',
  id: 'getRule',
  summary: 'One guardrail: what it is for, and what to do about a finding',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'its metadata', schema: RULE } },
  handle({ service, params }) {
    const rule = service.rules().find(({ id }) => id === params.id);
    if (rule !== undefined) return { status: 200, body: rule };
    throw new Fault('not-found', `there is no rule ${params.id}: list them at /v1/rules`);
  },
};
