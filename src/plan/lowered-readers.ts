// SPDX-License-Identifier: Apache-2.0
/** Where a captured function or LSM hook holds a syscall's arguments, as the programs read them. */
import type { NormalHook } from '../model/normal-policy.ts';
import { argTypeCode, loweredTypeCode } from './arg-types.ts';
import type { DoorConfig, FurtherConfig } from './hook-config.ts';
import { argConfig, type Readers } from './hook-programs.ts';
import { TG_SOURCE, TG_TYPE } from './layout.generated.ts';
import type { ArgRole, Doors } from './lowering-doors.ts';
import type { LoweredArg, LoweringRow } from './lowering-table.ts';
import { isUserText } from './routes.ts';

const RAW_VALUES = 5;
/** Behind all that the programs keep: read as -1. */
const NO_RAW_VALUE = 10;
const OPEN_PARAM = 2;
/** of do_open_execat, 1-based */
const USER_NAME_PARAM = 2;

type Lowered = Record<number, LoweredArg>;
type Slots = Map<ArgRole, number>;

/** The doors, and into which raw values they put what lies in their registers. */
export function doorConfigs({ through }: Doors, slots: Slots): DoorConfig[] {
  return through.map(({ number, compat, registers }) => {
    const into = Array.from({ length: RAW_VALUES }, () => 0);
    for (const [role, slot] of slots) into[slot] = registers[role] ?? 0;
    return { number, compat, registers: into };
  });
}

/** What tells a call of the function from others, for a program that reads no arguments. */
export function conditionOf(row: Pick<LoweringRow, 'doors'>): FurtherConfig {
  const { doors } = row;
  return { doors: doors ? doorConfigs(doors, new Map()) : [], uring: doors?.uring ?? false, fixed: [] };
}

class Placing {
  readonly further: FurtherConfig;
  readonly slots: Slots = new Map();
  readonly #free: number[];

  /** Raw values that no parameter of the function takes are free for what stands elsewhere. */
  constructor(further: FurtherConfig, used: LoweredArg[]) {
    this.further = further;
    const taken = new Set(
      used.flatMap((a) => [
        ...('param' in a && a.as !== 'message-address' ? [a.param] : []),
        ...('entry' in a ? [a.entry] : []),
      ]),
    );
    this.#free = Array.from({ length: RAW_VALUES }, (_, slot) => slot).filter((slot) => !taken.has(slot));
  }

  #fixed(value: number): number {
    const slot = this.#free.shift() as number;
    this.further.fixed.push({ slot, value });
    return slot;
  }

  #open(role: 'flags' | 'mode'): number {
    if (!this.further.open) {
      const [flagsSlot, modeSlot] = [this.#free.shift() as number, this.#free.shift() as number];
      this.further.open = { param: OPEN_PARAM + 1, flagsSlot, modeSlot };
      this.slots.set('flags', flagsSlot).set('mode', modeSlot);
    }
    return this.slots.get(role) as number;
  }

  place(lowered: LoweredArg): number {
    switch (lowered.as) {
      case 'implied':
        return this.#fixed(lowered.value);
      case 'door': {
        const slot = this.#fixed(lowered.otherwise);
        this.slots.set(lowered.role, slot);
        return slot;
      }
      case 'open-flags':
        return this.#open('flags');
      case 'open-mode':
        return this.#open('mode');
      case 'message-address': {
        const nameSlot = this.#free.shift() as number;
        this.further.message = { param: lowered.param + 1, nameSlot };
        return nameSlot;
      }
      case 'file-flags': {
        const slot = this.#free.shift() as number;
        this.further.fileFlagsSlot = slot;
        return slot;
      }
      case 'untold':
        return NO_RAW_VALUE;
      default:
        return lowered.param;
    }
  }
}

export function loweredReaders(hook: NormalHook, row: LoweringRow, args: Lowered): Readers {
  const further = conditionOf(row);
  const used = hook.args.flatMap((arg) => args[arg.index] ?? []);
  const placing = new Placing(further, used);
  const readers = hook.args.map((arg) => {
    if (arg.source) return argConfig(argTypeCode(arg.type, isUserText(arg) ? 'user' : 'kernel'), 0);
    const lowered = args[arg.index];
    return lowered
      ? argConfig(
          loweredTypeCode(arg, lowered),
          placing.place(lowered),
          'entry' in lowered ? lowered.entry + 1 : 0,
        )
      : argConfig(TG_TYPE.TG_T_NOP, 0);
  });
  if (row.doors) further.doors = doorConfigs(row.doors, placing.slots);
  if (row.only === 'name-from-user-space') further.userNameParam = USER_NAME_PARAM;
  if (row.only === 'opens-a-connection') {
    further.message ??= { param: 2, nameSlot: 3 };
    further.message.fastOpen = true;
  }
  if (row.unspecIsInet) further.unspecIsInet = true;
  return { source: TG_SOURCE.TG_SRC_ARGS, args: readers, further };
}
