// SPDX-License-Identifier: Apache-2.0
/**
 * A large database read by as many threads as there are cores, this one among them: each takes the next stretch of pages
 * that nobody has and hashes it on its own, so that a core which others use holds nothing up.
 */
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { LogSource, Page } from './log-source.ts';
import { HASH_DIGITS, leafHash } from './merkle.ts';
import { damageFindings, type Finding, RangePass, type RangeScan, type RangeStart } from './scan.ts';
import { databaseSource, isDatabase } from './source.ts';
import { threadFile } from './thread-file.ts';
import { TILE_WIDTH } from './tiles.ts';

/** Below this a thread costs more to start than it saves. */
const THREADS_FROM_RECORDS = 50_000;
/** Short, so that no thread is left with the last one for long. */
const STRETCH_RECORDS = 16 * TILE_WIDTH;
const TASK = 'tracegate audit scan';

/** One log as all its threads read it. */
interface Job {
  path: string;
  start: RangeStart;
  size: number;
  /** how many stretches were taken */
  taken: Int32Array;
  /** also look for what the database engine finds wrong with the file: one long task, for a thread that nobody asks anything */
  damage?: boolean;
}

/** The stretches one thread read, by their number, and what the database engine's own check found if that was its to do. */
interface Done {
  scans: [number, RangeScan][];
  damage: Finding[];
}

/** The scans of all stretches in order; undefined where one pass on this thread is the better way. */
export async function scanByThreads(source: LogSource, start: RangeStart): Promise<RangeScan[] | undefined> {
  const threads = availableParallelism();
  const { size, name: path } = source;
  if (size === undefined || size < THREADS_FROM_RECORDS || threads < 2 || !isDatabase(path)) return undefined;
  const job: Job = { path, start, size, taken: new Int32Array(new SharedArrayBuffer(4)) };
  const others = Array.from({ length: threads - 1 }, (_, at) => inThread({ ...job, damage: at === 0 }));
  const all = await Promise.all([...others, share(job, source)]);
  const scans = all.flatMap((done) => done.scans).toSorted(([a], [b]) => a - b);
  const [first, ...rest] = scans.map(([, scan]) => scan);
  if (first === undefined) return undefined;
  return [{ ...first, findings: [...all.flatMap(({ damage }) => damage), ...first.findings] }, ...rest];
}

/** Takes stretches until there are none. */
async function share(job: Job, source: LogSource): Promise<Done> {
  const done: Done = { scans: [], damage: job.damage ? damageFindings(source) : [] };
  const count = Math.ceil(job.size / STRETCH_RECORDS);
  const next = (): number => Atomics.add(job.taken, 0, 1);
  for (let at = next(); at < count; at = next()) {
    done.scans.push([at, stretch(job, source, at)]);
    await turn();
  }
  return done;
}

function stretch({ start, size }: Job, source: LogSource, at: number): RangeScan {
  const seq = at * STRETCH_RECORDS;
  const to = Math.min(size, seq + STRETCH_RECORDS);
  const pass = new RangePass(at === 0 ? start : { ...start, seq, ...before(source, seq) }, source);
  for (const page of source.pages(at === 0 ? undefined : seq, to) as Iterable<Page>) pass.take(page);
  return pass.end(to);
}

/** What the pass before this one ended with. */
function before(source: LogSource, seq: number): Pick<RangeStart, 'prev' | 'before'> {
  const bytes = source.bytes?.(seq - 1);
  return bytes === undefined
    ? { prev: source.leaves?.(seq / TILE_WIDTH - 1)?.slice(-HASH_DIGITS) }
    : { prev: leafHash(bytes), before: bytes };
}

function inThread(job: Job): Promise<Done> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(threadFile('audit/scan-threads'), { workerData: { task: TASK, job } });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread that reads the log ended with ${code}`)));
  });
}

async function shareInThread(job: Job): Promise<Done> {
  const source = databaseSource(job.path);
  try {
    return await share(job, source);
  } finally {
    source.close();
  }
}

if (!isMainThread && workerData?.task === TASK)
  parentPort?.postMessage(await shareInThread(workerData.job as Job));
