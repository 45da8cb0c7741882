// SPDX-License-Identifier: Apache-2.0
/**
 * What the lines of one hook have in common. It is cut from the line of an event with marks where records differ, so that
 * the event's shape is described in one place.
 */
import { randomUUID } from 'node:crypto';
import type { EventProcess, TraceEvent, TracegateExtra } from '../model/event.ts';
import { type HookParts, hookEvent, type WatchedHook } from './hook-event.ts';
import { type PutNumber, type PutValue, returnWriter, valueWriter } from './value-lines.ts';

/** Nobody outside knows it, so no message and no tag of a policy holds it. */
const MARK = randomUUID();

/** What stands in a line at a mark: these, or from 0 on the value of that argument. */
export const PLACE = { process: -1, parent: -2, returned: -3, time: -4 } as const;

export interface LineTemplate {
  readonly head: Uint8Array;
  /** of each mark in their order what stands there, and the text behind it */
  readonly places: readonly number[];
  readonly behind: readonly Uint8Array[];
  /** by argument */
  readonly values: readonly (PutValue | undefined)[];
  /** absent where the hook does not tell it */
  readonly returned: PutNumber | undefined;
}

export interface Kind {
  hook: WatchedHook;
  nodeName: string;
  action: number;
  tracegate: TracegateExtra;
  hasParent: boolean;
  hasReturn: boolean;
}

const mark = (place: number) => `${MARK}:${place}`;
const marked = <T>(place: number) => mark(place) as unknown as T;

function partsOf({ hook, action, tracegate, hasParent, hasReturn }: Kind): HookParts {
  const shown = hook.args.flatMap(({ type, data = false }, i) => (type === 'nop' ? [] : [{ data, i }]));
  const of = (data: boolean) =>
    shown.filter((s) => s.data === data).map((s) => marked<Record<string, unknown>>(s.i));
  return {
    process: marked<EventProcess>(PLACE.process),
    ...(hasParent && { parent: marked<EventProcess>(PLACE.parent) }),
    args: of(false),
    data: of(true),
    action,
    ...(hasReturn &&
      hook.returnType !== undefined && { return: marked<Record<string, unknown>>(PLACE.returned) }),
    tracegate,
  };
}

/** The template of what ended alike on one hook. */
export function lineTemplate(kind: Kind): LineTemplate {
  const { hook, nodeName } = kind;
  const event: TraceEvent = {
    ...hookEvent(hook, partsOf(kind)),
    node_name: nodeName,
    time: mark(PLACE.time),
  };
  const cut = `${JSON.stringify(event)}\n`.split(new RegExp(`"${MARK}:(-?\\d+)"`));
  const bytes = cut.filter((_, i) => i % 2 === 0).map((text) => Buffer.from(text));
  return {
    head: bytes[0] ?? Buffer.alloc(0),
    places: cut.filter((_, i) => i % 2 === 1).map(Number),
    behind: bytes.slice(1),
    values: hook.args.map(({ type, label }) => (type === 'nop' ? undefined : valueWriter(type, label))),
    returned: hook.returnType === undefined ? undefined : returnWriter(hook.returnType),
  };
}
