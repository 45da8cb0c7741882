// SPDX-License-Identifier: Apache-2.0
/** A command: its words, its flag table, and what it does. Parsing, help and usage errors follow from the table. */
import type { LoadedConfig } from '../config/index.ts';
import type { GateClient } from './client/gate-client.ts';
import type { Io, Output } from './io.ts';

export interface ArgumentSpec {
  /** `<file...>`, `[name]` as commander writes them */
  syntax: string;
  about: string;
}

export interface OptionSpec {
  /** `-f, --file <file...>` */
  flags: string;
  about: string;
  choices?: readonly string[];
  fallback?: string;
}

/** `Options` is what the flag table yields, by the long flags' names in camelCase. */
export interface Command<Options = Record<string, unknown>> {
  /** `['policy', 'apply']` */
  words: readonly [string, ...string[]];
  about: string;
  args?: readonly ArgumentSpec[];
  options?: readonly OptionSpec[];
  /** what `-o` may be, the first by default; none: the command has no such choice */
  outputs?: readonly string[];
  /** what help says beside the tables, by the arguments that were given */
  helpAfter?(args: readonly string[]): string;
  run(options: Options & CommonOptions, deps: CommandDeps): Promise<number>;
}

export interface CommonOptions {
  /** the arguments, in order; a variadic one is spread */
  args: string[];
  output: string;
}

export interface CommandDeps {
  io: Io;
  out: Output;
  loaded: LoadedConfig;
  /** `--server` was given, or configured */
  serverNamed: boolean;
  /** looked for at its first call: a command that judges locally needs no gate */
  gate(): GateClient;
  now(): Date;
  /** who runs the command, as the operating system says */
  user: { name: string; uid: number };
}

/** Hides the type of the options, which only the flag table knows, from whoever keeps a list of commands. */
export function command<Options>(spec: Command<Options>): Command {
  return spec as unknown as Command;
}

export const EXIT = { done: 0, denied: 1, usage: 2, failed: 3, interrupted: 130 } as const;
