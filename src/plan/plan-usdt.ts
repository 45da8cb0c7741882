// SPDX-License-Identifier: Apache-2.0
/** A marker of a program: a hook on each point that it stands at, reading the arguments from where they lie there. */
import type { ArgumentPlace, HostFacts, MarkerPoint } from '../model/facts.ts';
import { valuesRead, valuesSet } from '../model/language/usdts.ts';
import type { NormalHook, ProgramPlace } from '../model/normal-policy.ts';
import type { Marker } from '../model/program-place.ts';
import { argTypeCode } from './arg-types.ts';
import type { PlaceConfig } from './hook-config.ts';
import {
  argConfig,
  capturePrograms,
  has,
  missing,
  type Place,
  type Readers,
  refusal,
  reportOf,
} from './hook-programs.ts';
import { TG_LIES, TG_SOURCE } from './layout.generated.ts';
import type { HookPlan, ProgramPlan } from './plan.ts';
import { decidesOnMemory, inRegister, NOWHERE, placeProblem } from './plan-uprobe.ts';
import { REGISTER_WORD } from './registers-x86-64.ts';
import { decidingArgs, enforces } from './selectors.ts';

/** Each point takes a program and a link; the markers of the field stand at a handful. */
const POINTS_MAX = 64;
const SET_BYTES = 4;

/** As wide as the marker says it is. */
function narrowed(value: bigint, { sizeBytes, signed }: ArgumentPlace): bigint {
  const cut = signed ? BigInt.asIntN(8 * sizeBytes, value) : BigInt.asUintN(8 * sizeBytes, value);
  return BigInt.asIntN(64, cut);
}

function placeConfig(at: ArgumentPlace): PlaceConfig {
  const { sizeBytes, signed, constant, register = '', offset, index, scale } = at;
  if (constant !== undefined)
    return { ...NOWHERE, lies: TG_LIES.TG_L_CONSTANT, offset: narrowed(BigInt(constant), at) };
  if (offset === undefined) return inRegister(register, sizeBytes, signed);
  return {
    ...{ lies: TG_LIES.TG_L_MEMORY, base: REGISTER_WORD[register] as number, sizeBytes, signed },
    ...{ offset: BigInt.asIntN(64, BigInt(offset)), scale: scale ?? 0 },
    ...(index !== undefined && { index: REGISTER_WORD[index] as number }),
  };
}

/** Raw values are the marker's arguments that are read, in the order they are first named. */
function readersAt(hook: NormalHook, { args }: MarkerPoint): Readers {
  const values = valuesRead(hook.args);
  const at = (index: number) => placeConfig(args[index] as ArgumentPlace);
  const addresses = valuesSet(hook).map((index) => ({ ...at(index), lies: TG_LIES.TG_L_ADDRESS }));
  const places = [...values.map(at), ...addresses];
  const slot = (index: number) => values.indexOf(index);
  return {
    source: TG_SOURCE.TG_SRC_PROGRAM,
    places,
    args: hook.args.map((a) =>
      argConfig(argTypeCode(a.type, 'user'), slot(a.index), a.sizeArgIndex && slot(a.sizeArgIndex - 1) + 1),
    ),
  };
}

/** What is asked for and not there; undefined: all can be read. */
function argumentProblem(hook: NormalHook, { args }: MarkerPoint): string | undefined {
  for (const index of valuesRead(hook.args)) {
    const at = args[index];
    if (!at) return `it has ${args.length} arguments, and argument ${index} is asked for`;
    if ('unreadable' in at) return `its argument ${index} lies where it cannot be read (${at.unreadable})`;
    if (valuesSet(hook).includes(index) && (at.offset === undefined || at.sizeBytes !== SET_BYTES))
      return `Set overwrites ${SET_BYTES} bytes of memory, and its argument ${index} ${at.offset === undefined ? 'lies in none' : `has ${at.sizeBytes}`}`;
  }
  return undefined;
}

/** An argument that decides about somebody and lies in memory, where another thread of the program may change it. */
function decidesOnPlace(hook: NormalHook, readers: Readers): boolean {
  const lies = (position: number) => readers.places?.[readers.args[position]?.param ?? -1]?.lies;
  const { signals, sets } = enforces(hook);
  return (signals || sets) && [...decidingArgs(hook)].some((p) => lies(p) === TG_LIES.TG_L_MEMORY);
}

/** Where each selector's Set writes: the raw values that hold addresses stand behind those that are read. */
function withSets(hook: NormalHook, program: ProgramPlan): ProgramPlan {
  const first = valuesRead(hook.args).length;
  const selectors = program.config.selectors.map((selector, i) => {
    const action = hook.selectors[i]?.actions.find((a) => a.action === 'Set');
    if (!action) return selector;
    const index = hook.args[action.argIndex ?? 0]?.index ?? 0;
    return {
      ...selector,
      set: { param: first + valuesSet(hook).indexOf(index), value: action.argValue ?? 0 },
    };
  });
  return { ...program, config: { ...program.config, selectors } };
}

export function planUsdt(hook: NormalHook, facts: HostFacts): HookPlan {
  const program = hook.program as ProgramPlace;
  const at = program.at as Marker;
  const mechanism = `usdt/${hook.call}`;
  const fact = facts.places[hook.call];
  const problem = placeProblem(facts, program, fact);
  if (problem !== undefined || !fact || !('points' in fact))
    return refusal(hook, mechanism, problem ?? 'it was not looked up as a marker');
  const { points, identity } = fact;
  const unread = points.map((point) => argumentProblem(hook, point)).find((p) => p !== undefined);
  if (unread !== undefined)
    return refusal(hook, mechanism, `the marker ${hook.call} on ${facts.host}: ${unread}`);
  if (points.length > POINTS_MAX)
    return refusal(
      hook,
      mechanism,
      `the marker ${hook.call} stands at ${points.length} points, at most ${POINTS_MAX} can be hooked`,
    );

  if (enforces(hook).sets && !has(facts, 'write_user'))
    return refusal(hook, mechanism, missing(facts, 'write_user'));
  const template = has(facts, 'uprobe_multi') ? 'uprobe_multi' : 'uprobe';
  const all = points.map((point) => {
    const { offset, refCtrOffset } = point;
    const file = { path: program.path, identity, offset, refCtrOffset, atReturn: false };
    const place: Place = { template, target: hook.call, btfId: 0, file };
    const readers = readersAt(hook, point);
    const programs = capturePrograms(hook, readers, place, place, false);
    return { readers, programs: programs.map((one) => withSets(hook, one)) };
  });
  const racy = all.some(
    ({ readers }) =>
      decidesOnPlace(hook, readers) ||
      decidesOnMemory(
        hook,
        readers.args.map((a) => a.type),
      ),
  );
  const marker = { provider: at.provider, name: at.marker };
  return {
    hook,
    mechanism: template === 'uprobe_multi' ? `usdt.multi/${hook.call}` : mechanism,
    racy,
    programs: all.flatMap((one): ProgramPlan[] => one.programs),
    report: {
      ...reportOf(hook, hook.call),
      program: { path: program.path, marker, offset: 0, refCtrOffset: 0 },
    },
    guarantee: enforces(hook).signals ? 'killed-before-return' : 'observed',
  };
}
