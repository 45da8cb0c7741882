// SPDX-License-Identifier: Apache-2.0
/** `tracegate bpf loads`: who loaded which eBPF programs on this host; with --all, all that was done with them. */
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../../errors.ts';
import type { AuditRecord } from '../../../model/audit-record.ts';
import { BPF_RECORDS, type BpfCulprit } from '../../../model/bpf.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { activityWords, culpritWords } from '../../output/bpf-words.ts';
import { oneLine } from '../../printable.ts';
import { collected, itemsOf } from '../pages.ts';

interface Options {
  follow?: boolean;
  all?: boolean;
  attaches?: boolean;
  findings?: boolean;
  limit: string;
}

const POLL_MS = 500;

export const bpfLoads = command<Options>({
  words: ['bpf', 'loads'],
  about: 'which eBPF programs were loaded on this host, by whom and when',
  options: [
    { flags: '-f, --follow', about: 'go on with what is loaded from now on, until interrupted' },
    { flags: '--attaches', about: 'where programs were attached instead' },
    { flags: '--findings', about: 'what rules found in what was done instead' },
    { flags: '--all', about: 'all that was done: attached, detached, pinned, unloaded, maps, gaps' },
    { flags: '--limit <count>', about: 'how many of the newest', fallback: '50' },
  ],
  outputs: ['text', 'json'],
  async run({ follow, limit, output, ...kinds }, deps) {
    if (!/^[1-9][0-9]{0,6}$/.test(limit)) throw new Fault('usage', '--limit is a whole number from 1');
    const what = whatOf(kinds);
    const query = { what, order: 'descending' };
    const newest = await collected(itemsOf<AuditRecord>(deps.gate(), '/v1/bpf/loads', query, Number(limit)));
    for (const record of newest.toReversed()) await show(record, output, deps);
    if (follow) await goOn(what, newest[0]?.seq, output, deps);
    return EXIT.done;
  },
});

function whatOf({ all, attaches, findings }: Pick<Options, 'all' | 'attaches' | 'findings'>): string {
  const asked = Object.entries({ all, attaches, findings }).filter(([, wanted]) => wanted);
  if (asked.length > 1) throw new Fault('usage', 'one of --all, --attaches and --findings');
  return asked[0]?.[0] ?? 'loads';
}

/** `after`: the last record shown. */
async function goOn(
  what: string,
  after: number | undefined,
  output: string,
  deps: CommandDeps,
): Promise<void> {
  const { signal } = deps.io;
  let last = after ?? -1;
  while (!signal?.aborted) {
    const query = { what, order: 'ascending', after: String(Math.max(last, 0)) };
    for await (const record of itemsOf<AuditRecord>(deps.gate(), '/v1/bpf/loads', query)) {
      if (record.seq <= last) continue;
      await show(record, output, deps);
      last = record.seq;
    }
    await delay(POLL_MS, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

async function show(record: AuditRecord, output: string, { out }: CommandDeps): Promise<void> {
  if (output === 'json') {
    await out.json(record);
    return;
  }
  const { by, ours, at } = record.body as { by?: BpfCulprit; ours?: boolean; at?: string };
  const verb = record.type.slice(BPF_RECORDS.length);
  const words = [at ?? record.time, verb, activityWords(record), 'by', ours ? 'us,' : '', culpritWords(by)];
  await out.line(oneLine(words.filter(Boolean).join(' ')));
}
