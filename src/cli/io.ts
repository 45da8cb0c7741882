// SPDX-License-Identifier: Apache-2.0
/** The streams a command talks to: data on stdout, words on stderr. */
import type { Readable, Writable } from 'node:stream';
import { oneLine, printable, printableJson } from './printable.ts';

export interface Io {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** aborts when the user interrupts */
  signal?: AbortSignal;
}

/** Nobody reads stdout any more: not an error, the command just ends. */
export class ReaderGone extends Error {}

export interface Output {
  /** a line of data */
  line(text: string): Promise<void>;
  json(value: unknown): Promise<void>;
  /** data as it is, already safe to show */
  raw(text: string): Promise<void>;
  /** a line of words, for people */
  say(text: string): void;
  readonly colour: boolean;
}

export function outputOf(
  io: Io,
  { quiet = false, color = 'auto' }: { quiet?: boolean; color?: string },
): Output {
  const wanted = color === 'always' || (color === 'auto' && io.stdout.isTTY === true && !io.env.NO_COLOR);
  const raw = (text: string): Promise<void> => write(io.stdout, text);
  return {
    raw,
    line: (text) => raw(`${printable(text)}\n`),
    json: (value) => raw(`${printableJson(value)}\n`),
    say: (text) => {
      if (!quiet) io.stderr.write(`${oneLine(text)}\n`);
    },
    colour: wanted,
  };
}

/** Waits until the text is taken, so that a slow reader slows the command down instead of filling the memory. */
function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error) resolve();
      else reject((error as NodeJS.ErrnoException).code === 'EPIPE' ? new ReaderGone() : error);
    });
  });
}
