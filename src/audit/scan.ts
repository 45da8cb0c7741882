// SPDX-License-Identifier: Apache-2.0
/**
 * One pass over neighbouring pages of a log. Each record is hashed once: the leaf names it in the next record and is
 * its place in the tree. Where the beginning of its bytes is what it must be, a record is not parsed unless it says
 * something about logs.
 */
import type { AuditRecord } from '../model/audit-record.ts';
import { isFoundBy } from './found-by.ts';
import type { LogSource, Page, StoredRecord } from './log-source.ts';
import { HASH_DIGITS, leafHash } from './merkle.ts';
import { parsedRecord } from './parsed-record.ts';
import { checkApart, isTheOne } from './private-values.ts';
import { beginningOf, follows, TIME_LENGTH } from './record-bytes.ts';
import { rootOfPower, TILE_WIDTH } from './tiles.ts';

/** A finding of a pass; the log's name is added by who put the passes together. */
export interface Finding {
  seq: number | undefined;
  /** where it is known to lie between two numbers only: told if nothing in there is found more exactly */
  until?: number;
  message: string;
}

export function damageFindings(source: LogSource): Finding[] {
  const damage = source.damage?.();
  return damage === undefined ? [] : [{ seq: undefined, message: `the database is damaged: ${damage}` }];
}

export interface RangeStart {
  logId: string;
  /** a multiple of the page's size, but in a segment */
  seq: number;
  /** how the first record has to name the one before it; undefined where that is not known */
  prev: string | undefined;
  /** that one's bytes, where its hash alone may not be how it is named */
  before?: string | undefined;
}

/** What a pass found. Plain data: it may come from another thread. */
export interface RangeScan {
  from: number;
  /** one more than the last record */
  to: number;
  /** roots of full pages, and the leaves before the first and after the last of them */
  before: string[];
  roots: string[];
  after: string[];
  /** records that say something about logs */
  marks: AuditRecord[];
  /** values that were taken away */
  gone: { seq: number; pointers: string[] }[];
  /** numbers without a record, whose leaf the stored tree still has */
  missing: { from: number; to: number }[];
  /** records dated more than a few seconds before the one before them */
  backwards: { seq: number; type: string }[];
  /** dates of the first and the last record */
  times: [string, string];
  last: string | undefined;
  findings: Finding[];
}

/** Problems of one kind pile up once something is missing: the first few say where to look. */
export const FINDINGS_KEPT = 20;
const BACKWARDS_MS = 5000;
/** Records of these kinds are parsed. */
const MARKS = ['log.', 'audit.', 'clock.'];
const TYPE = '"type":"';
const [PREV, TIME] = [',"prev":"', '","time":"'];
const APART = '","private":{';

export class RangePass {
  readonly scan: RangeScan;
  readonly #logId: string;
  readonly #opening: string;
  readonly #leavesOf: LogSource['leaves'];
  #expected: number;
  #prev: string | undefined;
  /** the record before, where its hash alone may not be how the next one names it */
  #before: string | undefined;
  #leaves: string[] = [];
  #stored: { position: number; leaves: string | undefined } = { position: -1, leaves: undefined };
  /** a record that does not follow the one before it: which of the two was touched, the next one tells */
  #breakAt: number | undefined;

  constructor({ logId, seq, prev, before }: RangeStart, source: Pick<LogSource, 'leaves'>) {
    this.#logId = logId;
    this.#opening = `{"logId":"${logId}","seq":`;
    this.#leavesOf = source.leaves?.bind(source);
    this.#expected = seq;
    this.#prev = prev;
    this.#before = before;
    this.scan = {
      ...{ from: seq, to: seq, before: [], roots: [], after: [], marks: [], gone: [], missing: [] },
      ...{ backwards: [], times: ['', ''], last: prev, findings: [] },
    };
  }

  take({ records }: Page): void {
    for (const record of records) {
      if (record.seq < this.#expected) {
        this.#report(record.seq, `inserted or reordered: a second record ${record.seq}`);
        continue;
      }
      if (record.seq > this.#expected) this.#skip(record.seq);
      this.#take(record);
    }
  }

  end(upTo?: number): RangeScan {
    if (upTo !== undefined && upTo > this.#expected) this.#skip(upTo);
    this.#settleBreak(true);
    this.#checkLeaves();
    const { scan } = this;
    scan.to = this.#expected;
    scan.last = this.#prev;
    scan.after = this.#leaves;
    if (scan.roots.length === 0 && scan.before.length === 0 && scan.from % TILE_WIDTH !== 0) {
      scan.before = this.#leaves;
      scan.after = [];
    }
    return scan;
  }

  /** Over numbers that have no record: to the stored tree their leaves are known. */
  #skip(to: number): void {
    const from = this.#expected;
    let unknown = 0;
    for (let seq = from; seq < to; seq += 1) {
      const leaf = leafIn(this.#storedLeaves(seq), seq);
      if (leaf === undefined) unknown += 1;
      this.#grow(leaf ?? leafHash(''));
      this.#prev = leaf;
    }
    this.#before = undefined;
    if (unknown === 0) this.scan.missing.push({ from, to });
    else this.#report(from, `removed or reordered: record ${from} is expected, ${to} stands there`);
  }

  #take({ seq, bytes, apart, searched }: StoredRecord): void {
    const leaf = leafHash(bytes);
    let at = this.#endOfBeginning(seq, bytes);
    if (at < 0) at = this.#examine(seq, bytes);
    else this.#settleBreak(true);
    if (at >= 0) this.#read(seq, bytes, { at, apart, searched });
    this.#grow(leaf);
    this.#prev = leaf;
    this.#before = bytes;
  }

  /** Where the time begins in a record that begins as it must, else -1; compared in parts, since putting them together costs more. */
  #endOfBeginning(seq: number, bytes: string): number {
    const [number, prev] = [String(seq), this.#prev];
    if (prev === undefined || !bytes.startsWith(this.#opening)) return -1;
    const at = this.#opening.length + number.length;
    if (!bytes.startsWith(number, this.#opening.length) || !bytes.startsWith(PREV, at)) return -1;
    const after = at + PREV.length + prev.length;
    return bytes.startsWith(prev, at + PREV.length) && bytes.startsWith(TIME, after)
      ? after + TIME.length
      : -1;
  }

  /** A record that does not begin as it must: of an earlier version, after a gap, or tampered with. Where its time begins, or -1. */
  #examine(seq: number, bytes: string): number {
    const record = parsedRecord(bytes);
    if (record === undefined) {
      this.#report(seq, 'edited: a record is not readable');
      return -1;
    }
    if (record.seq !== seq)
      this.#report(seq, `removed or reordered: record ${seq} is expected, ${record.seq} stands there`);
    const named = this.#prev === undefined || record.prev === this.#prev;
    this.#settleBreak(named);
    const follow =
      named || (this.#before !== undefined && follows(record.prev, this.#before, this.#prev ?? ''));
    if (!follow && record.seq === seq) this.#breakAt = seq;
    if (record.logId !== this.#logId)
      this.#report(seq, `inserted: a record of another log (${record.logId})`);
    const beginning = beginningOf(record.logId, record.seq, record.prev);
    if (bytes.startsWith(beginning)) return beginning.length;
    this.#report(seq, 'edited: its members are not in their order');
    return -1;
  }

  /** The next record names the right bytes of the one that did not follow: so it is the one before that was touched. */
  #settleBreak(isWhole: boolean): void {
    if (this.#breakAt === undefined) return;
    const seq = isWhole ? this.#breakAt - 1 : this.#breakAt;
    this.#report(
      seq,
      `edited, removed or reordered: record ${this.#breakAt} does not follow the one before it`,
    );
    this.#breakAt = undefined;
  }

  /** What follows the beginning: the time, what is kept apart, the kind. */
  #read(seq: number, bytes: string, { at, apart, searched }: Reading): void {
    const time = bytes.slice(at, at + TIME_LENGTH);
    let type = at + TIME_LENGTH + 2;
    if (bytes.startsWith(APART, at + TIME_LENGTH)) {
      const begin = at + TIME_LENGTH + APART.length - 1;
      const end = bytes.indexOf('}', type) + 1;
      if (apart === undefined || !isTheOne(bytes, { begin, end }, apart))
        this.#checkApart(seq, bytes.slice(begin, end), apart);
      type = end + 1;
    } else if (apart !== undefined)
      this.#report(seq, 'edited: values lie beside it that it does not know of');
    if (searched !== undefined && !isFoundBy(searched, bytes, type))
      this.#report(seq, 'edited: it would be found under another kind, object or decision than its own');
    const last = this.scan.times[1];
    const back = time < last && Date.parse(last) - Date.parse(time) > BACKWARDS_MS;
    if (back || !bytes.startsWith(TYPE, type)) this.#dated(seq, bytes, back);
    else if (isMark(bytes, type + TYPE.length)) this.#mark(bytes);
    if (this.scan.times[0] === '') this.scan.times[0] = time;
    this.scan.times[1] = time;
  }

  #dated(seq: number, bytes: string, back: boolean): void {
    const record = parsedRecord(bytes);
    if (record === undefined) {
      this.#report(seq, 'edited: a record is not readable');
      return;
    }
    if (back) this.scan.backwards.push({ seq, type: record.type });
    if (isMark(record.type)) this.scan.marks.push(record);
  }

  #mark(bytes: string): void {
    const record = parsedRecord(bytes);
    if (record !== undefined) this.scan.marks.push(record);
  }

  #checkApart(seq: number, commitments: string, apart: string | undefined): void {
    const known = parsedRecord(commitments) as Record<string, string> | undefined;
    if (known === undefined) {
      this.#report(seq, 'edited: a record is not readable');
      return;
    }
    const { wrong, gone } = checkApart(known, apart);
    if (wrong.length > 0)
      this.#report(
        seq,
        `edited: ${wrong.join(', ') || 'what lies beside it'} is not the value it was written with`,
      );
    if (gone.length > 0) this.scan.gone.push({ seq, pointers: gone });
  }

  #grow(leaf: string): void {
    this.#leaves.push(leaf);
    this.#expected += 1;
    if (this.#expected % TILE_WIDTH !== 0) return;
    this.#checkLeaves();
    if (this.#leaves.length === TILE_WIDTH) this.scan.roots.push(rootOfPower(this.#leaves));
    else this.scan.before = this.#leaves;
    this.#leaves = [];
  }

  /** The stored leaves of a page against those of its records, all at once: told one by one only where they differ. */
  #checkLeaves(): void {
    const first = this.#expected - this.#leaves.length;
    const stored = this.#leaves.length === 0 ? undefined : this.#storedLeaves(first);
    if (stored === undefined || stored === this.#leaves.join('')) return;
    for (const [at, leaf] of this.#leaves.entries())
      if (leafIn(stored, first + at) !== leaf)
        this.#report(first + at, 'edited: the stored tree has another hash for it');
  }

  /** Those of the page that `seq` is in. */
  #storedLeaves(seq: number): string | undefined {
    const position = Math.floor(seq / TILE_WIDTH);
    if (position !== this.#stored.position) this.#stored = { position, leaves: this.#leavesOf?.(position) };
    return this.#stored.leaves;
  }

  #report(seq: number, message: string): void {
    if (this.scan.findings.length < FINDINGS_KEPT) this.scan.findings.push({ seq, message });
  }
}

function isMark(text: string, at = 0): boolean {
  return MARKS.some((prefix) => text.startsWith(prefix, at));
}

function leafIn(leaves: string | undefined, seq: number): string | undefined {
  const at = (seq % TILE_WIDTH) * HASH_DIGITS;
  return leaves?.slice(at, at + HASH_DIGITS);
}

interface Reading extends Pick<StoredRecord, 'apart' | 'searched'> {
  at: number;
}
