// SPDX-License-Identifier: Apache-2.0
/** A thread for one piece of work on a log's past, so that whoever writes the log does nothing else meanwhile. */
import { setPriority } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { asFault, Fault, type FaultCode } from '../errors.ts';
import { planSegment, type Sealed, type SegmentPlan, type Stretch, writeSegment } from './segments.ts';
import { threadFile } from './thread-file.ts';
import { verifySegments } from './verify-segments.ts';

type Work =
  | ({ kind: 'plan' } & Stretch)
  | ({ kind: 'seal' } & Sealed)
  | { kind: 'verify'; logPath: string; segments: readonly string[] };

/** What is planned; the digest of the file that was written; up to where the segments allow to take records out. */
type Result<W extends Work> = W extends { kind: 'plan' }
  ? SegmentPlan
  : W extends { kind: 'seal' }
    ? string
    : number;

type Answer = { result: unknown } | { fault: { code: FaultCode; message: string } };

const TASK = 'tracegate audit keeping';
/** Nobody waits for it who has a record to write. */
const NICE = 10;

/** Throws the Fault that the work ended with. */
export function keepInThread<W extends Work>(work: W): Promise<Result<W>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(threadFile('audit/keeping-thread'), { workerData: { task: TASK, work } });
    worker.once('message', (answer: Answer) => {
      if ('fault' in answer) reject(new Fault(answer.fault.code, answer.fault.message));
      else resolve(answer.result as Result<W>);
    });
    worker.once('error', (cause) => reject(asFault(cause)));
    worker.once('exit', (code) =>
      reject(new Fault('internal', `the thread that keeps the log ended with ${code}`)),
    );
  });
}

async function done(work: Work): Promise<Answer> {
  try {
    switch (work.kind) {
      case 'plan':
        return { result: planSegment(work) };
      case 'seal':
        return { result: await writeSegment(work) };
      case 'verify':
        return { result: await verifySegments(work) };
    }
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    return { fault: { code, message } };
  }
}

if (!isMainThread && workerData?.task === TASK) {
  setPriority(NICE); // of this thread only: on Linux that is what the call means
  parentPort?.postMessage(await done(workerData.work as Work));
}
