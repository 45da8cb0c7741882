// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import { HOST_ALONE, type HostFacts } from '../../model/facts.ts';
import type { Service } from '../../service/index.ts';
import { listOf, type Route } from '../route.ts';

export const listHosts: Route = {
  method: 'get',
  path: '/v1/hosts',
  id: 'listHosts',
  summary: 'The hosts whose agents the gate knows',
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'all of them', schema: listOf({ type: 'object', required: ['name'] }) } },
  async handle({ service }) {
    if (service.agent === undefined) return { status: 200, body: { items: [] } };
    const { host, arch, kernelRelease, time } = await factsOf(service);
    return { status: 200, body: { items: [{ name: host, arch, kernelRelease, factsTime: time }] } };
  },
};

export const getHostFacts: Route = {
  method: 'get',
  path: '/v1/hosts/{name}/facts',
  id: 'getHostFacts',
  summary: "What a host's kernel offers",
  access: 'authenticated',
  query: {},
  answers: { 200: { description: 'its facts', schema: { type: 'object', required: ['host', 'features'] } } },
  async handle({ service, params }) {
    const facts = await factsOf(service);
    if (facts.host === params.name) return { status: 200, body: facts };
    throw new Fault('not-found', `the gate knows no host ${params.name}: it knows ${facts.host}`);
  },
};

function factsOf({ agent }: Service): Promise<HostFacts> {
  if (agent === undefined)
    throw new Fault('not-found', 'the gate knows no host: start an agent with `tracegate agent`');
  return agent.facts(HOST_ALONE);
}
