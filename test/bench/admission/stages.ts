// SPDX-License-Identifier: Apache-2.0
/**
 * Where the CPU of a review goes, measured in the serving process: samples say which part of the program was at work,
 * and the clock of the thread says what that cost. Samples count time and not CPU, so what waits for the disk is
 * taken out of them and measured by itself, around every statement SQLite runs.
 */
import { Session } from 'node:inspector/promises';
import { StatementSync } from 'node:sqlite';
import { OTHERS, SQLITE, stageOf, WAITING } from './stage-names.ts';

export interface Spent {
  /** microseconds of CPU by stage */
  stages: Record<string, number>;
  /** what the kernel took of it, all stages together */
  kernelUs: number;
}

const SAMPLE_US = 500;

interface Usage {
  user: number;
  system: number;
}

const sum = ({ user, system }: Usage): number => user + system;

/** Of this thread. The kernel brings its books up to date for a question about the process, not for one about a thread. */
function threadUsage(): Usage {
  process.cpuUsage();
  return process.threadCpuUsage();
}

/** Measures from now until the returned function is called. */
export async function measureStages(): Promise<() => Promise<Spent>> {
  const sqlite = watchSqlite();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await session.post('Profiler.start');
  const [processBefore, threadBefore] = [process.cpuUsage(), threadUsage()];
  return async () => {
    const all = process.cpuUsage(processBefore);
    const threadUs = sum(threadUsage()) - sum(threadBefore);
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    const inSqlite = sqlite.stop();
    const shares = sharesOf(profile as Profile);
    const sampledUs = threadUs - inSqlite;
    const stages = Object.entries(shares).map(([stage, share]) => [stage, share * sampledUs]);
    return {
      stages: {
        ...Object.fromEntries(stages),
        [SQLITE]: inSqlite,
        [OTHERS]: Math.max(0, sum(all) - threadUs),
      },
      kernelUs: all.system,
    };
  };
}

/** Every statement under the thread's own clock, which stands still while the disk works. */
function watchSqlite(): { stop(): number } {
  const run = StatementSync.prototype.run as unknown as (...values: unknown[]) => unknown;
  let spentUs = 0;
  StatementSync.prototype.run = function runStatement(this: StatementSync, ...values: unknown[]) {
    const before = sum(threadUsage());
    try {
      return run.apply(this, values);
    } finally {
      spentUs += sum(threadUsage()) - before;
    }
  } as typeof StatementSync.prototype.run;
  return {
    stop() {
      StatementSync.prototype.run = run as typeof StatementSync.prototype.run;
      return spentUs;
    },
  };
}

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string };
  children?: number[];
  hitCount?: number;
}

interface Profile {
  nodes: ProfileNode[];
}

/** The share each stage has in the samples; a part nobody knows belongs to whoever called it. */
function sharesOf({ nodes }: Profile): Record<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const hits: Record<string, number> = {};
  const visit = (node: ProfileNode, caller?: string): void => {
    const stage = stageOf(node.callFrame, caller);
    if (stage !== WAITING && stage !== SQLITE) hits[stage] = (hits[stage] ?? 0) + (node.hitCount ?? 0);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) visit(child, stage);
    }
  };
  if (nodes[0] !== undefined) visit(nodes[0]);
  const total = Object.values(hits).reduce((all, one) => all + one, 0);
  return Object.fromEntries(Object.entries(hits).map(([stage, count]) => [stage, count / total]));
}
