// SPDX-License-Identifier: Apache-2.0
/** A place in a user program. What is killed there is killed before the function runs: the process is stopped in front of it. */
import type { HostFacts, PlaceFact } from '../model/facts.ts';
import type { NormalHook, ProgramPlace } from '../model/normal-policy.ts';
import { placeWords } from '../model/program-place.ts';
import { readsUserMemory } from './arg-types.ts';
import type { PlaceConfig } from './hook-config.ts';
import {
  capturePrograms,
  has,
  missing,
  type Place,
  plainReaders,
  refusal,
  reportOf,
} from './hook-programs.ts';
import { TG_LIES, TG_SOURCE } from './layout.generated.ts';
import type { FilePlace, HookPlan, ProgramReport } from './plan.ts';
import { ARGUMENT_REGISTERS, REGISTER_WORD } from './registers-x86-64.ts';
import { decidingArgs, enforces } from './selectors.ts';

const REGISTER_BYTES = 8;

export function inRegister(name: string, sizeBytes = REGISTER_BYTES, signed = false): PlaceConfig {
  const base = REGISTER_WORD[name] as number;
  return { lies: TG_LIES.TG_L_REGISTER, base, scale: 0, sizeBytes, signed, offset: 0n };
}

export const NOWHERE: PlaceConfig = {
  ...{ lies: TG_LIES.TG_L_NOWHERE, base: 0, scale: 0, sizeBytes: 0, signed: false, offset: 0n },
};

/** The registers of the parameters that the hook reads. */
function argumentPlaces(hook: NormalHook): PlaceConfig[] {
  const used = new Set(hook.args.flatMap((a) => [a.index, a.sizeArgIndex - 1]));
  return ARGUMENT_REGISTERS.map((name, i) => (used.has(i) ? inRegister(name) : NOWHERE));
}

function reportedPlace({ path, at }: ProgramPlace, file: FilePlace): ProgramReport {
  const symbol = 'symbol' in at ? { symbol: placeWords(at) } : {};
  return { path, ...symbol, offset: file.offset, refCtrOffset: file.refCtrOffset };
}

/** Enforcing by what lies in memory of the program: another of its threads may change it. */
export function decidesOnMemory(hook: NormalHook, types: readonly number[]): boolean {
  const { signals } = enforces(hook);
  const returned =
    hook.returnArg?.type === 'string' && hook.selectors.some((s) => s.matchReturnArgs.length > 0);
  return signals && (returned || [...decidingArgs(hook)].some((p) => readsUserMemory(types[p] as never)));
}

/** Why the place of a program cannot be hooked; undefined when it can. */
export function placeProblem(
  facts: HostFacts,
  { path }: ProgramPlace,
  place: PlaceFact | undefined,
): string | undefined {
  if (!place) return `${facts.host} was not asked about ${path}`;
  if ('problem' in place) return `${path} on ${facts.host} cannot be hooked: ${place.problem}`;
  return has(facts, 'uprobe_multi') || has(facts, 'uprobe') ? undefined : missing(facts, 'uprobe');
}

export function planUprobe(hook: NormalHook, facts: HostFacts): HookPlan {
  const program = hook.program as ProgramPlace;
  const kind = hook.return ? 'uretprobe' : 'uprobe';
  const mechanism = `${kind}/${hook.call}`;
  const place = facts.places[hook.call];
  const problem = placeProblem(facts, program, place);
  if (problem !== undefined || !place || !('offset' in place))
    return refusal(hook, mechanism, problem ?? 'it was looked up as a marker');
  const multi = has(facts, 'uprobe_multi');

  const { offset, identity } = place;
  const file = { path: program.path, identity, offset, refCtrOffset: program.refCtrOffset ?? 0 };
  const template = multi ? 'uprobe_multi' : 'uprobe';
  const at = (atReturn: boolean): Place => ({
    ...{ template, target: hook.call, btfId: 0 },
    file: { ...file, atReturn },
  });
  const readers = plainReaders(hook, 'user', TG_SOURCE.TG_SRC_PROGRAM);
  const programs = capturePrograms(
    hook,
    { ...readers, places: argumentPlaces(hook) },
    at(false),
    at(true),
    false,
  );
  for (const { config, file: where } of programs)
    if (where?.atReturn) config.source = TG_SOURCE.TG_SRC_PROGRAM_RETURN;
  return {
    hook,
    mechanism: multi ? `${kind}.multi/${hook.call}` : mechanism,
    racy: decidesOnMemory(
      hook,
      readers.args.map((a) => a.type),
    ),
    programs,
    report: { ...reportOf(hook, hook.call), program: reportedPlace(program, { ...file, atReturn: false }) },
    guarantee: enforces(hook).signals ? 'killed-before-return' : 'observed',
  };
}
