// SPDX-License-Identifier: Apache-2.0
/** Judging on this machine, with the same review the gate runs: which rules, whose facts, who asks. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type Config, statePaths } from '../../config/index.ts';
import { asFault, Fault } from '../../errors.ts';
import { type OpenRuleset, openRuleset, SHIPPED_BUNDLE, trustFrom } from '../../guardrails/index.ts';
import type { HostFacts } from '../../model/facts.ts';
import type { NormalPolicy } from '../../model/normal-policy.ts';
import { readDocument } from '../../model/read-document.ts';
import { PLATFORM_GROUPS, type Subject } from '../../model/subject.ts';
import { makePlan, plannedHooks } from '../../plan/make-plan.ts';
import { symbolsOf } from '../../plan/symbols.ts';
import { agentClient, type Planned } from '../../service/index.ts';
import type { CommandDeps } from '../command.ts';

export interface LocalOptions {
  rules?: string;
  data?: string;
  facts?: string;
  as?: string;
  groups?: string;
}

/** The rules asked for, else those in the state directory, else the shipped ones; named on stderr. */
export function rulesetFor(options: LocalOptions, { io, loaded: { config }, out }: CommandDeps): OpenRuleset {
  const bundleDir = placeOfRules(
    options.rules === undefined ? undefined : placeIn(io.cwd, options.rules),
    config,
  );
  const data = dataFor(options, { io, loaded: { config } });
  const ruleset = openRuleset({
    bundleDir,
    // whoever names a bundle judges by it; where a key is configured, it has to fit all the same
    trust: bundleDir === SHIPPED_BUNDLE ? undefined : (trustFrom(config.bundle) ?? 'unchecked'),
    profile: config.profile,
    ...(data === undefined ? {} : { data }),
  });
  const from = bundleDir === SHIPPED_BUNDLE ? 'the shipped rules' : `the rules in ${bundleDir}`;
  out.say(`judging by ${from}, revision ${ruleset.revision}, profile ${ruleset.profile}`);
  return ruleset;
}

/** The organisation's data, from the file that is named or configured. */
export function dataFor(
  { data }: Pick<LocalOptions, 'data'>,
  { io, loaded: { config } }: { io: CommandDeps['io']; loaded: { config: Config } },
): unknown {
  const file = data === undefined ? config.dataFile : resolve(io.cwd, data);
  return file === undefined ? undefined : jsonFile(file);
}

/** Where the rules lie: those named, else the configured ones, else those in the state directory, else the shipped. */
export function placeOfRules(
  named: string | undefined,
  { rulesBundle, stateDir }: Pick<Config, 'rulesBundle' | 'stateDir'>,
): string {
  const place = named ?? rulesBundle;
  if (place !== undefined && /^https?:/i.test(place)) {
    throw new Fault(
      'usage',
      `the rules come from ${place}, and only a gate fetches them: ask it with --server, or name a file with --rules`,
    );
  }
  const inState = statePaths(stateDir).rulesBundle;
  return place ?? (existsSync(inState) ? inState : SHIPPED_BUNDLE);
}

/** A path as it is meant in the current directory, or behind `oci:`. */
export function placeIn(cwd: string, named: string): string {
  if (/^https?:/i.test(named)) return named;
  return named.startsWith('oci:') ? `oci:${resolve(cwd, named.slice(4))}` : resolve(cwd, named);
}

/** Who asks: whoever is named, else the OS user; root and the owner of the state directory are platform. */
export function subjectFor(options: LocalOptions, { user, loaded: { config } }: CommandDeps): Subject {
  const groups = options.groups
    ?.split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  if (options.as !== undefined) return { user: options.as, groups: groups ?? [] };
  const platform = user.uid === 0 || statSync(config.stateDir, { throwIfNoEntry: false })?.uid === user.uid;
  return {
    user: user.name,
    groups: groups ?? (platform ? ['tracegate:platform'] : []),
    uid: String(user.uid),
  };
}

export function isPlatform({ groups }: Subject): boolean {
  return groups.some((group) => PLATFORM_GROUPS.includes(group));
}

export type Planner = (policy: NormalPolicy) => Promise<Planned>;

export type FactsOf = (policy: NormalPolicy) => Promise<readonly HostFacts[]>;

/** Facts by `--facts`, else as this host's agent answers; none where nothing is known of any host, which is said. */
export async function factsFor(options: Pick<LocalOptions, 'facts'>, deps: CommandDeps): Promise<FactsOf> {
  const { io, out } = deps;
  if (options.facts !== undefined) {
    const facts = factsIn(resolve(io.cwd, options.facts));
    return async () => facts;
  }
  const socketPath = agentSocketOf(deps);
  if (!existsSync(socketPath)) {
    out.say(
      `no agent runs on ${hostname()}: whether a kernel can do what is asked is not judged (--facts FILE names one)`,
    );
    return async () => [];
  }
  const agent = agentClient({ socketPath });
  return async (policy) => {
    try {
      return [await agent.facts(symbolsOf(policy))];
    } catch (thrown) {
      out.say(`the facts of this host are not known: ${asFault(thrown).message}`);
      return [];
    }
  };
}

function agentSocketOf({ loaded: { config } }: CommandDeps): string {
  return config.agent.socket ?? statePaths(config.stateDir).agentSocket;
}

/** What the hosts would do; undefined: nothing is known of any host. */
export async function plannerFor(options: LocalOptions, deps: CommandDeps): Promise<Planner | undefined> {
  const facts = await factsFor(options, deps);
  if (options.facts === undefined && !existsSync(agentSocketOf(deps))) return undefined;
  return async (policy) => planned(policy, await facts(policy));
}

function planned(policy: NormalPolicy, facts: readonly HostFacts[]): Planned {
  const hooks = facts.flatMap((host) => plannedHooks(makePlan(policy, host)));
  const [first] = facts;
  return first === undefined ? { hooks } : { hooks, facts: { digest: first.digest } };
}

function factsIn(path: string): HostFacts[] {
  const value = jsonFile(path);
  const all = (Array.isArray(value) ? value : [value]) as HostFacts[];
  for (const facts of all) {
    const whole =
      typeof facts === 'object' &&
      facts !== null &&
      typeof facts.host === 'string' &&
      typeof facts.digest === 'string';
    if (!whole || typeof facts.features !== 'object') {
      throw new Fault(
        'usage',
        `${path} holds no facts of a host: make it with \`tracegate host facts -o json\``,
      );
    }
  }
  return all;
}

/** A file of JSON or YAML that the command line names; wrong usage where it cannot be read. */
export function jsonFile(path: string): unknown {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new Fault('usage', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  // without the checks of a reader, a key like __proto__ in the organisation's data would be more than a key
  return JSON.parse(JSON.stringify(readDocument(bytes, /\.ya?ml$/i.test(path) ? 'yaml' : 'json').value));
}
