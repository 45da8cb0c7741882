// SPDX-License-Identifier: Apache-2.0
/** A large database read by a thread for each core: every one takes some of the pages and hashes them on its own. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { LogSource } from './log-source.ts';
import { leafHash } from './merkle.ts';
import { damageFindings, RangePass, type RangeScan, type RangeStart } from './scan.ts';
import { databaseSource, isDatabase } from './source.ts';
import { threadFile } from './thread-file.ts';
import { TILE_WIDTH } from './tiles.ts';

/** Below this a thread costs more to start than it saves. */
const THREADS_FROM_RECORDS = 50_000;
const TASK = 'tracegate audit scan';

interface Part {
  path: string;
  /** look for what the database engine finds wrong with the file instead */
  damage?: boolean;
  start: RangeStart;
  to: number;
}

/** The scans of all parts in order; undefined where one pass on this thread is the better way. */
export async function scanByThreads(source: LogSource, start: RangeStart): Promise<RangeScan[] | undefined> {
  const threads = availableParallelism();
  const { size } = source;
  if (size === undefined || size < THREADS_FROM_RECORDS || threads < 2 || !isDatabase(source.name))
    return undefined;
  const pages = Math.ceil(size / TILE_WIDTH / threads);
  const parts: Part[] = [];
  for (let seq = 0; seq < size; seq += pages * TILE_WIDTH) {
    const begin = seq === 0 ? start : { ...start, seq, prev: leafBefore(source, seq) };
    parts.push({ path: source.name, start: begin, to: Math.min(size, seq + pages * TILE_WIDTH) });
  }
  const [damage, ...scans] = await Promise.all(
    [{ path: source.name, start, to: 0, damage: true }, ...parts].map(inThread),
  );
  scans[0]?.findings.unshift(...(damage?.findings ?? []));
  return scans;
}

function leafBefore(source: LogSource, seq: number): string | undefined {
  const position = seq / TILE_WIDTH - 1;
  const last = source.page(position).records.at(-1);
  return last?.seq === seq - 1 ? leafHash(last.bytes) : source.leaves?.(position)?.slice(-64);
}

function inThread(part: Part): Promise<RangeScan> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(threadFile('audit/scan-threads'), { workerData: { task: TASK, part } });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread that reads the log ended with ${code}`)));
  });
}

async function scanPart({ path, start, to, damage }: Part): Promise<RangeScan> {
  const source = databaseSource(path);
  try {
    const pass = new RangePass(start, source);
    if (damage) return damaged(pass.end(), source);
    for await (const page of source.pages(start.seq === 0 ? undefined : start.seq, to)) pass.take(page);
    return pass.end(to);
  } finally {
    source.close();
  }
}

function damaged(scan: RangeScan, source: LogSource): RangeScan {
  return { ...scan, findings: damageFindings(source) };
}

if (!isMainThread && workerData?.task === TASK)
  parentPort?.postMessage(await scanPart(workerData.part as Part));
