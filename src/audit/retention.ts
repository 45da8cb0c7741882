// SPDX-License-Identifier: Apache-2.0
/**
 * Sealing and pruning by the log's one writer while it writes. What takes long — reading what is sealed, verifying what is
 * to be taken out — is done on a thread; here is only signed, written down, and taken out in small steps.
 */
import { mkdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { keepInThread } from './keeping-thread.ts';
import { Pruner } from './pruner.ts';
import type { AuditEntry } from './record-bytes.ts';
import { type Pruning, prunedEntry, type Sealing, sealedEntry, segmentName } from './segments.ts';

/** Of a segment that the log names itself: so that sealing ends, and a pruning verifies in reasonable time. */
const SEGMENT_RECORDS_MAX = 2 ** 19;

/** Where a log keeps its segments unless it is told another place. */
export function segmentsFolder(logPath: string): string {
  return join(dirname(logPath), 'segments');
}

interface RetentionParts {
  path: string;
  database: () => DatabaseSync;
  append: (entries: AuditEntry[]) => AuditRecord[];
  sign: (head: Pick<SignedHead, 'size' | 'root' | 'last'>) => SignedHead;
  /** told how much a step of a pruning left in the write-ahead log, about */
  wrote: (bytes: number) => void;
}

export class Retention {
  readonly #parts: RetentionParts;
  readonly #pruner: Pruner;
  #busy = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#pruner = new Pruner(parts);
  }

  /** Goes on with a pruning that was interrupted. */
  start(): void {
    this.#pruner.start();
  }

  seal(sealing: Sealing): Promise<AuditRecord> {
    return this.#alone(async () => {
      const { path: logPath } = this.#parts;
      const folder = segmentsFolder(logPath);
      const limit = sealing.path === undefined && { limitRecords: SEGMENT_RECORDS_MAX };
      const until = sealing.until !== undefined && { until: sealing.until };
      const planned = await keepInThread({ kind: 'plan', logPath, ...limit, ...until });
      if (sealing.path === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
      const path = sealing.path ?? join(folder, segmentName(planned));
      const head = this.#parts.sign(planned);
      // a file of our own naming that no record names is left from a crash
      const replace = sealing.path === undefined;
      const sha256 = await keepInThread({ kind: 'seal', logPath, path, replace, from: planned.from, head });
      const segment = { from: planned.from, to: head.size, root: head.root, sha256 };
      return this.#parts.append([sealedEntry(segment, { path, actor: sealing.actor })])[0] as AuditRecord;
    });
  }

  /** Resolves when it is written down that the records go; they are gone when `pruned` resolves. */
  prune(pruning: Pruning): Promise<AuditRecord> {
    return this.#alone(async () => {
      if (pruning.reason.trim() === '') throw new Fault('bad-request', 'taking records out needs a reason');
      const { path: logPath } = this.#parts;
      const folder = segmentsFolder(logPath);
      const segments = pruning.segments.map((name) => (isAbsolute(name) ? name : join(folder, name)));
      const before = await keepInThread({ kind: 'verify', logPath, segments });
      const [record] = this.#parts.append([prunedEntry(before, pruning)]);
      this.#pruner.start();
      return record as AuditRecord;
    });
  }

  pruned(): Promise<void> {
    return this.#pruner.done();
  }

  close(): void {
    this.#pruner.close();
  }

  /** One at a time: two segments of the same records would both be right, and help nobody. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Fault('conflict', 'the log is being sealed or pruned already: wait for that');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}
