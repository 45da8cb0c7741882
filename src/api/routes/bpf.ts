// SPDX-License-Identifier: Apache-2.0
/** The eBPF of a host, whoever brought it: what is there, and what was done. */
import { Fault } from '../../errors.ts';
import { BPF_RECORDS, type BpfInventory, type BpfKind } from '../../model/bpf.ts';
import type { Service } from '../../service/index.ts';
import { listOf, PAGE_QUERY, type Route, type Schema } from '../route.ts';
import { ref } from '../schemas.ts';

const object: Schema = { type: 'object', required: ['id', 'ours'] };
const sight: Schema = {
  type: 'object',
  required: ['view', 'blind', 'lost'],
  description: 'what the watch can see on that host, and what it cannot',
};
const inventoryOf = (item: Schema): Schema => {
  const list = listOf(item) as { properties: Record<string, Schema>; required: string[] };
  return { ...list, required: [...list.required, 'sight'], properties: { ...list.properties, sight } };
};

function asked({ agent }: Service): Promise<BpfInventory> {
  if (agent) return agent.bpfInventory();
  throw new Fault('agent-away', 'this gate has no agent: nobody looks at the eBPF of this host');
}

const KINDS: Record<'programs' | 'maps' | 'links', BpfKind> = {
  programs: 'program',
  maps: 'map',
  links: 'link',
};

function listing(kind: keyof typeof KINDS, summary: string): Route {
  return {
    method: 'get',
    path: `/v1/bpf/${kind}`,
    id: `listBpf${kind[0]?.toUpperCase()}${kind.slice(1)}`,
    summary,
    access: 'auditor',
    query: { gone: { type: 'boolean', description: 'those that are there no longer, instead' } },
    answers: { 200: { description: 'all of them', schema: inventoryOf(object) } },
    async handle({ service, query }) {
      const inventory = await asked(service);
      const items = query.gone ? inventory.gone.filter((one) => one.kind === KINDS[kind]) : inventory[kind];
      return { status: 200, body: { items, sight: inventory.sight } };
    },
  };
}

const listBpfPins: Route = {
  method: 'get',
  path: '/v1/bpf/pins',
  id: 'listBpfPins',
  summary: 'Where eBPF objects are pinned, in every BPF file system of the host',
  access: 'auditor',
  query: {},
  answers: { 200: { description: 'all of them', schema: inventoryOf(object) } },
  async handle({ service }) {
    const { pins: items, sight } = await asked(service);
    return { status: 200, body: { items, sight } };
  },
};

/** Which records they are: their type begins so. */
const WHAT = {
  loads: `${BPF_RECORDS}load.`,
  attaches: `${BPF_RECORDS}attach.`,
  findings: `${BPF_RECORDS}finding`,
  all: BPF_RECORDS,
} as const;

const listBpfLoads: Route = {
  method: 'get',
  path: '/v1/bpf/loads',
  id: 'listBpfLoads',
  summary: 'Who loaded, attached and pinned what, by the audit log of the agent',
  access: 'auditor',
  query: {
    ...PAGE_QUERY,
    what: { enum: Object.keys(WHAT), default: 'loads' },
    order: { enum: ['ascending', 'descending'], default: 'descending' },
    since: { type: 'string', format: 'date-time' },
  },
  answers: { 200: { description: 'a page', schema: listOf(ref('AuditRecord')) } },
  async handle({ service, query }) {
    const { what, order, since, after } = query as Record<string, string>;
    const limit = Number(query.limit);
    if (after !== undefined && !/^\d{1,15}$/.test(after))
      throw new Fault('bad-request', '`after` is the number of a record');
    const found = await service.auditRecords('agent', {
      type: WHAT[what as keyof typeof WHAT],
      order: order as 'ascending' | 'descending',
      limit: limit + 1,
      ...(since !== undefined && { since }),
      ...(after !== undefined && { after: Number(after) }),
    });
    const items = found.slice(0, limit);
    const next = found.length > limit ? String(items.at(-1)?.seq) : undefined;
    return { status: 200, body: { items, ...(next === undefined ? {} : { next }) } };
  },
};

export const BPF_ROUTES: readonly Route[] = [
  listing('programs', 'The eBPF programs of the host: what they are, where they hang and who loaded them'),
  listing('maps', 'The eBPF maps of the host'),
  listing('links', 'The eBPF links of the host: which program hangs where'),
  listBpfPins,
  listBpfLoads,
];
