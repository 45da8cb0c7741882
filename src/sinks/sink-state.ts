// SPDX-License-Identifier: Apache-2.0
/** What a sink keeps across restarts, one small file each: how far it has come, and how it goes. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../errors.ts';

export interface SinkState<P = unknown> {
  /** the last that is known to have been taken; absent: nothing has been yet */
  position?: P;
  delivered: number;
  /** messages the receiver would not take, laid aside */
  laidAside: number;
  error?: string;
  /** since when it does not get on */
  errorSince?: string;
  /** when this was written */
  at: string;
}

export function readSinkState(path: string): SinkState {
  if (!existsSync(path)) return { delivered: 0, laidAside: 0, at: new Date().toISOString() };
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SinkState;
  } catch (cause) {
    const fix = 'remove it, and everything is sent once more';
    throw new Fault('unreadable', `${path} does not say how far its sink has come: ${fix}`, { cause });
  }
}

/** The old one or the new one is there, whole, whatever happens. */
export function writeSinkState(path: string, state: SinkState): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.new`;
  const fd = openSync(fresh, 'w', 0o600);
  try {
    writeSync(fd, `${JSON.stringify(state)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, path);
}

/** Sinks and what they tell, by their files. */
export function sinkStatesIn(folder: string): { name: string; feed: string; path: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((file) => {
      const [name = '', feed = ''] = basename(file, '.json').split('.');
      return { name, feed, path: join(folder, file) };
    });
}

export function sinkStatePath(folder: string, { name, feed }: { name: string; feed: string }): string {
  return join(folder, `${name}.${feed}.json`);
}
