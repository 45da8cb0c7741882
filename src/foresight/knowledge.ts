// SPDX-License-Identifier: Apache-2.0
/** Which filters of a selector can be decided on what was seen. The others are named, with what is missing. */
import type { MatchConfig, ProcessMatchConfig, SelectorConfig } from '../plan/hook-config.ts';
import { TG_FIELD, TG_PROCESS_KIND } from '../plan/layout.generated.ts';
import { type ObservedValue, UNKNOWN } from './observed.ts';
import type { SeenProcess } from './seen.ts';

/** What stands where the hook's arguments do. */
export interface Values {
  values: readonly (ObservedValue | typeof UNKNOWN)[];
  /** why one that is unknown is so */
  why: string;
  returned?: bigint;
}

export interface Decidable {
  /** the selector with the filters that can be decided, and no others */
  selector: SelectorConfig;
  /** of the filters that are left out */
  missing: string[];
}

export function decidable(selector: SelectorConfig, seen: Values, process: SeenProcess): Decidable {
  const missing: string[] = [];
  const known = <T>(filter: T | undefined, problem: (filter: T) => string | undefined): T | undefined => {
    const why = filter === undefined ? undefined : problem(filter);
    if (why !== undefined) missing.push(why);
    return why === undefined ? filter : undefined;
  };
  const all = <T>(filters: readonly T[], problem: (filter: T) => string | undefined): T[] =>
    filters.filter((filter) => known(filter, problem) !== undefined);

  const { pids, binaries, parents, processMatches: _, ...rest } = selector;
  const heldPids = known(pids, (filter) => pidProblem(filter, process));
  const heldBinaries = known(binaries, (filter) => programProblem(filter, process.binary, 'the program'));
  const heldParents = known(parents, (filter) =>
    programProblem(filter, process.parentBinary, 'the program that started it'),
  );
  const kept: SelectorConfig = {
    ...rest,
    matches: all(selector.matches, (match) => valueProblem(match, seen)),
    returnMatches: all(selector.returnMatches, () =>
      seen.returned === undefined ? 'what the call returned is not told' : undefined,
    ),
    processMatches: all(selector.processMatches ?? [], (match) => processProblem(match, process)),
    ...(heldPids && { pids: heldPids }),
    ...(heldBinaries && { binaries: heldBinaries }),
    ...(heldParents && { parents: heldParents }),
  };
  return { selector: kept, missing };
}

/** Parts that every object of the kind has: one that is not there was not told. */
const ALWAYS: readonly number[] = [
  TG_FIELD.TG_F_FAMILY,
  TG_FIELD.TG_F_STATE,
  TG_FIELD.TG_F_PROTOCOL,
  TG_FIELD.TG_F_FILE_TYPE,
];
const INTERNET = [2n, 10n];

function valueProblem({ arg, before, field }: MatchConfig, { values, why }: Values): string | undefined {
  const seen = values[arg] ?? UNKNOWN;
  if (seen === UNKNOWN || (before !== undefined && (values[before] ?? UNKNOWN) === UNKNOWN)) return why;
  if (!field || seen.value === undefined || seen.parts?.has(field)) return undefined;
  const family = seen.parts?.get(TG_FIELD.TG_F_FAMILY);
  const has = ALWAYS.includes(field) || family === undefined || INTERNET.includes(family as bigint);
  return has ? 'a part of the object is not told' : undefined;
}

function pidProblem(
  { values, follow, namespaced }: NonNullable<SelectorConfig['pids']>,
  { pids, wholeLineage }: SeenProcess,
) {
  if (namespaced) return 'the number of the process in its container is not told';
  if (pids.length === 0) return 'the process id is not told';
  const decided = !follow || wholeLineage || pids.some((pid) => values.includes(pid));
  return decided ? undefined : 'the ancestors of the process are not told';
}

/** A program that is itself named is decided on; what it comes from is not asked then. */
function programProblem(
  { follow, values }: NonNullable<SelectorConfig['binaries']>,
  program: string | undefined,
  which: string,
): string | undefined {
  if (!program) return `${which} is not told`;
  return follow && !values.includes(program)
    ? `the programs that ${which} comes from are not told`
    : undefined;
}

const { TG_P_NAMESPACE, TG_P_CAPABILITIES } = TG_PROCESS_KIND;

function processProblem(
  { kind, which, outsideOnly }: ProcessMatchConfig,
  process: SeenProcess,
): string | undefined {
  if (outsideOnly && process.userNamespaceLevel === undefined)
    return 'the user namespace of the process is not told';
  if (kind === TG_P_NAMESPACE)
    return process.namespaces?.has(which) ? undefined : 'the namespaces of the process are not told';
  if (kind === TG_P_CAPABILITIES)
    return process.capabilities?.has(which) ? undefined : 'the capabilities of the process are not told';
  return 'what the process was when it began is not told';
}

/** What the matcher is handed: the process as far as it is known. */
export function observedProcess({ namespaces, capabilities, userNamespaceLevel }: SeenProcess) {
  const none = new Map<number, bigint>();
  return {
    namespaces: namespaces ?? none,
    capabilities: capabilities ?? none,
    userNamespaceLevel: userNamespaceLevel ?? 0,
  };
}
