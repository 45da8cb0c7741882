// SPDX-License-Identifier: Apache-2.0
/** The commands of the README and what it says they print, and terminals that a person might type them into. */
import { type ChildProcess, spawn } from 'node:child_process';
import { hostname } from 'node:os';

export interface Step {
  command: string;
  /** the lines printed under it in the README */
  printed: string[];
}

/** Every ```console block: `$ ` begins a command, what follows is its output. */
export function stepsOf(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, body]) => body ?? '');
  const steps: Step[] = [];
  for (const line of blocks.flatMap((body) => body.split('\n').slice(0, -1))) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), printed: [] });
    else if (line !== '') steps.at(-1)?.printed.push(line);
  }
  return steps;
}

/** The name of the host the README was written on. */
const SHOWN_HOST = 'vm';

/** A line without what differs from run to run and host to host: numbers, digests, times, kernel, host name, gate's user. */
export function lasting(line: string): string {
  return line
    .replace(/\b[0-9a-f]{12,}\b/g, '#')
    .replace(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, '#')
    .replace(/This kernel \(.*\):/, 'This kernel (#):')
    .replace(/gate runs as .*?( {2,}|$)/, 'gate runs as # ') // root without capabilities where no other user may enter the checkout
    .replace(new RegExp(`\\b(${SHOWN_HOST}|${RegExp.escape(hostname())})\\b`, 'g'), '@')
    .replace(/\d+/g, '#')
    .replace(/ +/g, ' ')
    .trim();
}

const ENOUGH_MS = 120_000;

export interface Terminal {
  readonly printed: string;
  /** Ctrl-C */
  close(): void;
}

/** A terminal of its own for a command that stays. */
export function openTerminal(command: string, env: NodeJS.ProcessEnv, cwd: string): Terminal {
  const shell = spawnShell(command, env, cwd, true);
  const terminal = { printed: '', close: () => void process.kill(-(shell.pid as number), 'SIGINT') };
  shell.stdout?.setEncoding('utf8').on('data', (chunk) => {
    terminal.printed += chunk;
  });
  return terminal;
}

/** Types the commands into one bash; all that was printed. */
export function typeInto(commands: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  const shell = spawnShell(commands.join('\n'), env, cwd, false);
  let printed = '';
  shell.stdout?.setEncoding('utf8').on('data', (chunk) => {
    printed += chunk;
  });
  return new Promise((resolve) => shell.once('close', () => resolve(printed)));
}

function spawnShell(script: string, env: NodeJS.ProcessEnv, cwd: string, detached: boolean): ChildProcess {
  return spawn('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd,
    env,
    detached,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(detached ? {} : { timeout: ENOUGH_MS }),
  });
}
