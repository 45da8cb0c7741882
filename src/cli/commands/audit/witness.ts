// SPDX-License-Identifier: Apache-2.0
/**
 * `tracegate audit witness FILE`: run on another host, by somebody the log's administrator has no power over. Keeps the next
 * head of the gate's log when it goes on from the one before; a log with another past is refused, and what it showed is kept.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { acceptHead, type Shown } from '../../../audit/index.ts';
import { asFault, Fault } from '../../../errors.ts';
import type { AuditRecord, SignedHead } from '../../../model/audit-record.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { keptHeads } from '../../kept-heads.ts';
import { collected, itemsOf } from '../pages.ts';

export const auditWitness = command({
  words: ['audit', 'witness'],
  about:
    "keeps the next head of a gate's log in a file on this host, if it goes on from the one before: exit 1 if not",
  args: [
    { syntax: '<file>', about: 'the heads kept, for `audit verify --checkpoint`; made at the first time' },
  ],
  async run({ args: [file = ''] }, deps) {
    const path = resolve(deps.io.cwd, file);
    const known = lastHead(path);
    const shown = await shownTo(deps, known);
    try {
      const head = acceptHead(known, shown);
      if (head.size !== known?.size) keep(path, head);
      await deps.out.line(`${head.logId}: ${head.size} records, root ${head.root}, kept in ${path}`);
      return EXIT.done;
    } catch (thrown) {
      if (asFault(thrown).code !== 'tampered') throw thrown;
      appendFileSync(`${path}.refused`, `${JSON.stringify({ at: new Date(), known, shown })}\n`, {
        mode: 0o600,
      });
      throw new Fault('tampered', `${asFault(thrown).message}. What it showed is kept in ${path}.refused`);
    }
  },
});

async function shownTo({ gate }: CommandDeps, known: SignedHead | undefined): Promise<Shown> {
  const from = known && String(known.size);
  const rotations = await collected(
    itemsOf<AuditRecord>(gate(), '/v1/audit/records', { log: 'gate', type: 'log.key-rotated' }),
  );
  const ask = (query: Record<string, string | undefined>) =>
    gate().call<Shown['proof']>({ method: 'GET', path: '/v1/audit/proofs/0', query });
  try {
    return { proof: (await ask({ from })).body, rotations };
  } catch (thrown) {
    // a log that is smaller than what was kept has no way on from it: its own head says so
    if (asFault(thrown).code !== 'bad-request') throw thrown;
    return { proof: (await ask({})).body, rotations };
  }
}

function lastHead(path: string): SignedHead | undefined {
  if (!existsSync(path)) return undefined;
  if (readFileSync(path, 'utf8').trim() === '') return undefined;
  const heads = keptHeads(path);
  const last = heads.findLast(({ logId }) => logId.startsWith('gate:'));
  if (last !== undefined) return last;
  throw new Fault('unreadable', `${path} holds no head of a gate's log: begin with another file`);
}

function keep(path: string, head: SignedHead): void {
  const fd = openSync(path, 'a', 0o600);
  try {
    writeSync(fd, `${JSON.stringify(head)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
