// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import { byOf } from '../access.ts';
import { keyOfPlace } from '../policy-body.ts';
import { listOf, type Route, type Schema } from '../route.ts';
import { NEW_SUSPENSION, ref } from '../schemas.ts';

const name: Schema = { type: 'string', minLength: 1, maxLength: 253 };
const PLACE = { policy: name, namespace: name };

interface Asked {
  policy?: string;
  namespace?: string;
  reason?: string;
}

/** Without a policy: everything. A policy that does not exist is told so, not taken for everything. */
function keyIn({ policy, namespace }: Asked): { policy?: string } {
  if (policy !== undefined) {
    return { policy: keyOfPlace({ name: policy, ...(namespace === undefined ? {} : { namespace }) }) };
  }
  if (namespace === undefined) return {};
  throw new Fault(
    'bad-request',
    `the namespace ${namespace} cannot be suspended as a whole: name a policy in it`,
  );
}

export const listSuspensions: Route = {
  method: 'get',
  path: '/v1/suspensions',
  id: 'listSuspensions',
  summary: 'What is suspended on the hosts now: by whom, why, until when',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'all of them', schema: listOf(ref('Suspension')) } },
  handle: async ({ service }) => ({ status: 200, body: { items: await service.suspensions.list() } }),
};

export const createSuspension: Route = {
  method: 'post',
  path: '/v1/suspensions',
  id: 'createSuspension',
  summary:
    'Let one policy, or without one everything, only watch for a while; takes the place of an earlier one',
  access: 'platform',
  query: {},
  body: { kind: 'json', schema: NEW_SUSPENSION },
  answers: { 201: { description: 'it is suspended', schema: ref('Suspension') } },
  async handle(context) {
    const { policy, namespace, forSeconds, reason } = context.source.value as Asked & {
      forSeconds?: number;
      reason: string;
    };
    const where = keyIn({
      ...(policy !== undefined && { policy }),
      ...(namespace !== undefined && { namespace }),
    });
    if (where.policy !== undefined) context.service.get(where.policy);
    const until = forSeconds === undefined ? {} : { forSeconds };
    const body = await context.service.suspensions.suspend({ ...where, ...until, reason, by: byOf(context) });
    return { status: 201, body };
  },
};

export const endSuspension: Route = {
  method: 'delete',
  path: '/v1/suspensions',
  id: 'endSuspension',
  summary: 'Let it act again: one policy, or without one everything that was suspended as a whole',
  access: 'platform',
  query: { ...PLACE, reason: { type: 'string', minLength: 1, maxLength: 1000 } },
  answers: { 200: { description: 'what was suspended', schema: ref('Suspension') } },
  async handle(context) {
    const asked = context.query as Asked;
    const why = asked.reason === undefined ? {} : { reason: asked.reason };
    const body = await context.service.suspensions.resume({ ...keyIn(asked), ...why, by: byOf(context) });
    return { status: 200, body };
  },
};
