// SPDX-License-Identifier: Apache-2.0
/**
 * npm run bench -- audit: how fast records become durable, beside what this disk takes for a sync; how fast a log is
 * verified; what a proof and a record cost. The log lies in the temporary folder; TMPDIR says which disk that is.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForReading, storedTree } from '../../../src/audit/database.ts';
import { openAuditLog, provenRoot, verifyLogs } from '../../../src/audit/index.ts';
import { inclusionProof } from '../../../src/audit/merkle.ts';
import type { AuditLogOptions } from '../../../src/audit/options.ts';
import { newDecisionId } from '../../../src/service/decision-id.ts';
import { largeTree } from './large-tree.ts';

const RECORDS = 200_000;
/** Written before the clock starts: code is compiled by then, and the write-ahead log as long as it becomes. */
const WARM_UP = 120_000;
const WARM_UP_WRITERS = 160;
/** From the few that make 20,000 records a second on a fast disk on. */
const WRITERS = [8, 12, 16, 32, 64, 128, 256];
const OFFERED = [10_000, 20_000];
const VERIFIED_RECORDS = 600_000;
/** Before and after each row: of fewer, the slowest hundredth is another in each run. */
const SYNCS = 4000;
const LARGE = 10_000_128;
const PROOFS = 300;

const directory = mkdtempSync(join(tmpdir(), 'tracegate-bench-audit-'));
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const at = (sorted: number[], share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
const inOrder = (values: number[]): number[] => values.toSorted((a, b) => a - b);
const ms = (value: number): string => `${value.toFixed(2)} ms`;

const POLICIES = Array.from({ length: 100 }, (_, n) => `policy-${n}`);
const USERS = Array.from({ length: 50 }, (_, n) => `user-${n}@example.org`);
const DIGESTS = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);

/** What a gate writes most: a decision with a few findings. */
const entry = (n: number) => ({
  type: 'decision',
  object: POLICIES[n % POLICIES.length] as string,
  actor: { user: USERS[n % USERS.length] as string, groups: ['dev', 'platform'], door: 'api' },
  body: {
    decision: {
      ...{ id: newDecisionId(), allowed: n % 3 !== 0 },
      findings: [
        {
          rule: 'TPG-101',
          severity: 'warn',
          path: '/spec/kprobes/0',
          message: 'a hot hook without a filter',
        },
      ],
      rules: { digest: DIGESTS[0], total: 90 },
    },
    inputDigest: DIGESTS[1],
  },
});

function syncTimes(): number[] {
  const path = join(directory, 'sync');
  const file = openSync(path, 'w');
  const bytes = Buffer.alloc(64 * 1024, 1);
  const times = Array.from({ length: SYNCS }, () => {
    writeSync(file, bytes);
    const started = performance.now();
    fdatasyncSync(file);
    return performance.now() - started;
  });
  closeSync(file);
  rmSync(path);
  return inOrder(times);
}

interface Written {
  perSecond: number;
  /** how long each record waited to be acknowledged, in order of length */
  times: number[];
  /** how long the log's own syncs took, in order of length: what is left of a wait is work, and the wait for a processor */
  syncs: number[];
}

/** A log whose syncs are timed. */
function timedLog(path: string): { log: Log; syncs: number[] } {
  const syncs: number[] = [];
  const timed: AuditLogOptions['syncs'] = {
    fdatasyncSync: (file) => {
      const started = performance.now();
      fdatasyncSync(file);
      syncs.push(performance.now() - started);
    },
    fdatasync: (file, done) => {
      const started = performance.now();
      fdatasync(file, (failed) => {
        syncs.push(performance.now() - started);
        done(failed);
      });
    },
  };
  return { log: openAuditLog({ path, keyPath: `${path}.key`, kind: 'gate', syncs: timed }), syncs };
}

type Log = ReturnType<typeof openAuditLog>;

/** Writers that each wait for one record before handing over the next; `took` is told how long each waited. */
async function writeBy(log: Log, count: { records: number; writers: number }, took: (ms: number) => void) {
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < count.records) {
      const begun = performance.now();
      await log.appendSoon([entry(next++)]);
      took(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: count.writers }, write));
}

/**
 * Records that come at their own pace whether the ones before are durable or not: each millisecond as many as are due, and each
 * waits from then. Between them this client sleeps, as whoever has something to do would leave the processors to others.
 */
function offerAt(perSecond: number, log: Log, took: (ms: number) => void): Promise<void> {
  const perMs = perSecond / 1000;
  const started = performance.now();
  let [next, durable] = [0, 0];
  return new Promise((resolve, reject) => {
    const tick = (): void => {
      const nowMs = Math.floor(performance.now() - started);
      for (; next < RECORDS && Math.floor(next / perMs) <= nowMs; next += 1) {
        const due = started + Math.floor(next / perMs);
        const done = (): void => {
          took(performance.now() - due);
          durable += 1;
          if (durable === RECORDS) resolve();
        };
        log.appendSoon([entry(next)]).then(done, reject);
      }
      if (next < RECORDS) setTimeout(tick, 1);
    };
    tick();
  });
}

/** Times of `RECORDS` records, in order of length; and of the log's own syncs meanwhile. */
async function timed(path: string, write: (log: Log, took: (ms: number) => void) => Promise<void>) {
  const { log, syncs } = timedLog(path);
  await writeBy(log, { records: WARM_UP, writers: WARM_UP_WRITERS }, () => {});
  syncs.length = 0;
  const times: number[] = [];
  const started = performance.now();
  await write(log, (took) => times.push(took));
  const perSecond = (RECORDS / (performance.now() - started)) * 1000;
  const ownSyncs = inOrder(syncs);
  log.close();
  return { perSecond, times: inOrder(times), syncs: ownSyncs } satisfies Written;
}

/** What this bench itself takes of the thread that the log is written on. */
async function clientMicros(): Promise<number> {
  const idle = { appendSoon: async () => [] } as unknown as Log;
  await writeBy(idle, { records: RECORDS, writers: WARM_UP_WRITERS }, () => {});
  const before = process.threadCpuUsage();
  const times: number[] = [];
  await writeBy(idle, { records: RECORDS, writers: WARM_UP_WRITERS }, (took) => times.push(took));
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / RECORDS;
}

async function row(name: string, write: Parameters<typeof timed>[1]): Promise<void> {
  const path = join(directory, 'written.db');
  const before = syncTimes();
  const { perSecond, times, syncs } = await timed(path, write);
  const alone = inOrder([...before, ...syncTimes()]);
  const [p99, sync] = [at(times, 0.99), at(alone, 0.99)];
  const own = [ms(at(syncs, 0.5)), ms(at(syncs, 0.99))];
  const cells = [Math.round(perSecond), ms(at(times, 0.5)), ms(p99), ...own, ms(at(alone, 0.5)), ms(sync)];
  print(`| ${name} | ${cells.join(' | ')} | ${(p99 / sync).toFixed(1)} |`);
  remove(path);
}

function remove(path: string): void {
  for (const end of ['', '.lock', '.key', '.key.pub', '.found']) rmSync(`${path}${end}`, { force: true });
}

async function main(): Promise<void> {
  print(
    '| durable records | records/s | p50 | p99 | of which sync p50 | p99 | fdatasync alone p50 | p99 | p99 ÷ p99 |',
  );
  print('|---|---|---|---|---|---|---|---|---|');
  for (const writers of WRITERS)
    await row(`${writers} writers that wait`, (log, took) =>
      writeBy(log, { records: RECORDS, writers }, took),
    );
  for (const rate of OFFERED) await row(`${rate} offered a second`, (log, took) => offerAt(rate, log, took));
  print(`\nof the thread of the log, this bench takes ${(await clientMicros()).toFixed(1)} µs a record`);
  const path = join(directory, 'verified.db');
  const { log } = timedLog(path);
  await writeBy(log, { records: VERIFIED_RECORDS, writers: 512 }, () => {});
  log.close();
  const bytes = statSync(path).size;
  print(`a record: ${Math.round(bytes / VERIFIED_RECORDS)} bytes, tree, indexes and commitments included`);
  const [started, used] = [performance.now(), process.cpuUsage()];
  const { ok } = await verifyLogs({ paths: [path] });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(used);
  print(
    `verify: ${Math.round(VERIFIED_RECORDS / seconds)} records/s on ${availableParallelism()} cores, ${((user + system) / VERIFIED_RECORDS).toFixed(1)} µs of processor each, ${ok ? 'whole' : 'NOT WHOLE'}`,
  );
  remove(path);
  proofs();
}

/** The leaves are hashes of nothing in particular: what a proof costs does not depend on what was hashed. */
function proofs(): void {
  const path = join(directory, 'large.db');
  const root = largeTree(path, LARGE);
  const database = openForReading(path);
  const times = Array.from({ length: PROOFS }, (_, n) => {
    const seq = (n * 7_919_993) % LARGE;
    const begun = performance.now();
    const tree = storedTree(database);
    const proof = inclusionProof(seq, LARGE, tree.nodeAt);
    const took = performance.now() - begun;
    if (provenRoot(seq, LARGE, tree.hashAt(0, seq), proof) !== root)
      throw new Error(`the proof of ${seq} is wrong`);
    return took;
  });
  database.close();
  const sorted = inOrder(times);
  print(`proof of one record in ${LARGE}: p50 ${ms(at(sorted, 0.5))}, p99 ${ms(at(sorted, 0.99))}`);
}

try {
  await main();
} finally {
  rmSync(directory, { recursive: true });
}
