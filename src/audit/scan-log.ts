// SPDX-License-Identifier: Apache-2.0
/** A whole log read and judged: its passes put together, and held against what its own records and heads say. */
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { KeyChain, OPENED_TYPE, ROTATED_TYPE } from './key-chain.ts';
import type { LogSource } from './log-source.ts';
import type { Claim, Problem } from './problem.ts';
import { FIRST_PREV } from './record-bytes.ts';
import { damageFindings, FINDINGS_KEPT, type Finding, RangePass, type RangeScan } from './scan.ts';
import { clockOf, gapsOf, headFindings, pastHeads, redactionsOf, tileFindings } from './scan-findings.ts';
import { scanByThreads } from './scan-threads.ts';
import { treeOf } from './scan-tree.ts';
import { notAHead } from './signed-head.ts';

/** The type under which one log writes down another one's head. */
export const WITNESS_TYPE = 'audit.witnessed';

/** The type under which a log writes down that another one's heads contradict each other. */
export const CONTRADICTION_TYPE = 'audit.contradiction';

/** What reading a whole log found. */
export interface Scan {
  name: string;
  logId: string | undefined;
  keys: KeyChain;
  from: number;
  records: number;
  root: string;
  head: SignedHead | undefined;
  /** the time of the last record */
  lastTime: string;
  /** the root its first `size` records have */
  rootAt(size: number): string | undefined;
  /** heads of other logs it wrote down */
  witnessed: Claim[];
  /** it is no whole log: what came after is not in it */
  piece: boolean;
  /** what it alone cannot tell */
  notes: string[];
  problems: Problem[];
}

export async function scanLog(source: LogSource): Promise<Scan> {
  const findings: Finding[] = [];
  const logId = await nameOf(source);
  const parts = await partsOf(source, logId);
  for (const part of parts) findings.push(...part.findings);
  const marks = parts.flatMap((part) => part.marks);
  const keys = keysOf(source, marks, findings);
  const tree = treeOf(source, parts);
  const records = parts.at(-1)?.to ?? source.from;
  const root = tree.rootAt(records) ?? '';
  const silent = redactionsOf(parts, marks);
  findings.push(...gapsOf(parts, marks), ...(source.piece ? [] : silent), ...clockOf(parts));
  findings.push(
    ...tileFindings(
      source,
      parts.flatMap((part) => part.roots),
    ),
  );
  const past = pastHeads(source, { keys, tree, records });
  findings.push(...past.findings);
  findings.push(...headFindings(source, { logId, keys, records, root, sound: past.sound }));
  for (const { type, seq, object, body } of marks)
    if (type === CONTRADICTION_TYPE) findings.push({ seq, message: `it saw that ${object} ${body.message}` });
  const name = source.name;
  return {
    ...{
      name,
      logId,
      keys,
      head: source.head,
      from: source.from,
      records,
      root,
      lastTime: parts.at(-1)?.times[1] ?? '',
    },
    rootAt: tree.rootAt,
    piece: source.piece,
    notes: source.piece ? silent.map(({ seq, message }) => `record ${seq}: ${message}`) : [],
    witnessed: witnessedIn(name, marks, findings),
    problems: inOrder(findings).map(({ seq, message }) => ({ log: name, seq, message })),
  };
}

/** By number, those without one last; the first of a log is where to look first. */
function inOrder(findings: Finding[]): Finding[] {
  const place = ({ seq }: Finding): number => seq ?? Number.POSITIVE_INFINITY;
  const exact = findings.filter(({ seq, until }) => seq !== undefined && until === undefined);
  const told = findings.filter(
    ({ seq = 0, until }) =>
      until === undefined || !exact.some((other) => place(other) >= seq && place(other) < until),
  );
  return told.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b))).slice(0, FINDINGS_KEPT);
}

async function nameOf(source: LogSource): Promise<string | undefined> {
  let [bytes] = source.keyRecords;
  if (bytes === undefined)
    for await (const { records } of source.pages()) {
      bytes = records[0]?.bytes;
      break;
    }
  try {
    return String((JSON.parse(bytes ?? '') as AuditRecord).logId);
  } catch {
    return undefined;
  }
}

async function partsOf(source: LogSource, logId: string | undefined): Promise<RangeScan[]> {
  const start = { logId: logId ?? '', seq: source.from, prev: source.from === 0 ? FIRST_PREV : undefined };
  const parts = await scanByThreads(source, start);
  if (parts !== undefined) return parts;
  const pass = new RangePass(start, source);
  for await (const page of source.pages()) pass.take(page);
  const scan = pass.end();
  return [{ ...scan, findings: [...damageFindings(source), ...scan.findings] }];
}

function keysOf(source: LogSource, marks: AuditRecord[], findings: Finding[]): KeyChain {
  const chain = new KeyChain();
  const written = marks.filter(
    ({ type, seq }) => type === ROTATED_TYPE || (type === OPENED_TYPE && seq === 0),
  );
  // a piece may be signed with a key that was introduced after its end, or before its beginning
  const given =
    source.piece || source.from > 0 ? source.keyRecords.map((bytes) => JSON.parse(bytes) as AuditRecord) : [];
  const known = new Set(given.map(({ seq }) => seq));
  const all = [...given, ...written.filter(({ seq }) => !known.has(seq))];
  for (const [at, record] of all.entries()) {
    const message = at === 0 ? chain.begin(record) : chain.rotate(record);
    if (message !== undefined) findings.push({ seq: record.seq, message });
  }
  if (all.length === 0)
    findings.push({ seq: source.from, message: 'removed or edited: no record names the key of this log' });
  return chain;
}

function witnessedIn(name: string, marks: AuditRecord[], findings: Finding[]): Claim[] {
  const claims: Claim[] = [];
  for (const { type, seq, body } of marks) {
    if (type !== WITNESS_TYPE) continue;
    const wrong = notAHead(body.head);
    if (wrong !== undefined) findings.push({ seq, message: `a witnessed head cannot be read: ${wrong}` });
    else claims.push({ by: name, seq, head: body.head as SignedHead });
  }
  return claims;
}
