// SPDX-License-Identifier: Apache-2.0
/**
 * The short way from a hook's record to its line: bytes into bytes, without an event between them. What is rare (a value that
 * was set, a socket's owner, the first kill of its kind) goes the long way, so that this one stays simple.
 */

import type { TracegateExtra } from '../model/event.ts';
import { isReturnedObject } from '../model/language/arg-types.ts';
import { STRUCTS, TG_EVENT_FLAG } from '../plan/layout.generated.ts';
import type { BootClock } from './boot-clock.ts';
import { actionName, type Ended, extraOf, type WatchedHook } from './hook-event.ts';
import type { LineBuffer } from './line-buffer.ts';
import { type LineTemplate, lineTemplate, PLACE } from './line-template.ts';
import type { ProcessCache } from './process-cache.ts';
import { type ProcessLine, ProcessLines } from './process-lines.ts';
import { RecordView } from './record-view.ts';

const EVENT = STRUCTS.tg_event.fields;

/** What a hook's lines are made by, of each way its calls end. */
class HookLines {
  readonly #hook: WatchedHook;
  readonly #nodeName: string;
  readonly #templates = new Map<number, LineTemplate>();
  readonly isShort: boolean;

  constructor(hook: WatchedHook, nodeName: string) {
    this.#hook = hook;
    this.#nodeName = nodeName;
    this.isShort = !hook.isLoader && !(hook.returnType !== undefined && isReturnedObject(hook.returnType));
  }

  template(record: RecordView, hasParent: boolean): LineTemplate {
    const selector = record.u8(EVENT.selector);
    const action = record.u8(EVENT.action);
    const spared = record.u8(EVENT.spared);
    const hasReturn = record.u8(EVENT.has_ret) !== 0;
    const killed = record.u8(EVENT.killed) !== 0;
    const denied = record.u8(EVENT.denied) !== 0;
    const way = Number(hasReturn) | (Number(hasParent) << 1) | (Number(killed) << 2) | (Number(denied) << 3);
    const ended = selector | (action << 8) | (spared << 16) | (way << 24);
    const known = this.#templates.get(ended);
    if (known) return known;
    const tracegate = this.#extra({ selector, spared, killed, denied });
    const made = lineTemplate({
      ...{ hook: this.#hook, nodeName: this.#nodeName, action, tracegate, hasParent, hasReturn },
    });
    this.#templates.set(ended, made);
    return made;
  }

  #extra(ended: Ended): TracegateExtra {
    return extraOf(ended, this.#hook);
  }
}

/** What was done by a hook's action to whom. */
export interface Acted {
  policy: string;
  policyNamespace: string | undefined;
  /** as the event names it */
  action: string;
  binary: string | undefined;
  uid: number | undefined;
  bootNs: bigint;
  clock: BootClock;
}

export interface RecordLinesOptions {
  nodeName: string;
  clock: BootClock;
  processes: ProcessCache;
  /** False: its event has to be told, it is the first of its kind. Absent: all of them are. */
  onActedAgain?(acted: Acted): boolean;
}

export class RecordLines {
  readonly #options: RecordLinesOptions;
  readonly #record = new RecordView();
  readonly #processes: ProcessLines;
  readonly #hooks = new WeakMap<WatchedHook, HookLines>();

  constructor(options: RecordLinesOptions) {
    this.#options = options;
    this.#processes = new ProcessLines(options.processes);
  }

  #linesOf(hook: WatchedHook): HookLines {
    const known = this.#hooks.get(hook);
    if (known) return known;
    const lines = new HookLines(hook, this.#options.nodeName);
    this.#hooks.set(hook, lines);
    return lines;
  }

  /** False: nothing was written, the record has to be told as an event. `at` and `sizeBytes` as `eachRecord` gives them. */
  put(hook: WatchedHook, batch: Buffer, at: number, sizeBytes: number, out: LineBuffer): boolean {
    const lines = this.#linesOf(hook);
    const record = this.#record;
    if (!lines.isShort || !record.turnTo(batch, at, sizeBytes)) return false;
    if (!isOrdinary(record) || record.count !== hook.args.length) return false;
    const low = record.u32(EVENT.start_boot_ns);
    const process = this.#processes.of(record.u32(EVENT.tgid), low, record.high(EVENT.start_boot_ns));
    if (!process || (isActed(record) && !this.#isRepetition(hook, process))) return false;
    this.#fill(lines.template(record, process.parent !== undefined), process, out);
    return true;
  }

  #isRepetition(hook: WatchedHook, { shown }: ProcessLine): boolean {
    const record = this.#record;
    const { onActedAgain, clock } = this.#options;
    if (!onActedAgain || !shown) return false;
    const bootNs = (BigInt(record.high(EVENT.boot_ns)) << 32n) | BigInt(record.u32(EVENT.boot_ns));
    return onActedAgain({
      ...{ policy: hook.policyName, policyNamespace: hook.policyNamespace },
      ...{ action: actionName(record.u8(EVENT.action)), binary: shown.binary, uid: shown.uid, bootNs, clock },
    });
  }

  #fill(
    { head, places, behind, values, returned }: LineTemplate,
    process: ProcessLine,
    out: LineBuffer,
  ): void {
    const record = this.#record;
    out.put(head);
    for (let n = 0; n < places.length; n++) {
      const place = places[n] as number;
      if (place >= 0) values[place]?.(record, place, out);
      else if (place === PLACE.process) {
        out.put(process.head);
        out.putNumber(record.u32(EVENT.tid));
        out.put(process.tail);
      } else if (place === PLACE.parent) out.put(process.parent as Uint8Array);
      else if (place === PLACE.returned) returned?.(record.u32(EVENT.ret), record.high(EVENT.ret), out);
      else this.#options.clock.put(out, record.u32(EVENT.boot_ns), record.high(EVENT.boot_ns));
      out.put(behind[n] as Uint8Array);
    }
  }
}

/** There is nothing beside what every record has. */
const isOrdinary = (record: RecordView): boolean =>
  (record.u8(EVENT.flags) & ~TG_EVENT_FLAG.TG_E_FIRST) === 0;

/** The process was killed, or the call denied. */
const isActed = (record: RecordView): boolean => (record.u8(EVENT.killed) | record.u8(EVENT.denied)) !== 0;
