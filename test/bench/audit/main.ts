// SPDX-License-Identifier: Apache-2.0
/**
 * npm run bench -- audit: how fast records become durable, beside what this disk takes for a sync; how fast a log is
 * verified; what a proof and a record cost. The log lies in the temporary folder; TMPDIR says which disk that is.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForReading, storedTree } from '../../../src/audit/database.ts';
import { openAuditLog, provenRoot, verifyLogs } from '../../../src/audit/index.ts';
import { inclusionProof } from '../../../src/audit/merkle.ts';
import { largeTree } from './large-tree.ts';

const RECORDS = 200_000;
const WRITERS = [64, 128, 256];
const VERIFIED_RECORDS = 600_000;
const LARGE = 10_000_128;
const PROOFS = 300;

const directory = mkdtempSync(join(tmpdir(), 'tracegate-bench-audit-'));
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const at = (sorted: number[], share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
const inOrder = (values: number[]): number[] => values.toSorted((a, b) => a - b);
const ms = (value: number): string => `${value.toFixed(2)} ms`;

/** What a gate writes most: a decision with a few findings. */
const entry = (n: number) => ({
  type: 'decision',
  object: `policy-${n % 100}`,
  actor: { user: `user-${n % 50}@example.org`, groups: ['dev', 'platform'], door: 'api' },
  body: {
    decision: {
      ...{ id: `${n}-0123-4567-89ab`, allowed: n % 3 !== 0 },
      findings: [
        {
          rule: 'TPG-101',
          severity: 'warn',
          path: '/spec/kprobes/0',
          message: 'a hot hook without a filter',
        },
      ],
      rules: { digest: `sha256:${'a'.repeat(64)}`, total: 90 },
    },
    inputDigest: `sha256:${'b'.repeat(64)}`,
  },
});

function syncTimes(): number[] {
  const file = openSync(join(directory, 'sync'), 'w');
  const bytes = Buffer.alloc(64 * 1024, 1);
  const times = Array.from({ length: 500 }, () => {
    writeSync(file, bytes);
    const started = performance.now();
    fdatasyncSync(file);
    return performance.now() - started;
  });
  closeSync(file);
  return inOrder(times);
}

async function written(path: string, records: number, writers: number) {
  const log = openAuditLog({ path, keyPath: `${path}.key`, kind: 'gate' });
  const times: number[] = [];
  let next = 0;
  const started = performance.now();
  const write = async (): Promise<void> => {
    while (next < records) {
      const begun = performance.now();
      await log.appendSoon([entry(next++)]);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  const seconds = (performance.now() - started) / 1000;
  log.close();
  return { perSecond: records / seconds, times: inOrder(times) };
}

function remove(path: string): void {
  for (const end of ['', '.lock', '.key', '.key.pub']) rmSync(`${path}${end}`, { force: true });
}

async function main(): Promise<void> {
  print(
    '| durable records, written at the same time by | records/s | p50 | p99 | fdatasync p99 | p99 ÷ that |',
  );
  print('|---|---|---|---|---|---|');
  for (const writers of WRITERS) {
    const path = join(directory, `${writers}.db`);
    const before = syncTimes();
    const { perSecond, times } = await written(path, RECORDS, writers);
    const sync = at(inOrder([...before, ...syncTimes()]), 0.99);
    const p99 = at(times, 0.99);
    const cells = [
      writers,
      Math.round(perSecond),
      ms(at(times, 0.5)),
      ms(p99),
      ms(sync),
      (p99 / sync).toFixed(1),
    ];
    print(`| ${cells.join(' | ')} |`);
    remove(path);
  }
  const path = join(directory, 'verified.db');
  await written(path, VERIFIED_RECORDS, 512);
  const bytes = statSync(path).size;
  print(`\na record: ${Math.round(bytes / VERIFIED_RECORDS)} bytes, tree, indexes and commitments included`);
  const started = performance.now();
  const { ok } = await verifyLogs({ paths: [path] });
  const seconds = (performance.now() - started) / 1000;
  print(
    `verify: ${Math.round(VERIFIED_RECORDS / seconds)} records/s on ${availableParallelism()} cores, ${ok ? 'whole' : 'NOT WHOLE'}`,
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
