// SPDX-License-Identifier: Apache-2.0
/** The processes `up` starts, each with a log of its own, ended together. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';
import type { OrdinaryUser } from './ordinary-user.ts';

export interface Child {
  name: string;
  logFile: string;
  process: ChildProcess;
  /** How: `with status 1`, `by SIGKILL`. */
  ended: Promise<string>;
}

export interface ChildSpec {
  name: string;
  command: string;
  args: string[];
  logFile: string;
  /** beside what this process has; what it has of the same names stays */
  env: Record<string, string>;
  user?: OrdinaryUser;
}

const POLL_MS = 20;
const STOP_MS = 10_000;

export function startChild({ name, command, args, logFile, env, user }: ChildSpec): Child {
  const log = openSync(logFile, 'a', 0o600);
  const process_ = spawn(command, args, {
    stdio: ['ignore', log, log],
    env: { ...env, ...process.env },
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  const ended = new Promise<string>((resolve) => {
    process_.once('error', ({ message }) => resolve(`before it began: ${message}`));
    process_.once('exit', (code, signal) => resolve(signal ? `by ${signal}` : `with status ${code}`));
  });
  return { name, logFile, process: process_, ended };
}

function lastWords(child: Child): string {
  return readFileSync(child.logFile, 'utf8').trim().split('\n').slice(-3).join(' | ');
}

/** Waits until `ready` says so; throws with the child's last words when it ends before, or takes too long. */
export async function untilReady(child: Child, ready: () => boolean, limitMs: number): Promise<void> {
  let how: string | undefined;
  child.ended.then((end) => {
    how = end;
  });
  for (const deadline = Date.now() + limitMs; !ready(); ) {
    if (how !== undefined)
      throw new Fault('internal', `the ${child.name} ended at once ${how}: ${lastWords(child)}`);
    if (Date.now() > deadline)
      throw new Fault(
        'internal',
        `the ${child.name} is not ready after ${limitMs / 1000} s: see ${child.logFile}`,
      );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function stopChild(child: Child): Promise<void> {
  if (child.process.exitCode !== null || child.process.signalCode !== null) return;
  child.process.kill('SIGTERM');
  const timer = setTimeout(() => child.process.kill('SIGKILL'), STOP_MS);
  await child.ended;
  clearTimeout(timer);
}
