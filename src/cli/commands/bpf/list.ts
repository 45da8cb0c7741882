// SPDX-License-Identifier: Apache-2.0
/** `tracegate bpf list`: the eBPF of this host, whoever brought it. */
import { Fault } from '../../../errors.ts';
import type { BpfGone, BpfLink, BpfMap, BpfPin, BpfProgram, BpfSight } from '../../../model/bpf.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { attachmentWords, culpritWords, originWords } from '../../output/bpf-words.ts';
import { tableOf } from '../../output/table.ts';

interface Options {
  maps?: boolean;
  links?: boolean;
  pins?: boolean;
  gone?: boolean;
}

type What = 'programs' | 'maps' | 'links' | 'pins';

export const bpfList = command<Options>({
  words: ['bpf', 'list'],
  about: 'the eBPF programs of this host, where they hang and who loaded them',
  options: [
    { flags: '--maps', about: 'the maps instead' },
    { flags: '--links', about: 'the links instead' },
    { flags: '--pins', about: 'the pins instead' },
    { flags: '--gone', about: 'those that are there no longer' },
  ],
  outputs: ['text', 'json'],
  async run({ output, gone, ...kinds }, deps) {
    const what = whatOf(kinds);
    if (gone && what === 'pins') throw new Fault('usage', 'a pin that is gone is in `bpf loads --all`');
    const { items, sight } = await ask(deps, what, gone);
    tellSight(sight, deps);
    if (output === 'json') for (const item of items) await deps.out.json(item);
    else await deps.out.raw(gone ? goneTable(items as BpfGone[]) : TABLES[what](items as never[]));
    return EXIT.done;
  },
});

function whatOf({ maps, links, pins }: Options): What {
  const asked = Object.entries({ maps, links, pins }).filter(([, wanted]) => wanted);
  if (asked.length > 1) throw new Fault('usage', 'one of --maps, --links and --pins at a time');
  return (asked[0]?.[0] ?? 'programs') as What;
}

async function ask({ gate }: CommandDeps, what: What, gone: boolean | undefined) {
  const query = { gone: gone ? 'true' : undefined };
  const call = { method: 'GET', path: `/v1/bpf/${what}`, query } as const;
  const { body } = await gate().call<{ items: unknown[]; sight: BpfSight }>(call);
  return body;
}

/** What cannot be seen is said beside what is. */
export function tellSight({ view, blind, lost }: BpfSight, { out }: CommandDeps): void {
  if (view !== 'full') out.say(`the view is ${view}`);
  for (const what of blind) out.say(`not seen: ${what}`);
  if (lost > 0) out.say(`${lost} records were lost since the agent started`);
}

const owner = (ours: boolean, pinned: string[]): string =>
  [ours ? 'ours' : '', ...pinned].filter(Boolean).join(' ') || '-';

const TABLES: Record<What, (items: never[]) => string> = {
  programs: (items: BpfProgram[]) =>
    tableOf(
      ['ID', 'TYPE', 'NAME', 'TAG', 'ATTACHED', 'LOADED', 'BY', 'PINNED'],
      items.map((p) => [
        ...[String(p.id), p.type, p.name || '-', p.tag, attachmentWords(p.attached)],
        ...[p.loaded, originWords(p), owner(p.ours, p.pinned)],
      ]),
    ),
  maps: (items: BpfMap[]) =>
    tableOf(
      ['ID', 'TYPE', 'NAME', 'KEY', 'VALUE', 'ENTRIES', 'BY', 'PINNED'],
      items.map((m) => [
        ...[String(m.id), m.type, m.name || '-', String(m.keyBytes), String(m.valueBytes)],
        ...[String(m.maxEntries), originWords(m), owner(m.ours, m.pinned)],
      ]),
    ),
  links: (items: BpfLink[]) =>
    tableOf(
      ['ID', 'TYPE', 'PROGRAM', 'ATTACH', 'TARGET', 'BY', 'PINNED'],
      items.map((l) => [
        ...[String(l.id), l.type, String(l.programId), l.attachType ?? '-', l.target ?? '-'],
        ...[originWords(l), owner(l.ours, l.pinned)],
      ]),
    ),
  pins: (items: BpfPin[]) =>
    tableOf(
      ['PATH', 'KIND', 'ID', 'OURS'],
      items.map(({ path, kind, id, ours }) => [path, kind, String(id), ours ? 'ours' : '-']),
    ),
};

function goneTable(items: BpfGone[]): string {
  const rows = items.map(({ id, was = {}, gone, ...origin }) => [
    ...[String(id), String(was.type ?? '-'), String(was.name ?? '-'), originWords(origin)],
    ...[gone.time, gone.how, culpritWords(gone.by)],
  ]);
  return tableOf(['ID', 'TYPE', 'NAME', 'BY', 'GONE', 'HOW', 'ENDED BY'], rows);
}
