// SPDX-License-Identifier: Apache-2.0
/** `tracegate up`: gate and agent on this host, in the foreground; as root, each with no more than it needs. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command, type CommandDeps, EXIT } from '../cli/index.ts';
import { type Config, packageRoot, statePaths } from '../config/index.ts';
import { asFault } from '../errors.ts';
import type { HostFacts } from '../model/facts.ts';
import { agentClient } from '../service/index.ts';
import { type Child, startChild, stopChild, untilReady } from './children.ts';
import { type OrdinaryUser, ordinaryUser } from './ordinary-user.ts';
import { privateNode } from './private-node.ts';
import { screen } from './screen.ts';
import { untilStopped } from './signals.ts';
import { prepareStateDir } from './state-dir.ts';

const READY_MS = 60_000;
const ROOT_LINE = 'sudo npx tracegate agent';
/** uid 0 without a single capability: what is left when no ordinary user can reach the checkout. */
const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];

interface GateUser { shown: string; user?: OrdinaryUser; prefix: string[] }

function gateUser(main: string): GateUser {
  if (process.getuid?.() !== 0) return { shown: 'you', prefix: [] };
  const found = ordinaryUser([process.execPath, main]);
  if ('uid' in found) return { shown: found.name, user: found, prefix: [] };
  return { shown: `root without capabilities (${found.reason})`, prefix: WITHOUT_CAPABILITIES };
}

function startGate(config: Config, main: string, forwarded: string[], who: GateUser): Child {
  const [command = process.execPath, ...rest] = [...who.prefix, process.execPath, ...process.execArgv, main, 'gate', ...forwarded];
  return startChild({ name: 'gate', command, args: rest, logFile: join(config.stateDir, 'gate.log'), ...(who.user && { user: who.user }) });
}

function startAgent(config: Config, main: string, forwarded: string[]): Child | string {
  if (process.getuid?.() !== 0) return `loading eBPF programs needs root (CAP_BPF, CAP_PERFMON): ${ROOT_LINE}`;
  if (!existsSync(join(packageRoot(), 'build/tracegate_bpf.node'))) return 'the eBPF addon is not built: the set-up says what it needs';
  const node = privateNode(dirname(statePaths(config.stateDir).agentAudit));
  return startChild({ name: 'agent', command: node, args: [...process.execArgv, main, 'agent', ...forwarded], logFile: join(config.stateDir, 'agent.log') });
}

async function agentFacts(agent: Child | string, socketPath: string): Promise<HostFacts | string> {
  if (typeof agent === 'string') return agent;
  try {
    await untilReady(agent, () => existsSync(socketPath), READY_MS);
    return await agentClient({ socketPath }).facts({ functions: [], tracepoints: [], rawTracepoints: [], syscalls: [] });
  } catch (thrown) {
    return asFault(thrown).message;
  }
}

async function bringUp(deps: CommandDeps, children: Child[]): Promise<void> {
  const { config } = deps.loaded;
  const paths = statePaths(config.stateDir);
  const main = process.argv[1] as string;
  const forwarded = process.argv.slice(3);
  const who = gateUser(main);
  prepareStateDir(config.stateDir, who.user);
  const socketPath = config.agent.socket ?? paths.agentSocket;
  for (const stale of [paths.listenFile, socketPath]) rmSync(stale, { force: true });
  const agent = startAgent(config, main, forwarded);
  if (typeof agent !== 'string') children.push(agent);
  const gate = startGate(config, main, forwarded, who);
  children.push(gate);
  const [facts] = await Promise.all([agentFacts(agent, socketPath), untilReady(gate, () => existsSync(paths.listenFile), READY_MS)]);
  const { url } = JSON.parse(readFileSync(paths.listenFile, 'utf8')) as { url: string };
  await deps.out.raw(screen({
    url, tokenFile: paths.adminToken, stateDir: config.stateDir, gateUser: who.shown, profile: config.profile, command: 'npx tracegate',
    ...(typeof facts === 'string' ? { facts: undefined, agentProblem: facts } : { facts }),
  }));
}

export const upCommand = command({
  words: ['up'],
  about: 'starts gate and agent on this host and stays in the foreground',
  async run(_options, deps) {
    const children: Child[] = [];
    try {
      await bringUp(deps, children);
      const died = Promise.race(children.map(async (c) => { await c.ended; return c; }));
      const first = await Promise.race([untilStopped(deps.io.signal), died]);
      if (first) deps.out.say(`the ${first.name} has ended: see ${first.logFile}`);
      return first ? EXIT.failed : EXIT.done;
    } finally {
      await Promise.all(children.map(stopChild));
    }
  },
});
