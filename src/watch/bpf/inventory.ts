// SPDX-License-Identifier: Apache-2.0
/**
 * What is there, since when and by whom. Fed by records as things happen and by listings of what the kernel holds; where the two
 * do not agree, that is told: an object nobody saw come was missed, one nobody saw go has vanished.
 */
import type { BpfAttachment, BpfCulprit, BpfKind, BpfOrigin } from '../../model/bpf.ts';

export interface Known extends BpfOrigin {
  id: number;
  ours: boolean;
  attached: BpfAttachment[];
  frozen?: true;
  gone?: { time: string; how: 'unloaded' | 'vanished'; by?: BpfCulprit };
  /** what the last listing or record said of it: what is left of it when it has gone */
  shown?: Record<string, unknown>;
  /** a count: what came after a listing began is not missing in it */
  noted: number;
}

export interface Difference {
  missed: { kind: BpfKind; id: number }[];
  vanished: { kind: BpfKind; id: number }[];
}

const GONE_MOST = 4096;
export const KINDS_KNOWN: readonly BpfKind[] = ['program', 'map', 'link'];

export class Inventory {
  readonly #known: Record<BpfKind, Map<number, Known>> = {
    program: new Map(),
    map: new Map(),
    link: new Map(),
  };
  readonly #gone: { kind: BpfKind; id: number; entry: Known }[] = [];
  #count = 0;
  #begun = false;

  of(kind: BpfKind, id: number): Known | undefined {
    return this.#known[kind].get(id);
  }

  all(kind: BpfKind): Known[] {
    return [...this.#known[kind].values()];
  }

  /** Those that have gone since the watch began, the newest last; the oldest are forgotten. */
  gone(): readonly { kind: BpfKind; entry: Known }[] {
    return this.#gone;
  }

  /** It came, and was seen to. An id that is given out anew is another object. */
  came(kind: BpfKind, id: number, origin: Pick<Known, 'by' | 'ours' | 'shown'>): Known {
    const entry: Known = { id, since: 'seen', attached: [], noted: ++this.#count, ...origin };
    this.#known[kind].set(id, entry);
    return entry;
  }

  went(kind: BpfKind, id: number, gone: NonNullable<Known['gone']>): void {
    const entry = this.#known[kind].get(id);
    if (!entry) return;
    this.#known[kind].delete(id);
    entry.gone = gone;
    this.#gone.push({ kind, id, entry });
    if (this.#gone.length > GONE_MOST) this.#gone.shift();
  }

  /** Where a listing that is to be compared begins. */
  mark(): number {
    return this.#count;
  }

  /** Takes a listing of ids that was begun at `mark` over; records that came meanwhile are in already. */
  compare(listed: Record<BpfKind, Iterable<number>>, mark: number, time: string): Difference {
    const difference: Difference = { missed: [], vanished: [] };
    for (const kind of KINDS_KNOWN) {
      const ids = new Set(listed[kind]);
      for (const id of ids) if (!this.#known[kind].has(id)) this.#appeared(kind, id, difference);
      for (const entry of this.all(kind)) {
        if (ids.has(entry.id) || entry.noted > mark) continue;
        this.went(kind, entry.id, { time, how: 'vanished' });
        difference.vanished.push({ kind, id: entry.id });
      }
    }
    this.#begun = true;
    return difference;
  }

  #appeared(kind: BpfKind, id: number, { missed }: Difference): void {
    if (this.#gone.some((one) => one.kind === kind && one.id === id)) return; // listed, and gone while that was compared
    const since = this.#begun ? 'missed' : 'before';
    this.#known[kind].set(id, { id, since, ours: false, attached: [], noted: ++this.#count });
    if (since === 'missed') missed.push({ kind, id });
  }
}
