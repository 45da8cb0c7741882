// SPDX-License-Identifier: Apache-2.0
/** How often each selector of a hook would have acted: counted by the programs, of one copy of the hook, and gone with it. */
import { POLICY_LIMITS } from '../model/language/limits.ts';
import type { SelectorCount } from '../model/status.ts';
import { STRUCTS } from '../plan/layout.generated.ts';
import { WOULDS_MAX } from './map-shapes.ts';
import { entriesIn } from './map-values.ts';
import type { Native } from './native.ts';

const KEY = STRUCTS.tg_would_key;
const COUNT_BYTES = 8;

function keyBytes(hookId: number, selector: number): Buffer {
  const bytes = Buffer.alloc(KEY.size);
  bytes.writeUInt32LE(hookId, KEY.fields.hook_id.offset);
  bytes.writeUInt32LE(selector, KEY.fields.selector.offset);
  return bytes;
}

export class SelectorCounts {
  readonly #native: Native;
  readonly #fd: number;

  constructor(native: Native, fd: number) {
    this.#native = native;
    this.#fd = fd;
  }

  /** Those that would have acted at all. */
  of(hookId: number): SelectorCount[] {
    return SELECTORS.flatMap((selector) => {
      const value = this.#native.mapLookup(this.#fd, keyBytes(hookId, selector), COUNT_BYTES);
      return value ? [{ selector, count: Number(value.readBigUInt64LE()) }] : [];
    });
  }

  forget(hookId: number): void {
    for (const selector of SELECTORS) this.#native.mapDelete(this.#fd, keyBytes(hookId, selector));
  }

  /** Forgets what is left of hooks that are no longer: their numbers may be given out anew. */
  keepOnly(hookIds: ReadonlySet<number>): void {
    const found = this.#native.mapEntries(this.#fd, KEY.size, COUNT_BYTES, WOULDS_MAX);
    const ids = entriesIn(found, { key: KEY.size, value: COUNT_BYTES }).map((entry) =>
      entry.readUInt32LE(KEY.fields.hook_id.offset),
    );
    for (const id of new Set(ids)) if (!hookIds.has(id)) this.forget(id);
  }
}

const SELECTORS = Array.from({ length: POLICY_LIMITS.selectors }, (_, selector) => selector);
