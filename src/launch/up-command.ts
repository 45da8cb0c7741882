// SPDX-License-Identifier: Apache-2.0
/** `tracegate up`: gate and agent on this host, in the foreground; as root, each with no more than it needs. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandDeps, command, EXIT } from '../cli/index.ts';
import { type Config, packageRoot, statePaths } from '../config/index.ts';
import { asFault, Fault } from '../errors.ts';
import { HOST_ALONE, type HostFacts } from '../model/facts.ts';
import type { Suspension } from '../model/suspension.ts';
import { agentClient } from '../service/index.ts';
import { type Child, startChild, stopChild, untilReady } from './children.ts';
import memory from './memory.json' with { type: 'json' };
import { type OrdinaryUser, ordinaryUser } from './ordinary-user.ts';
import { privateNode } from './private-node.ts';
import { screen } from './screen.ts';
import { untilStopped } from './signals.ts';
import { prepareStateDir } from './state-dir.ts';

/** A slow machine that is busy takes a minute. */
const READY_MS = 120_000;
const RESTARTS_PER_MINUTE_MAX = 5;
const RESTART_DELAY_MS = 500;

/** A child and how to start another like it. */
interface Started {
  child: Child;
  start: () => Child;
}

// memory.json, which bin/tracegate.mjs goes by too: a bound for what lives shortly, where Node takes up to 128 MB; one arena
// of malloc for all threads, and blocks of 128 KB and more given back when they are freed; idle-memory.ts for --expose-gc
const ROOT_LINE = 'sudo npx tracegate agent';
/** uid 0 without a single capability: what is left when no ordinary user can reach the checkout. */
const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];

interface GateUser {
  shown: string;
  user?: OrdinaryUser;
  prefix: string[];
}

function gateUser(main: string): GateUser {
  if (process.getuid?.() !== 0) return { shown: 'you', prefix: [] };
  const found = ordinaryUser([process.execPath, main]);
  if ('uid' in found) return { shown: found.name, user: found, prefix: [] };
  return { shown: `root without capabilities (${found.reason})`, prefix: WITHOUT_CAPABILITIES };
}

/** What was written beside the command, before it or behind: gate and agent are told the same. */
export function optionsBeside(command: string, args: readonly string[]): string[] {
  const at = args[0] === command ? 0 : args.lastIndexOf(command);
  return args.filter((_, i) => i !== at);
}

function startGate(config: Config, main: string, forwarded: string[], who: GateUser): Child {
  const [command = process.execPath, ...rest] = [
    ...who.prefix,
    process.execPath,
    ...process.execArgv,
    ...memory.gate.node,
    main,
    'gate',
    ...forwarded,
  ];
  return startChild({
    name: 'gate',
    command,
    args: rest,
    logFile: join(config.stateDir, 'gate.log'),
    env: memory.gate.env,
    ...(who.user && { user: who.user }),
  });
}

function agentStarter(config: Config, main: string, forwarded: string[]): (() => Child) | string {
  if (process.getuid?.() !== 0)
    return `loading eBPF programs needs root (CAP_BPF, CAP_PERFMON): ${ROOT_LINE}`;
  if (!existsSync(join(packageRoot(), 'build/tracegate_bpf.node')))
    return 'the eBPF addon is not built: the set-up says what it needs';
  const node = privateNode(dirname(statePaths(config.stateDir).agentAudit));
  return () =>
    startChild({
      name: 'agent',
      command: node,
      args: [...process.execArgv, ...memory.agent.node, main, 'agent', ...forwarded],
      logFile: join(config.stateDir, 'agent.log'),
      env: memory.agent.env,
    });
}

/** What the screen says of the host. */
interface HostShown {
  facts: HostFacts | undefined;
  suspensions: readonly Suspension[];
  agentProblem?: string;
}

async function agentFacts(agent: Child | string, socketPath: string): Promise<HostShown> {
  const nothing = { facts: undefined, suspensions: [] };
  if (typeof agent === 'string') return { ...nothing, agentProblem: agent };
  try {
    await untilReady(agent, () => existsSync(socketPath), READY_MS);
    const client = agentClient({ socketPath });
    const facts = await client.facts(HOST_ALONE);
    return { facts, suspensions: await client.listSuspensions() };
  } catch (thrown) {
    return { ...nothing, agentProblem: asFault(thrown).message };
  }
}

async function bringUp(deps: CommandDeps, children: Started[]): Promise<void> {
  const { config } = deps.loaded;
  const paths = statePaths(config.stateDir);
  const main = process.argv[1] as string;
  const forwarded = optionsBeside('up', process.argv.slice(2));
  const who = gateUser(main);
  prepareStateDir(config.stateDir, who.user);
  const socketPath = config.agent.socket ?? paths.agentSocket;
  for (const stale of [paths.listenFile, socketPath]) rmSync(stale, { force: true });
  const begin = (start: () => Child): Child => {
    const child = start();
    children.push({ child, start });
    return child;
  };
  const starter = agentStarter(config, main, forwarded);
  const agent = typeof starter === 'string' ? starter : begin(starter);
  const gate = begin(() => startGate(config, main, forwarded, who));
  const [host] = await Promise.all([
    agentFacts(agent, socketPath),
    untilReady(gate, () => existsSync(paths.listenFile), READY_MS),
  ]);
  const { url } = JSON.parse(readFileSync(paths.listenFile, 'utf8')) as { url: string };
  await deps.out.raw(
    screen({
      url,
      tokenFile: paths.adminToken,
      stateDir: config.stateDir,
      gateUser: who.shown,
      profile: config.profile,
      command: 'npx tracegate',
      ...host,
    }),
  );
}

/** Keeps a child running: one that ends on its own is started again, at most so often a minute. */
async function supervise(
  first: Child,
  again: () => Child,
  stopped: Promise<void>,
  say: (words: string) => void,
): Promise<Child> {
  const starts: number[] = [];
  for (let child = first; ; child = again()) {
    const ended = await Promise.race([child.ended, stopped]);
    if (ended === undefined) return child;
    starts.push(Date.now());
    const recent = starts.filter((at) => at > Date.now() - 60_000).length;
    if (recent > RESTARTS_PER_MINUTE_MAX)
      throw new Fault(
        'internal',
        `the ${child.name} ended ${recent} times within a minute: see ${child.logFile}`,
      );
    say(`the ${child.name} has ended ${ended}: starting it again; what is enforced stays enforced`);
    await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY_MS));
  }
}

export const upCommand = command({
  words: ['up'],
  about: 'starts gate and agent on this host and stays in the foreground',
  async run(_options, deps) {
    const children: Started[] = [];
    const stopped = untilStopped(deps.io.signal);
    try {
      await Promise.race([bringUp(deps, children), stopped]);
      await Promise.all(
        children.map(async (started) => {
          started.child = await supervise(
            started.child,
            () => {
              started.child = started.start();
              return started.child;
            },
            stopped,
            deps.out.say,
          );
        }),
      );
      return EXIT.done;
    } finally {
      await Promise.all(children.map(({ child }) => stopChild(child)));
    }
  },
});
