// SPDX-License-Identifier: Apache-2.0
/** A closed loop of HTTPS requests over kept connections, and the CPU a process took meanwhile. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Case } from './policy.ts';

const TICKS_PER_SECOND = 100;

/** User and system time of a process and its threads, in microseconds. */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6;
}

export interface Server {
  name: string;
  pid: number;
  url: string;
  bodyOf(one: Case): string;
  /** throws when an answer is not what it should be */
  check(one: Case, answer: string): void;
}

/** One server asked about one case. */
export interface Target {
  pid: number;
  url: string;
  body: string;
  check(answer: string): void;
}

export const targetOf = (server: Server, one: Case): Target => ({
  ...{ pid: server.pid, url: server.url, body: server.bodyOf(one) },
  check: (answer) => server.check(one, answer),
});

export interface Slice {
  requests: number;
  cpuUsPerRequest: number;
  p50Us: number;
  p99Us: number;
}

/** Asks once on a kept connection and resolves with the answer's text. */
export function ask(agent: Agent, { url, body }: Pick<Target, 'url' | 'body'>): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export const connections = (count: number): Agent =>
  new Agent({ keepAlive: true, maxSockets: count, rejectUnauthorized: false });

/** Keeps `concurrency` requests under way for `durationMs`. */
export async function slice(
  agent: Agent,
  target: Target,
  concurrency: number,
  durationMs: number,
): Promise<Slice> {
  const latencies: number[] = [];
  const before = cpuUs(target.pid);
  const end = performance.now() + durationMs;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const started = performance.now();
      const answer = await ask(agent, target);
      latencies.push((performance.now() - started) * 1000);
      if (latencies.length % 101 === 1) target.check(answer);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const used = cpuUs(target.pid) - before;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    requests: latencies.length,
    cpuUsPerRequest: used / latencies.length,
    p50Us: at(0.5),
    p99Us: at(0.99),
  };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
