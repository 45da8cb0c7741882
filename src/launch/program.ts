// SPDX-License-Identifier: Apache-2.0
/** Picks gate, agent or CLI. The only file that touches the process: arguments, streams, exit code. */
import { runCli } from '../cli/index.ts';
import { agentCommand } from './agent-command.ts';
import { gateCommand } from './gate-command.ts';
import { upCommand } from './up-command.ts';

export async function run(): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await runCli(
    process.argv.slice(2),
    { stdin, stdout, stderr, env, cwd: process.cwd(), signal: interrupted.signal },
    { commands: [upCommand, gateCommand, agentCommand] },
  );
}
