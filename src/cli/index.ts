// SPDX-License-Identifier: Apache-2.0
/** The command line: parse, run one command, answer with its exit code. Constructs nothing that needs privileges. */
import { userInfo } from 'node:os';
import { CommanderError } from 'commander';
import { loadConfig } from '../config/index.ts';
import { asFault, CATALOGUE, Fault } from '../errors.ts';
import { endpointOf } from './client/endpoint.ts';
import { gateClient } from './client/gate-client.ts';
import { type Command, type CommandDeps, EXIT } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { type Io, outputOf, ReaderGone } from './io.ts';
import { oneLine } from './printable.ts';
import { configFlags, type Parsed, parse } from './program.ts';

export { type Command, type CommandDeps, command, EXIT } from './command.ts';
export type { Io } from './io.ts';

export interface CliOptions {
  /** commands of other rooms (`up`, `gate`, `agent`), made where things are constructed */
  commands?: readonly Command[];
  now?: () => Date;
  user?: { name: string; uid: number };
}

/** Runs `tracegate ARGV…`; never throws, never exits the process itself. */
export async function runCli(argv: readonly string[], io: Io, options: CliOptions = {}): Promise<number> {
  try {
    return await run(argv, io, options);
  } catch (thrown) {
    return failure(thrown, io);
  } finally {
    // an open standard input would keep the process waiting for somebody who has nothing to say any more
    io.stdin.destroy();
  }
}

async function run(argv: readonly string[], io: Io, options: CliOptions): Promise<number> {
  // a reader that goes away is told by the write; without a listener the stream would throw it again
  for (const stream of [io.stdout, io.stderr]) stream.on('error', () => undefined);
  const streams = {
    out: (text: string) => void io.stdout.write(text),
    err: (text: string) => void io.stderr.write(text),
  };
  const parsed = await parse([...COMMANDS, ...(options.commands ?? [])], argv, streams);
  const code = await parsed.command.run(
    { ...parsed.options, ...common(parsed) },
    depsOf(parsed, io, options),
  );
  return io.signal?.aborted ? EXIT.interrupted : code;
}

function common({ args, options }: Parsed): { args: string[]; output: string } {
  return { args, output: String(options.output ?? '') };
}

function depsOf(
  { options }: Parsed,
  io: Io,
  { now = () => new Date(), user = osUser() }: CliOptions,
): CommandDeps {
  const loaded = loadConfig({
    flags: configFlags(options),
    env: io.env,
    cwd: io.cwd,
    ...(typeof options.config === 'string' ? { configFile: options.config } : {}),
  });
  const gate = gateClient(() => endpointOf(loaded.config));
  return {
    io,
    out: outputOf(io, { quiet: options.quiet === true, color: String(options.color) }),
    loaded,
    serverNamed: loaded.config.client.server !== undefined,
    gate: () => gate,
    now,
    user,
  };
}

function osUser(): { name: string; uid: number } {
  const uid = process.getuid?.() ?? -1;
  try {
    return { name: userInfo().username, uid };
  } catch {
    // a uid without a name, as in many containers
    return { name: `uid:${uid}`, uid };
  }
}

function failure(thrown: unknown, io: Io): number {
  if (thrown instanceof ReaderGone) return EXIT.done;
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (io.signal?.aborted) return EXIT.interrupted;
  const fault = thrown instanceof Fault ? thrown : asFault(thrown);
  io.stderr.write(`tracegate: ${oneLine(fault.message)}\n`);
  return CATALOGUE[fault.code].exit;
}
