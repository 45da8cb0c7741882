// SPDX-License-Identifier: Apache-2.0
/** Where a hook's values come from, as bytes: parameters, doors and registers, places in programs, routes. */
import {
  type ArgConfig,
  type FurtherConfig,
  type HookConfig,
  type PlaceConfig,
  type RouteConfig,
  SIZE_RETURNED,
} from './hook-config.ts';
import { STRUCTS, TG_FROM } from './layout.generated.ts';

export type StructName = keyof typeof STRUCTS;
/** Arrays of the configuration. */
export type ArrayName =
  | 'args'
  | 'selectors'
  | 'matches'
  | 'process'
  | 'numbers'
  | 'strings'
  | 'words'
  | 'doors'
  | 'fixed'
  | 'places'
  | 'routes';

/** Writes fields at their places; throws where an array has no such element. */
export interface ConfigWriter {
  readonly bytes: Buffer;
  set(struct: StructName, at: number, values: Record<string, number>): void;
  element(name: ArrayName, i: number): number;
}

/** No register: as the program's header has it. */
const NO_REGISTER = 255;

/** Raw values that no parameter of the function holds. */
function furtherSlots({ doors, fixed, open, message, walked, fileFlagsSlot }: FurtherConfig): number {
  const slots = [
    ...fixed.map((f) => f.slot),
    ...doors.flatMap((d) => d.registers.flatMap((register, slot) => (register ? [slot] : []))),
    ...(open ? [open.flagsSlot, open.modeSlot] : []),
    ...(message ? [message.nameSlot] : []),
    ...(walked ? [walked.newerSlot, walked.olderSlot ?? walked.newerSlot] : []),
    ...(fileFlagsSlot === undefined ? [] : [fileFlagsSlot]),
  ];
  return slots.reduce((bits, slot) => bits | (1 << slot), 0);
}

function paramBit({ param, route }: ArgConfig): number {
  if (!route) return param < STRUCTS.tg_hook_config.fields.fixed.count ? 1 << param : 0;
  return route.from === TG_FROM.TG_FROM_PARAM ? 1 << route.param : 0;
}

/** Bit i: raw value i is read from the function's parameter i. */
export function paramsUsed(config: HookConfig): number {
  const read = config.args.reduce(
    (bits, a) =>
      bits | paramBit(a) | (a.sizeParam && a.sizeParam !== SIZE_RETURNED ? 1 << (a.sizeParam - 1) : 0),
    0,
  );
  return config.further ? read & ~furtherSlots(config.further) : read;
}

/** As by_our_door in bpf/include/tracing_args.h tells them apart. */
const URING = { worker: 1, anywhere: 2 } as const;

export function encodeFurther(writer: ConfigWriter, further: FurtherConfig): void {
  const { doors, uring, fixed, open, message } = further;
  writer.set('tg_hook_config', 0, {
    door_count: doors.length,
    door_uring: uring === 'worker' ? URING.worker : uring ? URING.anywhere : 0,
    open_param: open?.param ?? 0,
    open_flags_at: open?.flagsSlot ?? 0,
    open_mode_at: open?.modeSlot ?? 0,
    user_name_param: further.userNameParam ?? 0,
    msg_param: message?.param ?? 0,
    msg_name_at: message?.nameSlot ?? 0,
    msg_fast_open: Number(message?.fastOpen ?? false),
    file_flags_at: further.fileFlagsSlot === undefined ? 0 : further.fileFlagsSlot + 1,
    older_at: further.walked?.olderSlot ?? 0,
    newer_at: further.walked?.newerSlot ?? 0,
    walk_goes_on: Number(further.walked?.goesOn ?? false),
    unspec_is_inet: Number(further.unspecIsInet ?? false),
    fixed_mask: fixed.reduce((bits, f) => bits | (1 << f.slot), 0),
  });
  for (const { slot, value } of fixed) writer.bytes.writeInt32LE(value, writer.element('fixed', slot));
  doors.forEach((door, i) => {
    const at = writer.element('doors', i);
    writer.set('tg_door', at, { nr: door.number, compat: Number(door.compat) });
    door.registers.forEach((register, slot) => {
      writer.bytes.writeUInt8(register, at + STRUCTS.tg_door.fields.registers.offset + slot);
    });
  });
}

export function encodePlaces(writer: ConfigWriter, places: PlaceConfig[]): void {
  places.forEach((place, i) => {
    const at = writer.element('places', i);
    writer.set('tg_place', at, {
      lies: place.lies,
      base: place.base,
      index: place.index ?? NO_REGISTER,
      scale: place.scale,
      size_bytes: place.sizeBytes,
      is_signed: Number(place.signed),
    });
    writer.bytes.writeBigInt64LE(place.offset, at + STRUCTS.tg_place.fields.offset.offset);
  });
}

export function encodeRoute(writer: ConfigWriter, route: RouteConfig, i: number): void {
  const at = writer.element('routes', i);
  const { offsets } = STRUCTS.tg_route.fields;
  writer.set('tg_route', at, {
    hops: route.offsets.length,
    from: route.from,
    param: route.param,
    size_bytes: route.sizeBytes,
    is_signed: Number(route.signed),
  });
  route.offsets.forEach((offset, k) => {
    writer.bytes.writeUInt32LE(offset, at + offsets.offset + k * offsets.size);
  });
}
