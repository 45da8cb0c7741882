// SPDX-License-Identifier: Apache-2.0
/**
 * `tracegate suspend` and `resume`: the switch for the night. The gate is asked where it answers; where it does not, the
 * agent on this host, so that a broken gate keeps nobody from it. When both are gone, tracegate-off is left.
 */
import { existsSync } from 'node:fs';
import { statePaths } from '../../config/index.ts';
import { asFault, Fault } from '../../errors.ts';
import type { AgentPort } from '../../model/agent-port.ts';
import { SUSPENSION_SECONDS_MAX, type Suspender, type Suspension } from '../../model/suspension.ts';
import { agentClient } from '../../service/index.ts';
import type { GateClient } from '../client/gate-client.ts';
import { type CommandDeps, command, EXIT } from '../command.ts';
import { durationSeconds } from '../duration.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf, titleOf } from './policy/place.ts';

interface SuspendOptions extends PlaceOptions {
  all?: boolean;
  for?: string;
  reason?: string;
}

const NAME = { syntax: '[name]', about: 'one policy; everything without a name' };
const ALL = { flags: '--all', about: 'everything: the same as no name' };

export const suspendCommand = command<SuspendOptions>({
  words: ['suspend'],
  about: 'deny and kill nothing for a while; events go on',
  args: [NAME],
  options: [
    ALL,
    NAMESPACE_OPTION,
    { flags: '--for <duration>', about: '30m, 2h, 1d: it ends by itself; without it, when resumed' },
    { flags: '--reason <text>', about: 'why: kept in both audit logs' },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const place = placeIn(options);
    const reason = options.reason?.trim() ?? '';
    if (reason === '') throw new Fault('usage', 'say why: --reason TEXT goes into the audit logs');
    const forSeconds = options.for === undefined ? undefined : secondsOf(options.for);
    const until = forSeconds === undefined ? {} : { forSeconds };
    const suspension = await askedFor(deps, {
      gate: (gate) => posted(gate, { ...place, ...until, reason }),
      agent: (agent, by) => agent.suspend({ ...keyOf(place), ...until, reason, by }),
    });
    if (options.output === 'json') await deps.out.json(suspension);
    else
      deps.out.say(
        `${wordsOf(suspension)}: nothing of it is denied or killed. \`${resumeLine(place)}\` ends it`,
      );
    return EXIT.done;
  },
});

export const resumeCommand = command<SuspendOptions>({
  words: ['resume'],
  about: 'end a suspension: what is loaded acts again',
  args: [NAME],
  options: [ALL, NAMESPACE_OPTION, { flags: '--reason <text>', about: 'why: kept in both audit logs' }],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const place = placeIn(options);
    const why = options.reason === undefined ? {} : { reason: options.reason };
    const suspension = await askedFor(deps, {
      gate: (gate) => deleted(gate, { policy: place.policy, namespace: place.namespace, ...why }),
      agent: (agent, by) => agent.resume({ ...keyOf(place), ...why, by }),
    });
    if (options.output === 'json') await deps.out.json(suspension);
    else deps.out.say(`${suspension.policy ?? 'everything'} acts again on ${suspension.host}`);
    return EXIT.done;
  },
});

interface Place {
  policy?: string;
  namespace?: string;
}

function placeIn({ args: [name], all, namespace }: SuspendOptions & { args: string[] }): Place {
  if (name === undefined && namespace === undefined) return {};
  if (name === undefined)
    throw new Fault('usage', '-n is of one policy: name it, or leave -n out for everything');
  if (all) throw new Fault('usage', `either ${name} or --all: say which`);
  pathOf(name, namespace); // refuses what can be no name
  return { policy: name, ...(namespace === undefined ? {} : { namespace }) };
}

function keyOf({ policy, namespace }: Place): { policy?: string } {
  return policy === undefined ? {} : { policy: titleOf({ name: policy, namespace }) };
}

function secondsOf(text: string): number {
  const seconds = durationSeconds(text, '--for');
  if (seconds <= SUSPENSION_SECONDS_MAX) return seconds;
  throw new Fault(
    'usage',
    `--for ${text} is longer than ${SUSPENSION_SECONDS_MAX / 86_400}d: disable or delete the policy instead`,
  );
}

async function posted(gate: GateClient, body: object): Promise<Suspension> {
  return (await gate.call<Suspension>({ method: 'POST', path: '/v1/suspensions', body })).body;
}

async function deleted(gate: GateClient, query: Record<string, string | undefined>): Promise<Suspension> {
  return (await gate.call<Suspension>({ method: 'DELETE', path: '/v1/suspensions', query })).body;
}

interface Doors {
  gate: (gate: GateClient) => Promise<Suspension>;
  agent: (agent: AgentPort, by: Suspender) => Promise<Suspension>;
}

/** A gate that was named is asked alone: it may be another host's. */
async function askedFor(deps: CommandDeps, doors: Doors): Promise<Suspension> {
  const { gate, serverNamed } = deps;
  try {
    return await doors.gate(gate());
  } catch (thrown) {
    const fault = asFault(thrown);
    if (serverNamed) throw fault;
    if (fault.code !== 'gate-away') throw withWayOut(fault, deps);
    return askedHere(deps, doors);
  }
}

async function askedHere(deps: CommandDeps, doors: Doors): Promise<Suspension> {
  const { loaded, out, user } = deps;
  const { stateDir, agent } = loaded.config;
  out.say('the gate does not answer: the agent on this host is asked itself');
  const client = agentClient({ socketPath: agent.socket ?? statePaths(stateDir).agentSocket });
  try {
    return await doors.agent(client, { user: user.name, groups: [], door: 'cli' });
  } catch (thrown) {
    throw withWayOut(asFault(thrown), deps);
  }
}

/** With no agent, or no log that takes a record, one way is left. */
function withWayOut(fault: Fault, { loaded }: CommandDeps): Fault {
  if (fault.code !== 'agent-away' && fault.code !== 'audit-unavailable') return fault;
  const { stateDir, agent } = loaded.config;
  const { wayOut } = statePaths(stateDir);
  const line = `${existsSync(wayOut) ? wayOut : 'tracegate-off'} --pins ${agent.pinDir}`;
  return new Fault(fault.code, `${fault.message}. As root, \`${line}\` suspends without any of it`, {
    cause: fault,
  });
}

function wordsOf({ policy, host, until }: Suspension): string {
  return `${policy ?? 'everything'} on ${host} is suspended ${until === undefined ? 'until it is resumed' : `until ${until}`}`;
}

function resumeLine({ policy, namespace }: Place): string {
  return ['tracegate resume', policy, namespace && `-n ${namespace}`].filter(Boolean).join(' ');
}
