// SPDX-License-Identifier: Apache-2.0
/** What the passes over a log have to add up to, judged once they are put together. */
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { type KeyChain, OPENED_TYPE } from './key-chain.ts';
import type { LogSource } from './log-source.ts';
import { REDACTED_TYPE } from './redaction.ts';
import type { Finding, RangeScan } from './scan.ts';
import type { Tree } from './scan-tree.ts';
import { PRUNED_TYPE } from './segment-types.ts';
import { rootOfPower, TILE_WIDTH } from './tiles.ts';

/** Records that are not there may only be those that a record says were sealed and taken out. */
export function gapsOf(parts: RangeScan[], marks: AuditRecord[]): Finding[] {
  const before = Math.max(
    0,
    ...marks.filter(({ type }) => type === PRUNED_TYPE).map(({ body }) => Number(body.before) || 0),
  );
  return parts
    .flatMap(({ missing }) => missing)
    .map(({ from, to }) => ({ from: Math.max(from, before), to }))
    .filter(({ from, to }) => to > from)
    .map(({ from, to }) => ({
      seq: from,
      message: `removed: record ${from} is expected, ${to} stands there`,
    }));
}

export function redactionsOf(parts: RangeScan[], marks: AuditRecord[]): Finding[] {
  const told = new Set<string>();
  for (const { type, object, body } of marks)
    if (type === REDACTED_TYPE && Array.isArray(body.fields))
      for (const field of body.fields) told.add(`${object} ${field}`);
  return parts.flatMap(({ gone }) =>
    gone.flatMap(({ seq, pointers }) => {
      const silent = pointers.filter((pointer) => !told.has(`${seq} ${pointer}`));
      return silent.length === 0
        ? []
        : [{ seq, message: `edited: ${silent.join(', ')} was taken away, and no record says by whom` }];
    }),
  );
}

/** A clock that was set back is written down as the first thing after; where it is not, dates were made up. */
export function clockOf(parts: RangeScan[]): Finding[] {
  const across = parts.flatMap((part, at) => {
    const last = parts[at - 1]?.times[1] ?? '';
    return part.times[0] !== '' && Date.parse(last) - Date.parse(part.times[0]) > 5000
      ? [{ seq: part.from, type: '' }]
      : [];
  });
  const silent = [...parts.flatMap(({ backwards }) => backwards), ...across];
  return silent
    .filter(({ type }) => type !== 'clock.jumped' && type !== OPENED_TYPE)
    .map(({ seq }) => ({
      seq,
      message: 'its date lies before the one before it, and no record tells of a clock set back',
    }));
}

interface Judged {
  logId?: string | undefined;
  keys: KeyChain;
  records: number;
}

/** The stored tiles are what proofs are made of: each must be the one that the records make. */
export function tileFindings({ tiles }: LogSource, roots: string[]): Finding[] {
  if (tiles === undefined) return [];
  const levels = [roots];
  for (let below = roots; below.length >= TILE_WIDTH; below = levels.at(-1) as string[])
    levels.push(
      Array.from({ length: Math.floor(below.length / TILE_WIDTH) }, (_, n) =>
        rootOfPower(below.slice(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)),
      ),
    );
  let count = 0;
  for (const { level, position, root, hashes } of tiles()) {
    count += 1;
    const below = levels[level - 1]?.slice(position * TILE_WIDTH, (position + 1) * TILE_WIDTH);
    const sameHashes = level === 0 || (below !== undefined && hashes?.toString('hex') === below.join(''));
    if (levels[level]?.[position] !== root || !sameHashes)
      return [
        {
          seq: position * TILE_WIDTH ** (level + 1),
          until: (position + 1) * TILE_WIDTH ** (level + 1),
          message: `edited: the stored tree differs at ${level}/${position}`,
        },
      ];
  }
  const expected = levels.reduce((sum, level) => sum + level.length, 0);
  return count === expected
    ? []
    : [{ seq: undefined, message: `edited: the tree has ${count} tiles where ${expected} belong` }];
}

/** The first kept head that does not fit says how far back the rewriting goes; `sound`: up to where all of them fit. */
export function pastHeads(
  source: LogSource,
  { keys, tree, records }: Judged & { tree: Tree },
): { findings: Finding[]; sound: number } {
  let sound = source.from;
  for (const head of source.checkpoints) {
    if (head.size < source.from) continue;
    const finding = pastHead(head, { keys, tree, records, sound });
    if (finding !== undefined) return { findings: [finding], sound };
    sound = head.size;
  }
  return { findings: [], sound };
}

function pastHead(
  head: SignedHead,
  { keys, tree, records, sound }: Judged & { tree: Tree; sound: number },
): Finding | undefined {
  if (!keys.signed(head))
    return {
      seq: sound,
      message: `forged: the head kept at ${head.size} is not signed by a key of this log`,
    };
  if (head.size > records)
    return { seq: records, message: `cut off: it had ${head.size} records at ${head.time}` };
  if (tree.rootAt(head.size) === head.root) return undefined;
  const message = `edited: somewhere from ${sound} to ${head.size - 1} records are not those of ${head.time}`;
  return { seq: sound, until: head.size, message };
}

export function headFindings(
  { head }: LogSource,
  { logId, keys, records, root, sound }: Judged & { root: string; sound: number },
): Finding[] {
  if (head === undefined)
    return [{ seq: undefined, message: 'removed or edited: there is no signed head that can be read' }];
  const messages: string[] = [];
  if (head.logId !== logId) messages.push(`the head is another log's (${head.logId})`);
  if (!keys.signed(head)) messages.push("forged: the head's signature is not by this log's key");
  const counts = `the head says ${head.size} records, there are ${records}`;
  if (head.size > records) messages.push(`cut off: ${counts}`);
  if (head.size < records) messages.push(`added: ${counts}`);
  const findings: Finding[] = messages.map((message) => ({ seq: Math.min(head.size, records), message }));
  if (head.size !== records || head.root === root) return findings;
  const message = `edited: from ${sound} on, the records do not have the root the head signs`;
  return [...findings, { seq: sound, until: records, message }];
}

interface Judged {
  logId?: string | undefined;
  keys: KeyChain;
  records: number;
}
