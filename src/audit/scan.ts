// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from 'node:crypto';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { Frontier, leafHash, type TreeNode } from './merkle.ts';
import type { Claim, Problem } from './problem.ts';
import { FIRST_PREV, sha256Hex } from './record-bytes.ts';
import { headIsSignedBy, notAHead } from './signed-head.ts';
import { keyIdOf } from './signing-key.ts';
import { type LogSource, publicKeyFromDer } from './source.ts';

/** The type under which one log writes down another one's head. */
export const WITNESS_TYPE = 'audit.witnessed';

/** The type under which a log writes down that another one's heads contradict each other. */
export const CONTRADICTION_TYPE = 'audit.contradiction';

/** What one pass over a log found. */
export interface Scan {
  name: string;
  logId: string | undefined;
  keyId: string | undefined;
  publicKey: KeyObject | undefined;
  records: number;
  root: string;
  /** the root it had at the sizes asked about */
  rootAt: Map<number, string>;
  /** heads of other logs it wrote down */
  witnessed: Claim[];
  problems: Problem[];
}

interface Pass extends Scan {
  frontier: Frontier;
  prev: string;
  source: LogSource;
}

/** Problems of one kind pile up once something is missing: the first few say where to look. */
const PROBLEMS_KEPT = 20;

export async function scanLog(source: LogSource, sizes: Map<string, Set<number>>): Promise<Scan> {
  const pass = startPass(source);
  const damage = source.damage?.();
  if (damage !== undefined) report(pass, undefined, `the database is damaged: ${damage}`);
  for await (const { seq, bytes } of source.records()) {
    takeRecord(pass, seq, bytes);
    if (pass.logId !== undefined && sizes.get(pass.logId)?.has(pass.frontier.size)) {
      pass.rootAt.set(pass.frontier.size, pass.frontier.root().toString('hex'));
    }
  }
  pass.records = pass.frontier.size;
  pass.root = pass.frontier.root().toString('hex');
  checkHead(pass, source.head);
  return pass;
}

function startPass(source: LogSource): Pass {
  const scan = {
    name: source.name,
    logId: undefined,
    keyId: undefined,
    publicKey: undefined,
    records: 0,
    root: '',
  };
  return {
    ...scan,
    rootAt: new Map(),
    witnessed: [],
    problems: [],
    frontier: new Frontier(),
    prev: FIRST_PREV,
    source,
  };
}

function takeRecord(pass: Pass, storedSeq: number, bytes: string): void {
  const expected = pass.frontier.size;
  const record = parse(bytes);
  if (record === undefined) report(pass, expected, 'edited: a record is not readable');
  else checkRecord(pass, record, { storedSeq, expected });
  pass.prev = sha256Hex(bytes);
  for (const node of pass.frontier.append(leafHash(bytes))) checkNode(pass, node);
}

function checkRecord(pass: Pass, record: AuditRecord, at: { storedSeq: number; expected: number }): void {
  if (at.expected === 0) adopt(pass, record);
  const { expected } = at;
  if (record.seq !== expected || at.storedSeq !== expected) {
    report(
      pass,
      expected,
      `removed or reordered: record ${expected} is expected, ${record.seq} stands there`,
    );
  }
  if (record.prev !== pass.prev)
    report(pass, expected, 'edited, removed or reordered: it does not follow the record before it');
  if (record.logId !== pass.logId)
    report(pass, expected, `inserted: a record of another log (${record.logId})`);
  if (record.type === WITNESS_TYPE) witness(pass, record);
  if (record.type === CONTRADICTION_TYPE)
    report(pass, expected, `it saw that ${record.object} ${record.body.message}`);
}

/** The first record names the key; the log's id commits to it, so another key cannot be slipped under the same id. */
function adopt(pass: Pass, record: AuditRecord): void {
  pass.logId = record.logId;
  const key =
    typeof record.body?.publicKey === 'string' ? publicKeyFromDer(record.body.publicKey) : undefined;
  const keyId = key === undefined ? undefined : keyIdOf(key);
  const named = String(record.logId).split(':')[1] ?? '';
  if (key === undefined || named.length !== 32 || keyId?.startsWith(`sha256:${named}`) !== true) {
    report(pass, 0, 'removed or edited: the first record does not name the key this log is called after');
    return;
  }
  pass.publicKey = key;
  pass.keyId = keyId;
}

function witness(pass: Pass, record: AuditRecord): void {
  const { head } = record.body;
  const wrong = notAHead(head);
  if (wrong !== undefined) report(pass, record.seq, `a witnessed head cannot be read: ${wrong}`);
  else pass.witnessed.push({ by: pass.name, seq: record.seq, head: head as SignedHead });
}

function checkNode(pass: Pass, node: TreeNode): void {
  if (pass.source.nodeAt === undefined) return;
  const stored = pass.source.nodeAt(node.level, node.position);
  if (stored?.equals(node.hash) === true) return;
  report(
    pass,
    node.position * 2 ** node.level,
    `edited: the stored tree differs at ${node.level}/${node.position}`,
  );
}

function checkHead(pass: Pass, head: SignedHead | undefined): void {
  if (head === undefined)
    report(pass, undefined, 'removed or edited: there is no signed head that can be read');
  else
    for (const message of headProblems(pass, head)) report(pass, Math.min(head.size, pass.records), message);
}

function headProblems(pass: Pass, head: SignedHead): string[] {
  const problems: string[] = [];
  if (head.logId !== pass.logId) problems.push(`the head is another log's (${head.logId})`);
  if (pass.publicKey === undefined || !headIsSignedBy(head, pass.publicKey)) {
    problems.push("forged: the head's signature is not by this log's key");
  }
  const counts = `the head says ${head.size} records, there are ${pass.records}`;
  if (head.size > pass.records) problems.push(`cut off: ${counts}`);
  if (head.size < pass.records) problems.push(`added: ${counts}`);
  if (head.size === pass.records && (head.root !== pass.root || head.last !== pass.prev)) {
    problems.push('edited: the records do not have the root the head signs');
  }
  return problems;
}

function report(pass: Pass, seq: number | undefined, message: string): void {
  if (pass.problems.length < PROBLEMS_KEPT) pass.problems.push({ log: pass.name, seq, message });
}

function parse(bytes: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(bytes);
    return typeof value === 'object' && value !== null ? (value as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
